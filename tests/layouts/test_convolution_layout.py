"""Convolutions: shapes of MATLAB's layers, single elements, and re-import of what MATLAB may have dropped or added."""

from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from xverify.errors import XverifyError
from xverify.layouts.table import layout_for

Array = NDArray[Any]


def numbered(*shape: int) -> Array:
    return np.arange(np.prod(shape), dtype=np.float32).reshape(shape)


def test_one_dimension() -> None:
    weight = numbered(4, 3, 5)
    layout = layout_for("conv1d", {}, {"weight": weight, "bias": numbered(4)})
    stored = layout.to_matlab({"weight": weight, "bias": numbered(4)})
    assert layout.matlab_layer == "convolution1dLayer"
    assert stored["Weights"].array.shape == (5, 3, 4)
    assert stored["Bias"].array.shape == (1, 4)
    assert all(stored["Weights"].array[k, i, o] == weight[o, i, k] for o, i, k in np.ndindex(4, 3, 5))


def test_two_dimensions() -> None:
    weight, bias = numbered(6, 2, 3, 5), numbered(6)
    layout = layout_for("conv2d", {"groups": 1}, {"weight": weight, "bias": bias})
    stored = layout.to_matlab({"weight": weight, "bias": bias})
    assert layout.matlab_layer == "convolution2dLayer"
    assert stored["Weights"].array.shape == (3, 5, 2, 6)
    assert stored["Weights"].axes == "O I H W -> H W I O"
    assert stored["Weights"].sources == ("weight",)
    assert stored["Bias"].array.shape == (1, 1, 6)
    assert stored["Bias"].axes == "O -> 1 1 O"
    assert all(stored["Weights"].array[h, w, i, o] == weight[o, i, h, w] for o, i, h, w in np.ndindex(6, 2, 3, 5))
    assert all(stored["Bias"].array[0, 0, o] == bias[o] for o in range(6))


def test_three_dimensions_are_height_width_depth() -> None:
    weight = numbered(2, 3, 4, 5, 6)
    layout = layout_for("conv3d", {}, {"weight": weight, "bias": numbered(2)})
    stored = layout.to_matlab({"weight": weight, "bias": numbered(2)})
    assert layout.matlab_layer == "convolution3dLayer"
    assert stored["Weights"].array.shape == (5, 6, 4, 3, 2)
    assert stored["Bias"].array.shape == (1, 1, 1, 2)
    assert all(
        stored["Weights"].array[h, w, d, i, o] == weight[o, i, d, h, w] for o, i, d, h, w in np.ndindex(2, 3, 4, 5, 6)
    )


def test_the_rank_of_a_convolution_is_its_weights() -> None:
    assert layout_for("convolution", {}, {"weight": numbered(2, 3, 4)}).matlab_layer == "convolution1dLayer"
    assert layout_for("convolution", {}, {"weight": numbered(2, 3, 4, 5, 6)}).matlab_layer == "convolution3dLayer"


def correlate(data: Array, weights: Array, bias: Array, stride: tuple[int, int]) -> Array:
    """MATLAB's convolution2dLayer on one image (H, W, C), in its own index order, without padding."""
    rows, columns = weights.shape[:2]
    height, width = (
        (size - kernel) // step + 1 for size, kernel, step in zip(data.shape, (rows, columns), stride, strict=False)
    )
    result = np.zeros((height, width, weights.shape[3]))
    for y, x, o in np.ndindex(*result.shape):
        patch = data[y * stride[0] : y * stride[0] + rows, x * stride[1] : x * stride[1] + columns]
        result[y, x, o] = (patch * weights[:, :, :, o]).sum() + bias[0, 0, o]
    return result


def test_the_stored_weights_compute_pytorchs_convolution() -> None:
    torch.manual_seed(1)
    module = torch.nn.Conv2d(3, 4, (2, 5), stride=(2, 1), dtype=torch.float64)
    parameters = {role: tensor.numpy() for role, tensor in module.state_dict().items()}
    stored = layout_for("conv2d", {}, parameters).to_matlab(parameters)
    data = torch.randn(1, 3, 7, 9, dtype=torch.float64)
    expected = module(data).detach().numpy()[0]
    actual = correlate(data.numpy()[0].transpose(1, 2, 0), stored["Weights"].array, stored["Bias"].array, (2, 1))
    assert all(abs(actual[y, x, o] - expected[o, y, x]) < 1e-13 for o, y, x in np.ndindex(*expected.shape))


