"""No Identity stays but where an output needs it, and each removed layer says whose value it has."""

import numpy as np
import onnx_ir as ir
import pytest
from handmade_graphs import Array, nodes, outputs, parsed, require_equal, run, state_of

from xverify.onnx_export.passes.graph_state import GraphState
from xverify.onnx_export.passes.remove_identities import remove_identities


def removed(text: str, layers: str, weights: dict[str, Array] | None = None) -> GraphState:
    """The state after the pass; the outputs were compared."""
    model = parsed(text, weights)
    before = run(model)
    state = state_of(model, layers.split())
    remove_identities(state)
    require_equal(run(model), before)
    return state


def test_a_layer_that_is_an_inner_value_gives_that_value_its_name() -> None:
    state = removed("net (float[2,3] x) => (float[2,3] y) { val_0 = Relu(x) a = Identity(val_0) y = Tanh(a) }", "a y")
    assert nodes(state.model) == ["Relu -> a", "Tanh -> y"]
    assert state.aliases == {}


def test_a_layer_that_is_another_layer_becomes_its_alias() -> None:
    state = removed("net (float[2,3] x) => (float[2,3] y) { a = Relu(x) b = Identity(a) y = Tanh(b) }", "a b y")
    assert nodes(state.model) == ["Relu -> a", "Tanh -> y"]
    assert state.aliases == {"b": "a"}


def test_a_layer_that_is_the_input_becomes_its_alias() -> None:
    state = removed("net (float[2,3] x) => (float[2,3] y) { a = Identity(x) y = Tanh(a) }", "a y")
    assert nodes(state.model) == ["Tanh -> y"]
    assert state.aliases == {"a": "x"}


def test_a_chain_ends_at_the_value_that_is_left() -> None:
    text = "net (float[2,3] x) => (float[2,3] y) { a = Relu(x) b = Identity(a) c = Identity(b) d = Identity(c) y = Tanh(d) }"
    state = removed(text, "a b c d y")
    assert nodes(state.model) == ["Relu -> a", "Tanh -> y"]
    assert state.aliases == {"b": "a", "c": "a", "d": "a"}


def test_of_two_names_for_an_inner_value_the_first_stays() -> None:
    text = (
        "net (float[2,3] x) => (float[2,3] y) { val_0 = Relu(x) a = Identity(val_0) b = Identity(val_0) y = Mul(a, b) }"
    )
    state = removed(text, "a b y")
    assert nodes(state.model) == ["Relu -> a", "Mul -> y"]
    assert state.aliases == {"b": "a"}


def test_an_output_that_is_a_layer_is_that_layer() -> None:
    state = removed(
        "net (float[2,3] x) => (float[2,3] z, float[2,3] y) { a = Relu(x) y = Identity(a) z = Tanh(a) }", "a y z"
    )
    assert nodes(state.model) == ["Relu -> a", "Tanh -> z"]
    assert outputs(state.model) == ["z", "a"]
    assert state.aliases == {"y": "a"}


def test_an_output_that_is_an_inner_value_keeps_its_name() -> None:
    state = removed("net (float[2,3] x) => (float[2,3] y) { val_0 = Relu(x) y = Identity(val_0) }", "y")
    assert (nodes(state.model), outputs(state.model)) == (["Relu -> y"], ["y"])


@pytest.mark.parametrize(
    ("text", "layers"),
    [
        ("net (float[2,3] x) => (float[2,3] y) { y = Identity(x) }", "y"),  # input to output
        (
            "net (float[2,3] x) => (float[2,3] y, float[3] c) { y = Relu(x) c = Identity(w) }",
            "y c",
        ),  # constant to output
        (
            "net (float[2,3] x) => (float[2,3] y, float[2,3] z) { y = Relu(x) z = Identity(y) }",
            "y z",
        ),  # one value, two outputs
    ],
)
def test_an_identity_that_an_output_needs_stays(text: str, layers: str) -> None:
    weights = {"w": np.arange(3, dtype=np.float32)} if "w" in text else None
    before = nodes(parsed(text, weights))
    state = removed(text, layers, weights)
    assert nodes(state.model) == before
    assert state.aliases == {}


def test_an_identity_of_a_weight_that_no_output_needs_goes() -> None:
    text = "net (float[2,3] x) => (float[2,3] y) { c = Identity(w) y = Add(x, c) }"
    state = removed(text, "y", {"w": np.arange(3, dtype=np.float32)})
    assert nodes(state.model) == ["Add -> y"]
    assert list(state.graph.initializers) == ["w"]


def test_a_graph_without_identities_stays_untouched() -> None:
    text = "net (float[2,3] x) => (float[2,3] y) { a = Relu(x) y = Tanh(a) }"
    state = removed(text, "a y")
    assert (nodes(state.model), state.aliases) == (nodes(parsed(text)), {})


def test_an_identity_of_another_domain_is_another_operation() -> None:
    x = ir.val("x", ir.DataType.FLOAT, [2])
    node = ir.node("Identity", [x], domain="com.example", version=1)
    model = ir.Model(ir.Graph([x], node.outputs, nodes=[node], opset_imports={"": 20, "com.example": 1}), ir_version=10)
    remove_identities(state_of(model))
    assert len(model.graph) == 1
