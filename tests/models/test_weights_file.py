import argparse
import hashlib
from collections import OrderedDict
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from xverify.errors import XverifyError
from xverify.models.weights_file import WeightsFile, load_weights, read_weights

State = dict[str, Tensor]


def network(classes: int = 3) -> nn.Sequential:
    return nn.Sequential(OrderedDict(conv=nn.Conv2d(2, 4, 3), norm=nn.BatchNorm2d(4), head=nn.Conv2d(4, classes, 1)))


@pytest.fixture
def state() -> State:
    generator = torch.Generator().manual_seed(3)
    return {
        name: torch.randn(tensor.shape, generator=generator) if tensor.is_floating_point() else torch.tensor(17)
        for name, tensor in network().state_dict().items()
    }


def stored(content: Any, folder: Path, name: str = "weights.pt") -> Path:
    torch.save(content, folder / name)
    return folder / name


def assert_equal(model: nn.Module, state: State) -> None:
    actual = model.state_dict()
    assert list(actual) == list(state)
    for name, tensor in state.items():
        assert torch.equal(actual[name], tensor), name


@pytest.mark.parametrize("name", ["weights.pt", "weights.pth", "weights.safetensors"])
def test_both_formats_load_bit_for_bit(tmp_path: Path, state: State, name: str) -> None:
    path = tmp_path / name
    if name.endswith("safetensors"):
        save_file(state, path)
    else:
        torch.save(state, path)
    model = network()

    weights = read_weights(path)
    notes = load_weights(model, weights)

    assert_equal(model, state)
    assert (weights.file, weights.sha256) == (name, hashlib.sha256(path.read_bytes()).hexdigest())
    assert (weights.notes, notes) == ((), ())


@pytest.mark.parametrize("key", ["state_dict", "model_state_dict", "model"])
def test_a_checkpoint_is_unwrapped_and_that_is_said(tmp_path: Path, state: State, key: str) -> None:
    weights = read_weights(stored({"epoch": 3, key: state, "optimizer": {"lr": 0.1}}, tmp_path))

    assert list(weights.state) == list(state)
    assert weights.notes == (f"took the weights from the checkpoint's entry '{key}'",)


def test_wrappers_can_be_nested(tmp_path: Path, state: State) -> None:
    weights = read_weights(stored({"model": {"state_dict": state}}, tmp_path))

    assert list(weights.state) == list(state)
    assert len(weights.notes) == 2


@pytest.mark.parametrize(("prefix", "said"), [("module.", 1), ("_orig_mod.", 1), ("module._orig_mod.", 2)])
def test_prefixes_of_wrapping_modules_are_stripped(tmp_path: Path, state: State, prefix: str, said: int) -> None:
    model = network()

    notes = load_weights(model, read_weights(stored({prefix + name: value for name, value in state.items()}, tmp_path)))

    assert_equal(model, state)
    assert len(notes) == said
    assert all("stripped" in note for note in notes)


def test_a_prefix_that_the_model_itself_has_stays(tmp_path: Path, state: State) -> None:
    model = nn.Sequential(OrderedDict(module=network()))
    own = {f"module.{name}": value for name, value in state.items()}

    assert load_weights(model, read_weights(stored(own, tmp_path))) == ()
    assert_equal(model, own)


def test_a_prefix_that_only_some_names_have_stays(tmp_path: Path, state: State) -> None:
    state["module.norm.weight"] = state.pop("norm.weight")

    with pytest.raises(XverifyError, match=r"missing \(1\): norm.weight\nunexpected \(1\): module.norm.weight"):
        load_weights(network(), read_weights(stored(state, tmp_path)))


def test_everything_that_does_not_fit_is_listed_at_once(tmp_path: Path, state: State) -> None:
    del state["conv.bias"]
    state["extra.weight"] = torch.ones(2)
    state["head.weight"] = torch.ones(10, 4, 1, 1)
    state["norm.bias"] = torch.arange(4)

    with pytest.raises(XverifyError) as caught:
        load_weights(network(), read_weights(stored(state, tmp_path)))

    assert caught.value.message.splitlines() == [
        "weights.pt does not hold the weights of this network.",
        "missing (1): conv.bias",
        "unexpected (1): extra.weight",
        "different (2): norm.bias (int64 in the file, float32 in the network), "
        "head.weight (shape 10x4x1x1 in the file, 3x4x1x1 in the network)",
    ]
    assert "factory" in caught.value.hint


