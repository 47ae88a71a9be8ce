"""Names that MATLAB's importer need not touch: valid, at most 20 characters, one thing a name."""

from collections import Counter

import onnx_ir as ir
from handmade_graphs import normal, parsed, require_equal, run, state_of

from xverify.onnx_export.passes.name_nodes import name_nodes
from xverify.onnx_export.passes.short_names import short_names
from xverify.program.identifiers import is_identifier


def names(model: ir.Model) -> list[str]:
    graph = model.graph
    values = [*graph.inputs, *graph.initializers.values(), *(value for node in graph for value in node.outputs)]
    return [value.name or "" for value in values] + [node.name or "" for node in graph]


def long_names() -> ir.Model:
    text = """net (float[2,3] x) => (float[2,4] y) {
      g = Gemm <transB = 1> (x, w, b)
      relu = Relu(g)
      h = Exp(relu)
      y = Tanh(h)
    }"""
    model = parsed(text, {"w": normal(4, 3), "b": normal(4)})
    wanted = {"w": "encoder.layers.encoder_layer_0.mlp.0.weight", "b": "encoder.layers.encoder_layer_0.mlp.0.bias"}
    for old, new in wanted.items():
        model.graph.initializers[old].name = new
    for node in model.graph:
        if node.op_type == "Exp":
            node.outputs[0].name = "/a/very/long/name/of/a/tensor_output_0"
    return model


def test_all_names_are_short_valid_and_different() -> None:
    model = long_names()
    before = run(model)
    tensors = [value.name or "" for node in model.graph for value in node.outputs]
    state = state_of(model, dict(zip(tensors, ["fc", "relu", "h", "y"], strict=True)))
    name_nodes(state)
    short_names(state)
    assert [name for name, count in Counter(names(model)).items() if count > 1] == []
    assert all(map(is_identifier, names(model)))
    assert [node.name for node in model.graph] == ["fc", "relu", "h", "y"]
    require_equal(run(model), before)


def test_the_old_names_are_remembered() -> None:
    model = long_names()
    state = state_of(model, ["g", "relu", "y"])
    name_nodes(state)
    short_names(state)
    new = {old: name for name, old in state.renamed.items()}
    assert new["encoder.layers.encoder_layer_0.mlp.0.bias"] == "laye_0_mlp_0_bias"
    assert state.renamed["relu_2"] == "relu"  # the node has the layer's name
    assert set(state.renamed.values()) >= {"/a/very/long/name/of/a/tensor_output_0", "g", "relu", "y"}
    assert "x" not in state.renamed


def test_good_names_stay_untouched() -> None:
    model = parsed("net (float[2,3] x) => (float[2,3] y) { a = Mul(x, w) y = Tanh(a) }", {"w": normal(2, 3)})
    state = state_of(model, {"a": "scale", "y": "tanh_1"})
    name_nodes(state)
    short_names(state)
    assert names(model) == ["x", "w", "a", "y", "scale", "tanh_1"]
    assert state.renamed == {}


def test_a_keyword_is_no_name() -> None:
    model = parsed("net (float[2,3] x) => (float[2,3] y) { end = Exp(x) y = Tanh(end) }")
    state = state_of(model, {"end": "e", "y": "t"})
    name_nodes(state)
    short_names(state)
    assert "end" not in names(model)
