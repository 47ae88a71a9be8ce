"""Attributes that an older opset does not know go where they say nothing, and nowhere else."""

import numpy as np
import pytest
from handmade_graphs import Array, normal, parsed, require_equal, run
from lowered_graphs import lower, refusal, require_near, require_untouched

from xverify.onnx_export.passes.lower_attributes import lower_attributes

IMAGE = "net (float[2,3,8,11] x) => (float[A,B,C,D] y)"
NORM = {name: np.abs(normal(3)) + 0.5 for name in ("s", "b", "m", "v")}
LSTM = {"w": normal(1, 16, 5), "r": normal(1, 16, 4)}
ZEROS = {"shape": np.array([0, 33, 8], np.int64)}
SHAPE = {"shape": np.array([2, 33, 8], np.int64)}


@pytest.mark.parametrize(
    ("text", "weights", "attribute"),
    [
        (f"{IMAGE} {{ y = BatchNormalization <epsilon = 0.01, training_mode = 0> (x, s, b, m, v) }}", NORM, "training_mode"),
        (f"{IMAGE} {{ y = AveragePool <kernel_shape = [3, 2], dilations = [1, 1]> (x) }}", {}, "dilations"),
        (f"{IMAGE} {{ y = LpPool <kernel_shape = [3, 2], dilations = [1, 1], ceil_mode = 0> (x) }}", {}, "dilations"),
        ("net (float[2,3,88] x) => (float[2,33,8] y) { y = Reshape <allowzero = 1> (x, shape) }", SHAPE, "allowzero"),
        ("net (float[2,3,88] x) => (float[2,33,8] y) { y = Reshape <allowzero = 0> (x, shape) }", SHAPE, "allowzero"),
        ("net (float[2,3,5] x) => (float[2,1,3,4] y) { y = LSTM <hidden_size = 4, layout = 0> (x, w, r) }", LSTM, "layout"),
        ("net (float[2,3] x) => (float16[2,3] y) { y = Cast <to = 10, saturate = 1> (x) }", {}, "saturate"),
    ],
)  # fmt: skip
def test_what_says_nothing_goes(text: str, weights: dict[str, Array], attribute: str) -> None:
    model = parsed(text, weights)
    before = run(model)
    (node,) = model.graph
    kept = set(node.attributes) - {attribute, "ceil_mode"}
    lower(model, lower_attributes, opset=13)
    assert set(node.attributes) == kept
    lower(model, opset=13, layers=["y"])
    require_near(run(model), before, 2)  # onnxruntime takes another kernel for AveragePool below 19


@pytest.mark.parametrize(
    ("text", "weights", "reason"),
    [
        (f"{IMAGE} {{ y = AveragePool <kernel_shape = [3, 2], dilations = [2, 1]> (x) }}", {}, "dilations, which is (2, 1)"),
        ("net (float[2,0,88] x) => (float[A,B,C] y) { y = Reshape <allowzero = 1> (x, shape) }", ZEROS, "allowzero, which is 1"),
        ("net (float[2,0,88] x, int64[3] shape) => (float[A,B,C] y) { y = Reshape <allowzero = 1> (x, shape) }", {}, "which is 1"),
        (f"{IMAGE} {{ y, p, q = BatchNormalization <training_mode = 1> (x, s, b, m, v) }}", NORM, "training_mode, which is 1"),
    ],
)  # fmt: skip
def test_what_says_something_stays_and_is_refused(text: str, weights: dict[str, Array], reason: str) -> None:
    model = parsed(text, weights)
    require_untouched(model, lower_attributes, opset=13)
    assert reason in refusal(model)


ROI: dict[str, Array] = {
    "rois": np.array([[0, 0, 6, 5], [1, 2, 7, 4]], np.float32),
    "where": np.array([1, 0], np.int64),
}


def roi_align(attributes: str) -> str:
    return f"{IMAGE} {{ y = RoiAlign <{attributes}output_height = 2, output_width = 3, sampling_ratio = 2> (x, rois, where) }}"


@pytest.mark.parametrize("attributes", ["", 'coordinate_transformation_mode = "half_pixel", '])
def test_sampling_positions_that_are_new_are_refused(attributes: str) -> None:
    model = parsed(roi_align(attributes), ROI)
    assert "RoiAlign of opset 13 has no coordinate_transformation_mode, which is half_pixel" in refusal(model)


def test_old_sampling_positions_need_no_name() -> None:
    model = parsed(roi_align('coordinate_transformation_mode = "output_half_pixel", '), ROI)
    before = run(model)
    lower(model, opset=13)
    assert "coordinate_transformation_mode" not in model.graph[0].attributes
    require_equal(run(model), before)
    require_untouched(parsed(roi_align(""), ROI), lower_attributes, opset=16)


@pytest.mark.parametrize(("own", "target"), [(20, 20), (20, 19), (19, 20), (14, 14)])
def test_what_the_target_knows_stays(own: int, target: int) -> None:
    text = f"{IMAGE} {{ a = BatchNormalization <training_mode = 0> (x, s, b, m, v) y = Relu(a) }}"
    require_untouched(parsed(text, NORM, opset=own), lower_attributes, opset=target)
