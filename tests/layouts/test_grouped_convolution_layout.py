"""Grouped convolution: MATLAB splits the output channel into filter and group."""

from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from xverify.errors import XverifyError
from xverify.layouts.as_is import AsIs
from xverify.layouts.table import layout_for

Array = NDArray[Any]


def numbered(*shape: int) -> Array:
    return np.arange(np.prod(shape), dtype=np.float32).reshape(shape)


def test_shapes_and_elements() -> None:
    weight, bias = numbered(12, 2, 5, 7), numbered(12)
    layout = layout_for("conv2d", {"groups": 3}, {"weight": weight, "bias": bias})
    stored = layout.to_matlab({"weight": weight, "bias": bias})
    assert layout.matlab_layer == "groupedConvolution2dLayer"
    assert stored["Weights"].array.shape == (5, 7, 2, 4, 3)
    assert stored["Weights"].axes == "(G O) I H W -> H W I O G"
    assert stored["Bias"].array.shape == (1, 1, 4, 3)
    for h, w, i, o, g in np.ndindex(5, 7, 2, 4, 3):
        assert stored["Weights"].array[h, w, i, o, g] == weight[4 * g + o, i, h, w]
        assert stored["Bias"].array[0, 0, o, g] == bias[4 * g + o]


def grouped_correlation(data: Array, weights: Array, bias: Array) -> Array:
    """MATLAB's groupedConvolution2dLayer on one image (H, W, C): group g reads and writes its own block of channels."""
    rows, columns, inputs, outputs, groups = weights.shape
    result = np.zeros((data.shape[0] - rows + 1, data.shape[1] - columns + 1, outputs * groups))
    for y, x, o, g in np.ndindex(*result.shape[:2], outputs, groups):
        patch = data[y : y + rows, x : x + columns, g * inputs : (g + 1) * inputs]
        result[y, x, g * outputs + o] = (patch * weights[:, :, :, o, g]).sum() + bias[0, 0, o, g]
    return result


@pytest.mark.parametrize(("inputs", "outputs", "groups"), [(6, 12, 3), (4, 4, 4), (4, 8, 4), (2, 6, 2)])
def test_the_stored_weights_compute_pytorchs_convolution(inputs: int, outputs: int, groups: int) -> None:
    torch.manual_seed(1)
    module = torch.nn.Conv2d(inputs, outputs, (2, 3), groups=groups, dtype=torch.float64)
    parameters = {role: tensor.numpy() for role, tensor in module.state_dict().items()}
    stored = layout_for("convolution", {"groups": groups}, parameters).to_matlab(parameters)
    data = torch.randn(1, inputs, 5, 7, dtype=torch.float64)
    expected = module(data).detach().numpy()[0]
    actual = grouped_correlation(data.numpy()[0].transpose(1, 2, 0), stored["Weights"].array, stored["Bias"].array)
    assert all(abs(actual[y, x, o] - expected[o, y, x]) < 1e-13 for o, y, x in np.ndindex(*expected.shape))


def test_groups_in_the_place_of_filters_are_refused() -> None:
    layout = layout_for("conv2d", {"groups": 3}, {"weight": numbered(12, 2, 5, 7)})
    with pytest.raises(XverifyError, match=r"\(5, 7, 2, 3, 4\); expected \(5, 7, 2, 4, 3\)"):
        layout.to_pytorch({"Weights": numbered(5, 7, 2, 3, 4)})


@pytest.mark.parametrize("shape", [(12, 2, 5), (12, 2, 5, 7, 3)])
def test_only_two_dimensions_have_groups_in_matlab(shape: tuple[int, ...]) -> None:
    layout = layout_for("convolution", {"groups": 3}, {"weight": numbered(*shape)})
    assert isinstance(layout, AsIs)
    assert layout.matlab_layer == ""
    assert layout.reason == f"MATLAB has no grouped convolution of {len(shape) - 2} dimensions"