def test_one_filter_comes_back_although_matlab_dropped_its_axis() -> None:
    parameters = {"weight": numbered(1, 2, 3, 5), "bias": numbered(1)}
    layout = layout_for("conv2d", {}, parameters)
    stored = layout.to_matlab(parameters)
    back = layout.to_pytorch({"Weights": stored["Weights"].array[..., 0], "Bias": np.zeros((1, 1), np.float32)})
    np.testing.assert_array_equal(back["weight"], parameters["weight"], strict=True)
    np.testing.assert_array_equal(back["bias"], parameters["bias"], strict=True)


def test_matlabs_zero_bias_is_ignored_where_pytorch_has_none() -> None:
    parameters = {"weight": numbered(4, 2, 3, 5)}
    layout = layout_for("conv2d", {}, parameters)
    weights = layout.to_matlab(parameters)["Weights"].array
    assert layout.to_pytorch({"Weights": weights, "Bias": np.zeros((1, 1, 4), np.float32)}).keys() == {"weight"}


def test_a_trained_bias_that_pytorch_cannot_hold_is_refused() -> None:
    parameters = {"weight": numbered(4, 2, 3, 5)}
    layout = layout_for("conv2d", {}, parameters)
    weights = layout.to_matlab(parameters)["Weights"].array
    bias = np.zeros((1, 1, 4), np.float32)
    bias[0, 0, 2] = 1e-6
    with pytest.raises(XverifyError, match=r"Bias has values other than 0\.0") as error:
        layout.to_pytorch({"Weights": weights, "Bias": bias})
    assert "bias=True" in error.value.hint


@pytest.mark.parametrize(
    "found", [(5, 3, 2, 6), (3, 5, 6, 2), (6, 2, 3, 5), (3, 5, 2), (3, 5, 12), (3, 5, 2, 6, 2), (1, 3, 5, 2, 6), (180,)]
)
def test_other_shapes_are_refused(found: tuple[int, ...]) -> None:
    layout = layout_for("conv2d", {}, {"weight": numbered(6, 2, 3, 5)})
    with pytest.raises(XverifyError) as error:
        layout.to_pytorch({"Weights": numbered(*found)})
    assert str(found) in error.value.message
    assert "Weights has the shape" in error.value.message
    assert "expected (3, 5, 2, 6)" in error.value.message


def test_a_flat_bias_is_refused() -> None:
    parameters = {"weight": numbered(6, 2, 3, 5), "bias": numbered(6)}
    layout = layout_for("conv2d", {}, parameters)
    stored = {name: parameter.array for name, parameter in layout.to_matlab(parameters).items()}
    with pytest.raises(XverifyError, match=r"Bias has the shape \(6, 1\); expected \(1, 1, 6\)"):
        layout.to_pytorch(stored | {"Bias": numbered(6, 1)})


def test_missing_and_unknown_properties_are_refused() -> None:
    parameters = {"weight": numbered(6, 2, 3, 5), "bias": numbered(6)}
    layout = layout_for("conv2d", {}, parameters)
    stored = {name: parameter.array for name, parameter in layout.to_matlab(parameters).items()}
    with pytest.raises(XverifyError, match="Bias is missing"):
        layout.to_pytorch({"Weights": stored["Weights"]})
    with pytest.raises(XverifyError, match="Scale is no property") as error:
        layout.to_pytorch(stored | {"Scale": numbered(6)})
    assert "Weights, Bias" in error.value.hint


def test_other_parameters_than_the_layouts_are_refused() -> None:
    layout = layout_for("conv2d", {}, {"weight": numbered(6, 2, 3, 5), "bias": numbered(6)})
    with pytest.raises(XverifyError, match=r"'weight' has the shape \(6, 2, 5, 3\); expected \(6, 2, 3, 5\)"):
        layout.to_matlab({"weight": numbered(6, 2, 5, 3), "bias": numbered(6)})
    with pytest.raises(XverifyError, match=r"'bias' has the shape none; expected \(6,\)"):
        layout.to_matlab({"weight": numbered(6, 2, 3, 5)})
