"""Whatever flattens a batch of maps is Flatten; what flattens a matrix is nothing."""

import onnx
import onnx_ir as ir
import pytest
from handmade_graphs import nodes, parsed, require_equal, run, state_of

from xverify.onnx_export.passes.flatten_to_2d import flatten_to_2d


@pytest.mark.parametrize("target", ["{2, 105}", "{2, -1}", "{-1, 105}", "{0, -1}"])
def test_a_reshape_to_features_is_flatten(target: str) -> None:
    text = f"net (float[2,3,5,7] x) => (float[2,105] y) <int64[2] t = {target}> {{ y = Reshape(x, t) }}"
    model = parsed(text)
    before = run(model)
    flatten_to_2d(state_of(model, ["y"]))
    assert nodes(model) == ["Flatten -> y"]
    assert not model.graph.initializers
    require_equal(run(model), before)


def test_a_squeeze_of_pooled_maps_is_flatten() -> None:
    model = parsed("net (float[2,3,1,1] x) => (float[2,3] y) <int64[2] a = {2, 3}> { y = Squeeze(x, a) }")
    before = run(model)
    flatten_to_2d(state_of(model, ["y"]))
    assert nodes(model) == ["Flatten -> y"]
    require_equal(run(model), before)


@pytest.mark.parametrize("node", ["Flatten(m)", "Flatten <axis = -1> (m)", "Reshape(m, t)"])
def test_flattening_a_matrix_is_nothing(node: str) -> None:
    text = f"net (float[2,3] x) => (float[2,3] z) <int64[2] t = {{2, 3}}> {{ m = Exp(x) y = {node} z = Tanh(y) }}"
    model = parsed(text)
    before = run(model)
    flatten_to_2d(state_of(model, ["y", "z"]))
    assert nodes(model) == ["Exp -> m", "Identity -> y", "Tanh -> z"]
    require_equal(run(model), before)


@pytest.mark.parametrize(
    "text",
    [
        "net (float[2,3,5,7] x) => (float[6,35] y) <int64[2] t = {6, 35}> { y = Reshape(x, t) }",
        "net (float[2,3,5,7] x) => (float[2,3,35] y) <int64[3] t = {2, 3, 35}> { y = Reshape(x, t) }",
        "net (float[2,6] x) => (float[3,4] y) <int64[2] t = {3, 4}> { y = Reshape(x, t) }",
        "net (float[2,3,4] x) => (float[6,4] y) { y = Flatten <axis = 2> (x) }",
        "net (float[2,3] x) => (float[6,1] y) { y = Flatten <axis = 2> (x) }",
        "net (float[2,1,3,1,1] x) => (float[2,3,1] y) <int64[2] a = {1, 4}> { y = Squeeze(x, a) }",
        "net (float[1,2,3] x) => (float[2,3] y) <int64[1] a = {0}> { y = Squeeze(x, a) }",
    ],
)
def test_other_views_stay(text: str) -> None:
    model = parsed(text)
    before = nodes(model)
    flatten_to_2d(state_of(model, ["y"]))
    assert nodes(model) == before


def symbolic(target: str) -> ir.Model:
    text = f"net (float[N,3,5,7] x) => (float[A,B] y) <int64[2] t = {target}> {{ y = Reshape(x, t) }}"
    return ir.from_proto(onnx.parser.parse_model(f'<ir_version: 10, opset_import: ["" : 20]> {text}'))


@pytest.mark.parametrize(
    ("target", "flat"),
    [("{-1, 105}", True), ("{0, 105}", True), ("{0, -1}", True), ("{2, 105}", False), ("{-1, 35}", False)],
)
def test_a_symbolic_batch_is_flattened_where_the_target_says_so(target: str, flat: bool) -> None:
    model = symbolic(target)
    flatten_to_2d(state_of(model, ["y"]))
    assert nodes(model) == ["Flatten -> y" if flat else "Reshape -> y"]
