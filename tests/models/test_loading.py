from pathlib import Path

import pytest
import torch
from torch import nn

from xverify.errors import XverifyError
from xverify.models.cifar import Cifar10Net
from xverify.models.loading import load_model

FACTORY = """
import torch
from torch import nn

def make():
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Dropout(0.5))
    return model.train(), torch.ones(2, 3, 6, 5, requires_grad=True)
"""


@pytest.fixture
def factory(tmp_path: Path) -> str:
    (tmp_path / "net.py").write_text(FACTORY, encoding="utf-8")
    return f"{tmp_path / 'net.py'}:make"


def test_our_own_network_without_weights_is_seeded() -> None:
    loaded = load_model("cifar10", seed=2)

    assert isinstance(loaded.model, Cifar10Net)
    assert (loaded.name, loaded.source, loaded.weights) == ("cifar10", "cifar10", "seeded 2, randomised")
    assert loaded.default_shape == (2, 3, 32, 32)
    assert loaded.example is None
    assert loaded.notes[0] == "eval mode, on the CPU"
    assert "random (seed 2)" in loaded.notes[1]


def test_our_own_network_with_weights_says_whose_they_are(tmp_path: Path) -> None:
    state = {f"module.{name}": tensor for name, tensor in load_model("cifar10", seed=2).model.state_dict().items()}
    torch.save({"state_dict": state}, tmp_path / "best.pth")

    loaded = load_model("cifar10", weights=tmp_path / "best.pth")

    assert torch.equal(loaded.model.state_dict()["features.2.running_var"], state["module.features.2.running_var"])
    assert loaded.weights.startswith("best.pth sha256 ")
    assert loaded.notes == (
        "eval mode, on the CPU",
        "weights are those of best.pth",
        "took the weights from the checkpoint's entry 'state_dict'",
        "stripped 'module.' from the names in the weights file",
    )


def test_a_factorys_model_is_put_into_eval_mode_and_its_fresh_statistics_are_told(factory: str) -> None:
    loaded = load_model(factory)

    assert not any(module.training for module in loaded.model.modules())
    assert loaded.weights == "as the factory made them"
    assert loaded.notes[-1].startswith("1 BatchNorm layers have the statistics of an untrained network")
    assert loaded.example is not None
    assert not loaded.example[0][0].requires_grad


def test_a_factorys_random_weights_come_from_the_seed_and_the_callers_do_not_change(factory: str) -> None:
    before = torch.random.get_rng_state()

    weights = [load_model(factory, seed=seed).model.state_dict()["0.weight"] for seed in (1, 1, -1)]

    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])
    assert torch.equal(torch.random.get_rng_state(), before)


def test_weights_replace_those_of_a_factory(factory: str, tmp_path: Path) -> None:
    state = {name: torch.full_like(tensor, 3) for name, tensor in load_model(factory).model.state_dict().items()}
    torch.save(state, tmp_path / "threes.pt")

    loaded = load_model(factory, weights=tmp_path / "threes.pt")

    assert all(bool((tensor == 3).all()) for tensor in loaded.model.state_dict().values())
    assert not any("untrained" in note for note in loaded.notes)


def test_weights_of_another_network_are_refused(factory: str, tmp_path: Path) -> None:
    torch.save(nn.Linear(3, 2).state_dict(), tmp_path / "other.pt")

    with pytest.raises(XverifyError, match=r"other\.pt does not hold the weights of this network"):
        load_model(factory, weights=tmp_path / "other.pt")


@pytest.mark.parametrize(
    ("source", "message", "hint"),
    [
        ("resnet18", "'resnet18' is no model", "torchvision:NAME"),
        ("", "'' is no model", "torchvision:NAME"),
        ("weights.pth", "holds weights, but no network", "--weights weights.pth"),
        ("net.py", "names no factory", "net.py:factory"),
        ("net.py:", "is no model", "path/to/file.py:factory"),
        ("torchvison:resnet18", "There is no module 'torchvison'", "current folder"),
    ],
)
def test_what_is_no_model_is_told_with_the_forms(source: str, message: str, hint: str) -> None:
    with pytest.raises(XverifyError, match=message) as caught:
        load_model(source)

    assert hint in caught.value.hint
