"""Dropout that drops nothing goes; any other stays."""

import pytest
from handmade_graphs import nodes, parsed, require_equal, run, state_of

from xverify.onnx_export.passes.remove_dropouts import remove_dropouts
from xverify.onnx_export.passes.remove_identities import remove_identities


@pytest.mark.parametrize("call", ["Dropout(a)", "Dropout(a, ratio)", "Dropout(a, ratio, off)"])
def test_dropout_of_an_evaluated_network_is_an_alias(call: str) -> None:
    text = f"""net (float[2,3] x) => (float[2,3] y) <float ratio = {{0.5}}, bool off = {{0}}> {{
      a = Exp(x) d = {call} y = Tanh(d)
    }}"""
    model = parsed(text)
    before = run(model)
    state = state_of(model, ["a", "d", "y"])
    remove_dropouts(state)
    remove_identities(state)
    assert nodes(model) == ["Exp -> a", "Tanh -> y"]
    assert state.aliases == {"d": "a"}
    assert not any(name in call for name in model.graph.initializers)
    require_equal(run(model), before)


@pytest.mark.parametrize(
    "text",
    [
        "net (float[2,3] x) => (float[2,3] y) <float r = {0.5}, bool on = {1}> { y = Dropout(x, r, on) }",
        "net (float[2,3] x, bool on) => (float[2,3] y) <float r = {0.5}> { y = Dropout(x, r, on) }",
        "net (float[2,3] x) => (float[2,3] y, bool[2,3] m) { y, m = Dropout(x) }",
    ],
)
def test_dropout_that_drops_or_tells_what_it_drops_stays(text: str) -> None:
    model = parsed(text)
    remove_dropouts(state_of(model, ["y"]))
    assert [node.op_type for node in model.graph] == ["Dropout"]