def test_a_tensor_that_would_broadcast_is_refused(tmp_path: Path, state: State) -> None:
    state["norm.weight"] = torch.tensor([2.0])

    with pytest.raises(XverifyError, match=r"norm.weight \(shape 1 in the file, 4 in the network\)"):
        load_weights(network(), read_weights(stored(state, tmp_path)))


def test_a_tensor_with_its_axes_swapped_is_refused(tmp_path: Path, state: State) -> None:
    state["conv.weight"] = state["conv.weight"].transpose(0, 1)

    with pytest.raises(XverifyError, match=r"conv.weight \(shape 2x4x3x3 in the file, 4x2x3x3 in the network\)"):
        load_weights(network(), read_weights(stored(state, tmp_path)))


def test_a_long_list_is_cut_and_counted() -> None:
    model = nn.Sequential(*[nn.Linear(1, 1) for _ in range(15)])

    with pytest.raises(XverifyError, match=r"missing \(30\): 0.weight, .*9.bias, and 10 more"):
        load_weights(model, WeightsFile("some.pt", "", {}))


@pytest.mark.parametrize("dtype", [torch.float64, torch.float16])
def test_other_floating_types_are_converted_and_that_is_said(tmp_path: Path, state: State, dtype: torch.dtype) -> None:
    model = network()
    other = {name: value.to(dtype) if value.is_floating_point() else value for name, value in state.items()}

    notes = load_weights(model, read_weights(stored(other, tmp_path)))

    assert notes == (f"8 entries of the weights file converted from {str(dtype)[6:]} to float32",)
    assert model.state_dict()["conv.weight"].dtype == torch.float32
    assert torch.equal(model.state_dict()["conv.weight"], other["conv.weight"].float())


def test_lazy_layers_take_the_shape_of_the_file(tmp_path: Path) -> None:
    model = nn.Sequential(nn.LazyLinear(4))
    given = {"0.weight": torch.randn(4, 6), "0.bias": torch.randn(4)}

    load_weights(model, read_weights(stored(given, tmp_path)))

    assert torch.equal(model.state_dict()["0.weight"], given["0.weight"])


@pytest.mark.parametrize(
    ("content", "named"),
    [(nn.Linear(3, 2), "torch.nn.modules.linear.Linear"), ({"args": argparse.Namespace()}, "argparse")],
)
def test_pickled_objects_are_refused_with_their_name_and_what_to_do(tmp_path: Path, content: Any, named: str) -> None:
    with pytest.raises(XverifyError, match=rf"it holds a pickled {named}.*can run any code") as caught:
        read_weights(stored(content, tmp_path))

    assert "state_dict" in caught.value.hint
    assert "safetensors" in caught.value.hint


def test_code_in_a_pickle_does_not_run(tmp_path: Path) -> None:
    class Attack:
        def __reduce__(self) -> tuple[Any, ...]:
            return (Path.touch, (tmp_path / "attacked",))

    with pytest.raises(XverifyError, match="refused"):
        read_weights(stored({"state_dict": Attack()}, tmp_path))

    assert not (tmp_path / "attacked").exists()


@pytest.mark.filterwarnings("ignore:.*(deprecated|TorchScript archive)")
def test_torchscript_is_named(tmp_path: Path) -> None:
    path = tmp_path / "script.pt"
    torch.jit.save(torch.jit.script(nn.Linear(3, 2)), path)

    with pytest.raises(XverifyError, match="is a TorchScript program"):
        read_weights(path)


@pytest.mark.parametrize(
    ("content", "held"),
    [
        ({"epoch": 3, "net": {"weight": torch.ones(1)}}, "a dict of epoch, net"),
        ({}, "a dict of nothing"),
        ([torch.ones(1)], "a list"),
        (torch.ones(1), "a Tensor"),
    ],
)
def test_a_file_without_a_state_dict_says_what_it_holds(tmp_path: Path, content: Any, held: str) -> None:
    with pytest.raises(XverifyError, match=f"holds no state_dict, but {held}"):
        read_weights(stored(content, tmp_path))


@pytest.mark.parametrize("name", ["weights.pt", "weights.safetensors"])
def test_missing_cut_and_foreign_files_are_refused(tmp_path: Path, state: State, name: str) -> None:
    path = tmp_path / name
    with pytest.raises(XverifyError, match="There is no weights file"):
        read_weights(path)
    if name.endswith("safetensors"):
        save_file(state, path)
    else:
        torch.save(state, path)
    whole = path.read_bytes()
    for content in (whole[: len(whole) // 2], b"", b"something else"):
        path.write_bytes(content)
        with pytest.raises(XverifyError, match=f"{name}") as caught:
            read_weights(path)
        assert caught.value.hint
        assert "\n" not in caught.value.message
