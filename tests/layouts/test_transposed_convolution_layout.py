"""Transposed convolution: the input channel comes last in MATLAB, first in PyTorch."""

from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from xverify.layouts.as_is import AsIs
from xverify.layouts.table import layout_for

Array = NDArray[Any]


def numbered(*shape: int) -> Array:
    return np.arange(np.prod(shape), dtype=np.float32).reshape(shape)


def test_two_dimensions() -> None:
    weight, bias = numbered(2, 4, 3, 5), numbered(4)
    layout = layout_for("convolution", {"transposed": True}, {"weight": weight, "bias": bias})
    stored = layout.to_matlab({"weight": weight, "bias": bias})
    assert layout.matlab_layer == "transposedConv2dLayer"
    assert stored["Weights"].array.shape == (3, 5, 4, 2)
    assert stored["Weights"].axes == "I O H W -> H W O I"
    assert stored["Bias"].array.shape == (1, 1, 4)
    assert all(stored["Weights"].array[h, w, o, i] == weight[i, o, h, w] for i, o, h, w in np.ndindex(2, 4, 3, 5))


@pytest.mark.parametrize(("rank", "weights", "bias"), [(1, (5, 3, 2), (1, 3)), (3, (6, 7, 5, 3, 2), (1, 1, 1, 3))])
def test_one_and_three_dimensions(rank: int, weights: tuple[int, ...], bias: tuple[int, ...]) -> None:
    parameters = {"weight": numbered(2, 3, *(5, 6, 7)[:rank]), "bias": numbered(3)}
    layout = layout_for("convolution", {"transposed": True}, parameters)
    stored = layout.to_matlab(parameters)
    assert layout.matlab_layer == f"transposedConv{rank}dLayer"
    assert (stored["Weights"].array.shape, stored["Bias"].array.shape) == (weights, bias)


def spread(data: Array, weights: Array, bias: Array, stride: int, cropping: int) -> Array:
    """MATLAB's transposedConv2dLayer on one image (H, W, C): every input value adds a scaled kernel to the output."""
    rows, columns, outputs, inputs = weights.shape
    result = np.zeros(((data.shape[0] - 1) * stride + rows, (data.shape[1] - 1) * stride + columns, outputs))
    for y, x, i in np.ndindex(data.shape[0], data.shape[1], inputs):
        result[y * stride : y * stride + rows, x * stride : x * stride + columns] += data[y, x, i] * weights[:, :, :, i]
    result += bias[0]
    return result[cropping : result.shape[0] - cropping, cropping : result.shape[1] - cropping]


def test_the_stored_weights_compute_pytorchs_transposed_convolution() -> None:
    torch.manual_seed(1)
    module = torch.nn.ConvTranspose2d(3, 4, (3, 5), stride=2, padding=1, dtype=torch.float64)
    parameters = {role: tensor.numpy() for role, tensor in module.state_dict().items()}
    stored = layout_for("convolution", {"transposed": True}, parameters).to_matlab(parameters)
    data = torch.randn(1, 3, 4, 6, dtype=torch.float64)
    expected = module(data).detach().numpy()[0]
    actual = spread(data.numpy()[0].transpose(1, 2, 0), stored["Weights"].array, stored["Bias"].array, 2, 1)
    assert actual.shape == (expected.shape[1], expected.shape[2], expected.shape[0])
    assert all(abs(actual[y, x, o] - expected[o, y, x]) < 1e-13 for o, y, x in np.ndindex(*expected.shape))


def test_groups_keep_pytorchs_order() -> None:
    layout = layout_for("convolution", {"transposed": True, "groups": 2}, {"weight": numbered(4, 3, 2, 2)})
    assert isinstance(layout, AsIs)
    assert layout.reason == "MATLAB's transposed convolution has no groups"
