"""Chosen axes of a Resize become sizes or scales of all axes below opset 18."""

import numpy as np
import onnx
import onnx_ir as ir
import pytest
from handmade_graphs import parsed, require_equal, run
from lowered_graphs import lower, refusal, require_untouched

from xverify.onnx_export.passes.lower_resize import lower_resize

SIZES = {"size": np.array([12, 10], np.int64)}
SCALES = {"scale": np.array([1.5, 2.0], np.float32)}


@pytest.mark.parametrize("mode", ["nearest", "linear", "cubic"])
@pytest.mark.parametrize("axes", ["[3, 2]", "[-1, -2]"])
def test_sizes_of_all_axes(mode: str, axes: str) -> None:
    call = f'Resize <mode = "{mode}", axes = {axes}, antialias = 0, keep_aspect_ratio_policy = "stretch"> (x, , , size)'
    model = parsed(f"net (float[2,3,5,7] x) => (float[2,3,10,12] y) {{ y = {call} }}", SIZES)
    before = run(model)
    lower(model, opset=13, layers=["y"])
    (node,) = model.graph
    assert set(node.attributes) == {"mode"}
    (sizes,) = model.graph.initializers.values()
    np.testing.assert_array_equal(sizes.const_value, [2, 3, 10, 12])
    require_equal(run(model), before)


@pytest.mark.parametrize("positions", ["half_pixel", "asymmetric", "align_corners", "pytorch_half_pixel"])
def test_scales_of_all_axes(positions: str) -> None:
    call = f'Resize <mode = "linear", coordinate_transformation_mode = "{positions}", axes = [3, 2]> (x, , scale)'
    model = parsed(f"net (float[2,3,5,7] x) => (float[2,3,10,10] y) {{ y = {call} }}", SCALES)
    before = run(model)
    lower(model, opset=17)
    (scales,) = model.graph.initializers.values()
    np.testing.assert_array_equal(scales.const_value, [1, 1, 2, 1.5])
    require_equal(run(model), before)


@pytest.mark.parametrize(
    ("attributes", "reason"),
    [
        ("antialias = 1, axes = [3, 2]", "no antialias, which is 1"),
        ('keep_aspect_ratio_policy = "not_larger", axes = [3, 2]', "no keep_aspect_ratio_policy, which is not_larger"),
        ('coordinate_transformation_mode = "half_pixel_symmetric", axes = [3, 2]', "half_pixel_symmetric"),
        ('coordinate_transformation_mode = "tf_crop_and_resize", axes = [3, 2]', "no axes, which is (3, 2)"),
    ],
)
def test_what_older_opsets_cannot_do_is_refused(attributes: str, reason: str) -> None:
    text = f'net (float[2,3,5,7] x) => (float[A,B,C,D] y) {{ y = Resize <mode = "linear", {attributes}> (x, roi, , size) }}'
    proto = onnx.parser.parse_model(f'<ir_version: 10, opset_import: ["" : 20]> {text}')
    for name, value in (SIZES | {"roi": np.array([0, 0, 1, 1], np.float32)}).items():
        proto.graph.initializer.append(onnx.numpy_helper.from_array(value, name))
    assert reason in refusal(ir.from_proto(proto), 17)


def test_sizes_that_depend_on_the_input_are_refused() -> None:
    text = "net (float[2,3,5,7] x, int64[2] size) => (float[A,B,C,D] y) { y = Resize <axes = [2, 3]> (x, , , size) }"
    assert "Resize of opset 13 has no axes, which is (2, 3)" in refusal(parsed(text))


def test_what_the_target_has_stays() -> None:
    text = "net (float[2,3,5,7] x) => (float[2,3,10,12] y) { y = Resize <axes = [3, 2]> (x, , , size) }"
    require_untouched(parsed(text, SIZES), lower_resize, opset=18)
    text = "net (float[2,3,5,7] x) => (float[2,3,10,12] y) { y = Resize (x, , , size) }"
    require_untouched(parsed(text, {"size": np.array([2, 3, 10, 12], np.int64)}), lower_resize, opset=13)
