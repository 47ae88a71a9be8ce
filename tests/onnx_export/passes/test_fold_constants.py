"""Constants vanish, layers stay, BatchNorm is not fused."""

import numpy as np
import pytest
from handmade_graphs import Array, nodes, outputs, parsed, require_equal, run, state_of

from xverify.onnx_export.passes.fold_constants import fold_constants
from xverify.onnx_export.passes.remove_identities import remove_identities

RNG = np.random.default_rng(5)


def normal(*shape: int) -> Array:
    return RNG.normal(size=shape).astype(np.float32)


def test_what_does_not_depend_on_the_input_becomes_an_initializer() -> None:
    model = parsed(
        """net (float[2,3] x) => (float[2,3] y) {
             two = Constant <value = float[1] {2.0}> ()
             t = Transpose <perm = [1, 0]> (w)
             scaled = Mul(t, two)
             y = Add(x, scaled)
           }""",
        {"w": normal(3, 2)},
    )
    before = run(model)
    fold_constants(state_of(model, ["y"]))
    assert nodes(model) == ["Add -> y"]
    require_equal(run(model), before)


def test_constants_that_the_folder_avoids_by_default_are_folded() -> None:
    model = parsed(
        """net (float[2,3] x) => (float[2,3] y) {
             shape = Shape(x)
             mask = ConstantOfShape <value = float[1] {0.5}> (shape)
             y = Mul(x, mask)
           }"""
    )
    before = run(model)
    fold_constants(state_of(model, ["y"]))
    assert nodes(model) == ["Mul -> y"]
    require_equal(run(model), before)


def test_a_large_constant_is_folded_too() -> None:
    model = parsed(
        """net (float[1,40000] x) => (float[1,3] y) {
             t = Transpose <perm = [1, 0]> (w)
             y = MatMul(x, t)
           }""",
        {"w": normal(3, 40_000)},
    )
    fold_constants(state_of(model, ["y"]))
    assert nodes(model) == ["MatMul -> y"]


def test_a_layer_that_is_only_an_alias_is_still_a_value_of_its_name() -> None:
    model = parsed(
        """net (float[2,3] x) => (float[2,3] y) {
             shape = Constant <value = int64[2] {2, 3}> ()
             a = Relu(x)
             viewed = Reshape(a, shape)
             y = Tanh(viewed)
           }"""
    )
    fold_constants(state_of(model, ["a", "viewed", "y"]))
    assert {"a", "viewed", "y"} <= {value.name for node in model.graph for value in node.outputs}


def test_equal_layers_are_computed_once_and_both_outputs_stay() -> None:
    model = parsed(
        """net (float[2,3] x) => (float[2,3] a, float[2,3] z, float[2,3] b) {
             a = Relu(x)
             b = Relu(x)
             c = Relu(x)
             z = Add(b, c)
           }"""
    )
    before = run(model)
    state = state_of(model, "abcz")
    fold_constants(state)
    remove_identities(state)
    require_equal(run(model), before)
    assert outputs(model) == ["a", "z", "b"]
    assert [name for name in nodes(model) if name.startswith("Relu")] == ["Relu -> a"]


def test_batch_normalization_is_not_fused_into_the_convolution() -> None:
    model = parsed(
        """net (float[1,2,5,6] x) => (float[1,3,3,5] y) {
             c = Conv <kernel_shape = [3, 2]> (x, w)
             y = BatchNormalization(c, scale, offset, mean, variance)
           }""",
        {"w": normal(3, 2, 3, 2), "scale": normal(3), "offset": normal(3), "mean": normal(3), "variance": np.abs(normal(3)) + 0.5},
    )  # fmt: skip
    before = run(model)
    weights = {
        name: value.const_value.numpy().copy() for name, value in model.graph.initializers.items() if value.const_value
    }
    fold_constants(state_of(model, ["c", "y"]))
    assert nodes(model) == ["Conv -> c", "BatchNormalization -> y"]
    assert set(model.graph.initializers) == set(weights)
    require_equal(run(model), before)


def test_dead_nodes_vanish_and_unread_layers_do_not_survive_them() -> None:
    model = parsed(
        """net (float[2,3] x) => (float[2,3] y) {
             dead = Exp(x)
             y = Tanh(x)
           }"""
    )
    fold_constants(state_of(model, ["y"]))
    assert nodes(model) == ["Tanh -> y"]


def test_a_sequence_of_splits_becomes_a_split_whose_elements_are_layers() -> None:
    model = parsed(
        """net (float[2,6] x) => (float[2,2] second, float[2,4] y) {
             sizes = Constant <value = int64[2] {4, 2}> ()
             one = Constant <value = int64 {1}> ()
             zero = Constant <value = int64 {0}> ()
             parts = SplitToSequence <axis = 1> (x, sizes)
             first = SequenceAt(parts, zero)
             second = SequenceAt(parts, one)
             y = Relu(first)
           }"""
    )
    before = run(model)
    state = state_of(model, ["parts", "first", "second", "y"])
    fold_constants(state)
    remove_identities(state)
    assert nodes(model) == ["Split -> first, second", "Relu -> y"]
    require_equal(run(model), before)


@pytest.mark.parametrize("count", [1, 2])
def test_a_clean_graph_stays_untouched(count: int) -> None:
    text = "net (float[2,3] x) => (float[2,3] y) { a = Relu(x) b = Sigmoid(a) y = Mul(a, b) }"
    model = parsed(text)
    for _ in range(count):  # and a second time changes nothing
        fold_constants(state_of(model, "aby"))
    assert nodes(model) == nodes(parsed(text))
    assert outputs(model) == ["y"]
    require_equal(run(model), run(parsed(text)))
