"""A number of parts becomes their sizes below opset 18."""

import numpy as np
import onnx
import onnx_ir as ir
import pytest
from handmade_graphs import nodes, parsed, require_equal, run
from lowered_graphs import lower, refusal, require_untouched

from xverify.onnx_export.passes.lower_split import lower_split


@pytest.mark.parametrize(
    ("shape", "axis", "sizes"),
    [("2,6,5", "1", [2, 2, 2]), ("2,7,5", "-2", [3, 3, 1]), ("2,3,8", "2", [3, 3, 2]), ("2,3,3", "1", [1, 1, 1])],
)
def test_the_parts_get_sizes(shape: str, axis: str, sizes: list[int]) -> None:
    text = f"net (float[{shape}] x) => (float[A,B,C] a, float[D,E,F] b, float[G,H,I] c) {{ a, b, c = Split <axis = {axis}, num_outputs = 3> (x) }}"  # noqa: E501
    model = parsed(text)
    before = run(model)
    lower(model, opset=13, layers=["a", "b", "c"])
    assert nodes(model) == ["Split -> a, b, c"]
    assert [part.shape[int(axis)] for part in run(model)] == sizes
    require_equal(run(model), before)


def test_the_first_axis_is_the_default() -> None:
    model = parsed("net (float[5,2] x) => (float[3,2] a, float[2,2] b) { a, b = Split <num_outputs = 2> (x) }")
    before = run(model)
    lower(model, opset=17)
    require_equal(run(model), before)


@pytest.mark.parametrize(("size", "parts"), [("N", 2), ("5", 4), ("2", 3)])
def test_unknown_and_empty_parts_are_refused(size: str, parts: int) -> None:
    names = [f"y{index}" for index in range(parts)]
    text = f"net (float[{size},2] x) => ({', '.join(f'float[A{n},2] {n}' for n in names)}) {{ {', '.join(names)} = Split <num_outputs = {parts}> (x) }}"  # noqa: E501
    model = ir.from_proto(onnx.parser.parse_model(f'<ir_version: 10, opset_import: ["" : 20]> {text}'))
    assert f"Split of opset 13 has no num_outputs, which is {parts}" in refusal(model)


def test_sizes_that_are_given_stay() -> None:
    text = "net (float[2,7] x) => (float[2,3] a, float[2,4] b) { a, b = Split <axis = 1> (x, sizes) }"
    require_untouched(parsed(text, {"sizes": np.array([3, 4], np.int64)}), lower_split, opset=13)


def test_a_number_of_parts_stays_where_the_target_has_it() -> None:
    text = "net (float[2,7] x) => (float[2,4] a, float[2,3] b) { a, b = Split <axis = 1, num_outputs = 2> (x) }"
    require_untouched(parsed(text), lower_split, opset=18)
