"""Convolutions in numpy against torch's, on small grids of settings."""

from itertools import product
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional

from xverify.diagnosis.kernels import convolution, spots, windows

SETTINGS = list(product((1, 2), (0, 1, 2), (1, 2), (1, 2)))
IDS = [f"stride {s}, padding {p}, dilation {d}, groups {g}" for s, p, d, g in SETTINGS]


def random(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def layer(weight: Tensor, bias: Tensor | None, stride: int, padding: int, dilation: int, groups: int) -> Any:
    sizes = [(number,) * (weight.dim() - 2) for number in (stride, padding, dilation)]
    places = windows.Windows(tuple(weight.shape[2:]), sizes[0], sizes[1], sizes[1], sizes[2])
    return convolution.Convolution(weight.numpy(), None if bias is None else bias.numpy(), places, groups)


@pytest.mark.parametrize(("stride", "padding", "dilation", "groups"), SETTINGS, ids=IDS)
@pytest.mark.parametrize("rank", [1, 2, 3])
def test_as_torch(rank: int, stride: int, padding: int, dilation: int, groups: int) -> None:
    kernel, extents = (3, 2, 4)[:rank], (8, 7, 9)[:rank]
    weight, bias, image = random(6, 4 // groups, *kernel), random(6, seed=1), random(3, 4, *extents, seed=2)
    made = layer(weight, bias, stride, padding, dilation, groups)
    apply = (functional.conv1d, functional.conv2d, functional.conv3d)[rank - 1]
    expected = apply(image, weight, bias, stride, padding, dilation, groups).numpy()
    assert made.output_shape(tuple(image.shape)) == expected.shape
    np.testing.assert_allclose(made(image.numpy()), expected, rtol=1e-5, atol=1e-5)
    places = spots.choose(expected.shape)
    np.testing.assert_allclose(made.at(image.numpy(), places), places.of(expected), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("edge", "mode"), [("edge", "replicate"), ("reflect", "reflect"), ("wrap", "circular"), ("constant", "constant")]
)
def test_other_paddings_as_torch(edge: windows.Edge, mode: str) -> None:
    weight, image = random(5, 3, 3, 4), random(2, 3, 6, 7, seed=1)
    value = {"value": 2.5} if mode == "constant" else {}
    padded = functional.pad(image, (3, 1, 0, 2), mode, **value)
    expected = functional.conv2d(padded, weight).numpy()
    places = windows.Windows((3, 4), (1, 1), (0, 3), (2, 1), (1, 1), edge, value.get("value", 0.0))
    made = convolution.Convolution(weight.numpy(), None, places)
    np.testing.assert_allclose(made(image.numpy()), expected, rtol=1e-5, atol=1e-5)
    chosen = spots.choose(expected.shape)
    np.testing.assert_allclose(made.at(image.numpy(), chosen), chosen.of(expected), rtol=1e-5, atol=1e-5)


def test_symmetric_padding_is_numpys() -> None:
    line = np.arange(4)
    np.testing.assert_array_equal(windows.sources(np.arange(-3, 7), 4, "symmetric"), np.pad(line, 3, "symmetric"))
    np.testing.assert_array_equal(windows.sources(np.arange(-3, 7), 4, "reflect"), np.pad(line, 3, "reflect"))


def test_negative_padding_leaves_rows_out() -> None:
    weight, image = random(5, 3, 1, 1), random(2, 3, 8, 8, seed=1)
    expected = functional.conv2d(image[:, :, 1:, 1:], weight, stride=2).numpy()
    places = windows.Windows((1, 1), (2, 2), (0, 0), (0, 0), (1, 1)).fitted((8, 8), (4, 4), before=(-1, -1))
    made = convolution.Convolution(weight.numpy(), None, places)
    np.testing.assert_allclose(made(image.numpy()), expected, rtol=1e-5, atol=1e-5)
    chosen = spots.choose(expected.shape)
    np.testing.assert_allclose(made.at(image.numpy(), chosen), chosen.of(expected), rtol=1e-5, atol=1e-5)


def test_blocks_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    weight, image = random(5, 3, 3, 3), random(2, 3, 9, 9, seed=1)
    made = layer(weight, None, 1, 1, 1, 1)
    whole = made(image.numpy())
    monkeypatch.setattr(convolution, "BLOCK", 500)
    np.testing.assert_allclose(made(image.numpy()), whole, rtol=1e-5, atol=1e-5)


def test_an_image_of_other_channels_is_refused() -> None:
    assert layer(random(6, 4, 3, 3), None, 1, 0, 1, 1).output_shape((1, 5, 8, 8)) is None
