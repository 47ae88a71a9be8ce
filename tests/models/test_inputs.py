from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from xverify.errors import XverifyError
from xverify.models.inputs import make_inputs
from xverify.models.loading import LoadedModel
from xverify.models.source import Example


class Several(nn.Module):
    def forward(self, images: Tensor, tokens: Tensor, mask: Tensor | None = None, *, scale: float = 1.0) -> Tensor:
        raise NotImplementedError


def loaded(model: nn.Module, example: Example | None = None, shape: tuple[int, ...] | None = None) -> LoadedModel:
    return LoadedModel(model, "net", "net.py:make", "", example, shape, ())


def shapes(values: Sequence[Any]) -> list[tuple[int, ...]]:
    return [tuple(value.shape) for value in values]


def test_shapes_without_a_name_are_positional_in_order() -> None:
    inputs = make_inputs(loaded(Several()), ["1x3x8x6", "1x5:int64<7"], None, 0)

    assert shapes(inputs.args) == [(1, 3, 8, 6), (1, 5)]
    assert [tensor.dtype for tensor in inputs.args] == [torch.float32, torch.int64]
    assert inputs.kwargs == {}
    assert inputs.notes == ("inputs are noise (seed 0): 1x3x8x6 float32, 1x5 int64",)


def test_names_are_those_of_forward_in_any_order() -> None:
    inputs = make_inputs(loaded(Several()), ["mask=2x9:bool", "2x3x8x6", "tokens=2x9:int64"], None, 0)

    assert shapes(inputs.args) == [(2, 3, 8, 6)]
    assert {name: tuple(value.shape) for name, value in inputs.kwargs.items()} == {"mask": (2, 9), "tokens": (2, 9)}


def test_noise_is_normalised_and_its_samples_differ() -> None:
    (values,) = make_inputs(loaded(nn.ReLU()), ["4x3x50x40"], None, 3).args

    assert abs(float(values.mean())) < 0.02
    assert abs(float(values.std()) - 1) < 0.02
    assert not torch.equal(values[0], values[1])


def test_integers_and_booleans_fill_their_range() -> None:
    inputs = make_inputs(loaded(Several()), ["500:int64", "500:int32<3", "mask=500:bool"], None, 1)

    assert sorted(set(inputs.args[0].tolist())) == list(range(10))
    assert sorted(set(inputs.args[1].tolist())) == [0, 1, 2]
    assert 150 < int(inputs.kwargs["mask"].sum()) < 350


def test_the_seed_decides_and_the_global_state_stays() -> None:
    before = torch.random.get_rng_state()
    first, again, other = (make_inputs(loaded(nn.ReLU()), ["2x5"], None, seed).args[0] for seed in (1, 1, 2))

    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert torch.equal(torch.random.get_rng_state(), before)


def test_two_inputs_of_one_shape_differ() -> None:
    first, second = make_inputs(loaded(Several()), ["2x5", "2x5"], None, 0).args

    assert not torch.equal(first, second)


def test_without_shapes_the_factorys_example_comes_first_and_is_copied() -> None:
    given = (torch.ones(2, 5), [torch.zeros(3)])
    model = loaded(Several(), (given, {"mask": torch.ones(1)}), (2, 7))

    inputs = make_inputs(model, (), None, 0)
    inputs.args[0].zero_()

    assert torch.equal(given[0], torch.ones(2, 5))
    assert torch.equal(inputs.args[1][0], torch.zeros(3))
    assert torch.equal(inputs.kwargs["mask"], torch.ones(1))
    assert inputs.notes == ("inputs are those that came with the model",)


def test_then_the_models_usual_shape() -> None:
    inputs = make_inputs(loaded(nn.ReLU(), shape=(2, 3, 32, 24)), (), None, 6)

    assert shapes(inputs.args) == [(2, 3, 32, 24)]
    assert inputs.notes == ("inputs are noise (seed 6): 2x3x32x24 float32",)


def test_given_shapes_win_over_both() -> None:
    inputs = make_inputs(loaded(nn.ReLU(), ((torch.ones(2, 5),), {}), (2, 7)), ["1x6"], None, 0)

    assert shapes(inputs.args) == [(1, 6)]


def test_data_win_and_say_where_they_are_from(tmp_path: Path) -> None:
    images, tokens = np.random.default_rng(0).normal(size=(2, 3, 4, 5)), np.array([[3, 1], [4, 1]])
    np.savez(tmp_path / "data.npz", tokens=tokens, images=images)

    inputs = make_inputs(loaded(Several(), ((torch.ones(1),), {})), (), tmp_path / "data.npz", 0)

    assert inputs.args == ()
    assert np.array_equal(inputs.kwargs["images"].numpy(), images.astype(np.float32))
    assert inputs.kwargs["tokens"].tolist() == [[3, 1], [4, 1]]
    assert inputs.notes == ("inputs are those in data.npz", "images in data.npz converted from float64 to float32")


def test_nothing_known_asks_for_a_shape_and_shows_forward() -> None:
    with pytest.raises(XverifyError, match=r"forward\(images, tokens, mask=None, \*, scale=1\.0\)") as caught:
        make_inputs(loaded(Several()), (), None, 0)

    assert "--input SHAPE" in caught.value.hint


def test_shapes_and_data_exclude_each_other(tmp_path: Path) -> None:
    with pytest.raises(XverifyError, match="exclude each other"):
        make_inputs(loaded(nn.ReLU()), ["2x3"], tmp_path / "data.npy", 0)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["pictures=2x3"], "'pictures'"),
        (["2x3"], "missing a required argument: 'tokens'"),
        (["2x3", "2x3", "2x3", "2x3"], "too many positional"),
        (["2x3", "images=2x3", "tokens=2"], "multiple values for argument 'images'"),
        (["images=2x3", "images=2x3"], "names an input twice: images, images"),
    ],
)
def test_inputs_that_forward_does_not_have_are_told_with_its_names(given: list[str], message: str) -> None:
    with pytest.raises(XverifyError) as caught:
        make_inputs(loaded(Several()), given, None, 0)

    assert message in caught.value.message
    assert "twice" in message or "forward(images, tokens, mask=None, *, scale=1.0)" in caught.value.message


def test_names_in_a_file_are_checked_too(tmp_path: Path) -> None:
    np.savez(tmp_path / "data.npz", picture=np.ones((2, 3)))

    with pytest.raises(XverifyError, match=r"forward\(input\): got an unexpected keyword argument 'picture'"):
        make_inputs(loaded(nn.ReLU()), (), tmp_path / "data.npz", 0)
