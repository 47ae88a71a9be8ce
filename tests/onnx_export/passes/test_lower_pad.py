"""Chosen axes of a Pad become pads of all axes below opset 18."""

import numpy as np
import pytest
from handmade_graphs import Array, parsed, require_equal, run
from lowered_graphs import lower, refusal, require_untouched

from xverify.onnx_export.passes.lower_pad import lower_pad

CHOICE = {"pads": np.array([1, 2, 3, 0], np.int64), "axes": np.array([-1, 2], np.int64)}
ALL = {"pads": np.array([0, 0, 2, 1, 0, 0, 0, 3], np.int64)}


@pytest.mark.parametrize(
    ("call", "extra"),
    [
        ("Pad (x, pads, , axes)", {}),
        ("Pad (x, pads, fill, axes)", {"fill": np.float32(1.5)}),
        ('Pad <mode = "reflect"> (x, pads, , axes)', {}),
        ('Pad <mode = "edge"> (x, pads, , axes)', {}),
    ],
)
def test_all_axes_are_padded(call: str, extra: dict[str, Array]) -> None:
    model = parsed(f"net (float[2,3,5,7] x) => (float[2,3,7,11] y) {{ y = {call} }}", CHOICE | extra)
    before = run(model)
    lower(model, opset=13, layers=["y"])
    (node,) = model.graph
    assert [None if v is None else v.name for v in node.inputs] == ["x", "y_pads__1", *extra]
    assert set(model.graph.initializers) == {"y_pads__1", *extra}
    np.testing.assert_array_equal(model.graph.initializers["y_pads__1"].const_value, ALL["pads"])
    require_equal(run(model), before)


def test_a_choice_that_two_share_goes_with_the_second() -> None:
    text = "net (float[2,3,5,7] x) => (float[2,3,9,15] y) { a = Pad (x, pads, , axes) y = Pad (a, pads, , axes) }"
    model = parsed(text, CHOICE)
    before = run(model)
    lower(model, opset=17)
    assert set(model.graph.initializers) == {"a_pads__1", "y_pads__1"}
    require_equal(run(model), before)


def test_pads_that_depend_on_the_input_are_refused() -> None:
    text = "net (float[2,3] x, int64[2] pads) => (float[A,B] y) { y = Pad (x, pads, , axes) }"
    model = parsed(text, {"axes": np.array([1], np.int64)})
    assert "Pad of opset 13 has fewer inputs than 4" in refusal(model)


def test_wrapping_is_refused_below_its_opset() -> None:
    text = 'net (float[2,3,5,7] x) => (float[2,3,7,11] y) { y = Pad <mode = "wrap"> (x, pads) }'
    assert "Pad has mode 'wrap' (since opset 19)" in refusal(parsed(text, ALL), 18)


@pytest.mark.parametrize(("weights", "call", "opset"), [(CHOICE, "x, pads, , axes", 18), (ALL, "x, pads", 13)])
def test_what_the_target_has_stays(weights: dict[str, Array], call: str, opset: int) -> None:
    text = f"net (float[2,3,5,7] x) => (float[2,3,7,11] y) {{ y = Pad ({call}) }}"
    require_untouched(parsed(text, weights), lower_pad, opset=opset)
