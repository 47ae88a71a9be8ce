"""Images that are resized otherwise: found by what torch and onnxruntime compute."""

from typing import Any

import numpy as np
import onnxruntime
import pytest
import torch
from layer_suspects import faulty
from onnx import TensorProto, helper
from suspects import Made, fitting, kinds, random, suspect
from torch import nn
from torch.nn import functional

from xverify.diagnosis.resize_alignment import resize_alignment

IMAGE = random(2, 3, 6, 9)


def upsample(factor: float, mode: str, corners: bool | None = None) -> Any:
    return nn.Upsample(scale_factor=factor, mode=mode, align_corners=corners)


@pytest.mark.parametrize("corners", [True, False])
def test_align_corners(corners: bool) -> None:
    module, wrong = (upsample(2, "bilinear", way) for way in (corners, not corners))
    (found,) = fitting(faulty(module, wrong, IMAGE), [resize_alignment])
    assert found.kind == "resize alignment"
    assert f"align_corners={corners}" in found.fix[-1]


def test_interpolation_exchanged() -> None:
    nearest, linear = upsample(2, "nearest"), upsample(2, "bilinear", False)
    assert kinds(faulty(nearest, linear, IMAGE), [resize_alignment]) == ["resize mode"]
    assert kinds(faulty(linear, nearest, IMAGE), [resize_alignment]) == ["resize mode"]
    assert kinds(faulty(linear, upsample(2, "bicubic", False), IMAGE), [resize_alignment]) == ["resize mode"]


def test_nearest_exact() -> None:
    module, wrong = upsample(1.5, "nearest"), upsample(1.5, "nearest-exact")
    assert kinds(faulty(module, wrong, IMAGE), [resize_alignment])[0] in {"resize rounding", "resize alignment"}


@pytest.mark.parametrize(
    ("attributes", "kind"),
    [
        ({"mode": "linear", "coordinate_transformation_mode": "asymmetric"}, "resize alignment"),
        ({"mode": "cubic", "coordinate_transformation_mode": "half_pixel", "cubic_coeff_a": -0.5}, "resize mode"),
    ],
)
def test_as_onnxruntime_resizes(attributes: dict[str, Any], kind: str) -> None:
    module = upsample(2, "bilinear", False)
    subject = faulty(module, lambda image: torch.from_numpy(onnx_resize((12, 18), **attributes)), IMAGE)
    assert kinds(subject, [resize_alignment]) == [kind]


def test_an_operator_of_onnx() -> None:
    settings: dict[str, Any] = {"mode": "cubic", "coordinate_transformation_mode": "half_pixel", "cubic_coeff_a": -0.75}
    expected = functional.interpolate(IMAGE, (12, 18), mode="bicubic", align_corners=False)
    actual = onnx_resize((12, 18), **{**settings, "cubic_coeff_a": -0.5})
    made = Made(op="Resize", settings=settings, constants={3: np.array([2, 3, 12, 18])})
    (found,) = fitting(suspect(actual, expected, IMAGE, made=made, allowed=1e-5), [resize_alignment])
    assert "coefficient -0.5" in found.statement


def test_a_factor_that_does_not_fit() -> None:
    module = upsample(1.7, "bilinear", False)
    sizes = tuple(module(IMAGE).shape[2:])
    subject = faulty(module, lambda image: functional.interpolate(image, sizes, mode="bilinear"), IMAGE)
    assert kinds(subject, [resize_alignment]) == ["resize factors"]


def test_other_faults_are_not_blamed_on_it() -> None:
    for module in (upsample(2, "bilinear", False), upsample(2, "nearest")):
        for wrong in (lambda image, m=module: m(image) + 1, lambda image, m=module: m(image.flip(2))):
            assert kinds(faulty(module, wrong, IMAGE), [resize_alignment]) == []


def onnx_resize(sizes: tuple[int, int], **attributes: Any) -> Any:
    node = helper.make_node("Resize", ["x", "", "", "sizes"], ["y"], **attributes)
    shape = [2, 3, *sizes]
    values = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, dims)
        for name, dims in (("x", IMAGE.shape), ("y", shape))
    ]
    constants = [helper.make_tensor("sizes", TensorProto.INT64, [4], shape)]
    graph = helper.make_graph([node], "resize", values[:1], values[1:], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, {"x": IMAGE.numpy()})[0]
