"""Resizings in numpy against torch's and onnxruntime's."""

from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from onnx import TensorProto, helper
from torch.nn import functional

from xverify.diagnosis.kernels.resize import Mode, Positions, Resize, Rounding

IMAGE = torch.randn(2, 3, 6, 9, generator=torch.Generator().manual_seed(0))
SIZES = [(12, 18), (9, 9), (4, 21), (3, 3), (1, 5)]


@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize(("mode", "name"), [("linear", "bilinear"), ("cubic", "bicubic")])
@pytest.mark.parametrize("corners", [False, True])
def test_interpolation_as_torch(sizes: tuple[int, int], mode: Mode, name: str, corners: bool) -> None:
    expected = functional.interpolate(IMAGE, sizes, mode=name, align_corners=corners).numpy()
    made = Resize(sizes, mode, "align_corners" if corners else "half_pixel")
    np.testing.assert_allclose(made(IMAGE.numpy()), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("sizes", SIZES)
def test_nearest_as_torch(sizes: tuple[int, int]) -> None:
    expected = functional.interpolate(IMAGE, sizes, mode="nearest").numpy()
    np.testing.assert_array_equal(Resize(sizes, "nearest", "asymmetric")(IMAGE.numpy()), expected)
    exact = functional.interpolate(IMAGE, sizes, mode="nearest-exact").numpy()
    np.testing.assert_array_equal(Resize(sizes, "nearest", "half_pixel", "round_prefer_ceil")(IMAGE.numpy()), exact)


def test_a_factor_that_does_not_fit_exactly() -> None:
    expected = functional.interpolate(IMAGE, scale_factor=1.7, mode="bilinear").numpy()
    made = Resize(expected.shape[2:], "linear", "half_pixel", factors=(1.7, 1.7))
    np.testing.assert_allclose(made(IMAGE.numpy()), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("rounding", ["floor", "ceil", "round_prefer_floor", "round_prefer_ceil"])
@pytest.mark.parametrize("positions", ["asymmetric", "half_pixel", "align_corners"])
@pytest.mark.parametrize("sizes", [(12, 18), (15, 20), (3, 6)])
def test_roundings_as_onnxruntime(sizes: tuple[int, int], positions: Positions, rounding: Rounding) -> None:
    expected = run(sizes, mode="nearest", coordinate_transformation_mode=positions, nearest_mode=rounding)
    np.testing.assert_array_equal(Resize(sizes, "nearest", positions, rounding)(IMAGE.numpy()), expected)


def test_another_cubic_coefficient_as_onnxruntime() -> None:
    expected = run((12, 18), mode="cubic", coordinate_transformation_mode="half_pixel", cubic_coeff_a=-0.5)
    made = Resize((12, 18), "cubic", "half_pixel", cubic=-0.5)
    np.testing.assert_allclose(made(IMAGE.numpy()), expected, rtol=1e-4, atol=1e-5)


def run(sizes: tuple[int, int], **attributes: Any) -> Any:
    node = helper.make_node("Resize", ["x", "", "", "sizes"], ["y"], **attributes)
    shape = [2, 3, *sizes]
    graph = helper.make_graph(
        [node],
        "resize",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, IMAGE.shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, shape)],
        [helper.make_tensor("sizes", TensorProto.INT64, [4], shape)],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, {"x": IMAGE.numpy()})[0]
