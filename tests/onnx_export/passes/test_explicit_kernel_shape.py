"""Every convolution says how large its kernel is."""

import numpy as np
import onnx_ir as ir
from handmade_graphs import normal, parsed, require_equal, run, state_of

from xverify.onnx_export.passes.explicit_kernel_shape import explicit_kernel_shape

BARE = """net (float[2,3,7,9] x) => (float[2,4,10,10] y) {
            c = Conv (x, w)
            y = ConvTranspose <strides = [2, 1]> (c, v)
          }"""
WEIGHTS = {"w": normal(5, 3, 4, 2), "v": normal(5, 4, 4, 3)}


def kernels(model: ir.Model) -> list[list[int]]:
    return [list(node.attributes["kernel_shape"].as_ints()) for node in model.graph]


def test_the_kernel_is_that_of_the_weight() -> None:
    model = parsed(BARE, WEIGHTS)
    before = run(model)
    explicit_kernel_shape(state_of(model, ["y"]))
    assert kernels(model) == [[4, 2], [4, 3]]
    require_equal(run(model), before)


def test_a_kernel_that_is_given_stays() -> None:
    text = "net (float[1,2,5,6] x) => (float[1,3,3,5] y) { y = Conv <kernel_shape = [3, 2]> (x, w) }"
    model = parsed(text, {"w": normal(3, 2, 3, 2)})
    attribute = next(iter(model.graph)).attributes["kernel_shape"]
    explicit_kernel_shape(state_of(model, ["y"]))
    assert next(iter(model.graph)).attributes["kernel_shape"] is attribute


def test_a_weight_of_unknown_shape_is_left_alone() -> None:
    model = parsed("net (float[1,2,5,6] x, float[A,B,C,D] w) => (float[E,F,G,H] y) { y = Conv (x, w) }")
    explicit_kernel_shape(state_of(model, ["y"]))
    assert "kernel_shape" not in next(iter(model.graph)).attributes


def test_other_operators_are_left_alone() -> None:
    model = parsed("net (float[2,3] x) => (float[2,4] y) { y = MatMul (x, w) }", {"w": np.ones((3, 4), np.float32)})
    explicit_kernel_shape(state_of(model, ["y"]))
    assert not next(iter(model.graph)).attributes
