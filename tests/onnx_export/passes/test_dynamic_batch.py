"""The batch axis becomes symbolic wherever it can be followed, and the graph then runs with any batch."""

from dataclasses import replace

import numpy as np
import onnx_ir as ir
import onnxruntime
import pytest
from handmade_graphs import Array, nodes, normal, parsed, run, state_of

from xverify.errors import XverifyError
from xverify.onnx_export.passes.dynamic_batch import dynamic_batch


def made_dynamic(model: ir.Model) -> ir.Model:
    state = state_of(model, [value.name or "" for value in model.graph.outputs])
    state.target = replace(state.target, dynamic_batch=True)
    dynamic_batch(state)
    return model


def run_with(model: ir.Model, feeds: dict[str, Array]) -> list[Array]:
    data = ir.to_proto(model).SerializeToString()
    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    return [np.asarray(value) for value in session.run(None, feeds)]


W = {"w": normal(12, 12)}
FOLLOWED = {
    "flattened": "net (float[2,3,4] x) => (float[2,12] y) <int64[2] t = {2, 12}> { r = Relu(x) y = Reshape(r, t) }",
    "merged and taken apart": """net (float[2,3,4] x) => (float[2,3,4] y) <int64[2] t = {6, 4}, int64[3] u = {2, 3, 4}> {
        r = Reshape(x, t) s = Tanh(r) y = Reshape(s, u) }""",
    "moved away and back": """net (float[2,3,4] x) => (float[2,4,3] y) {
        t = Transpose <perm = [1, 0, 2]> (x) s = Softmax <axis = 2> (t) y = Transpose <perm = [1, 2, 0]> (s) }""",
    "heads": """net (float[2,3,4] x) => (float[2,3,4] y) <int64[4] t = {2, 3, 2, 2}, int64[3] u = {2, 3, 4}> {
        r = Reshape(x, t) p = Transpose <perm = [0, 2, 1, 3]> (r) k = Transpose <perm = [0, 2, 3, 1]> (r)
        m = MatMul(p, k) v = MatMul(m, p) q = Transpose <perm = [0, 2, 1, 3]> (v) y = Reshape(q, u) }""",
    "reduced": "net (float[2,3,4] x) => (float[2,3] y) { y = ReduceMean <axes = [2], keepdims = 0> (x) }",
}  # fmt: skip


@pytest.mark.parametrize("text", FOLLOWED.values(), ids=FOLLOWED)
def test_each_element_of_any_batch_is_computed_alone(text: str) -> None:
    static, model = parsed(text, opset=17), made_dynamic(parsed(text, opset=17))
    (item,) = model.graph.inputs
    assert [str(size) for size in item.shape or ()] == ["batch", "3", "4"]
    data = np.random.default_rng(1).normal(size=(6, 3, 4)).astype(np.float32)
    (actual,) = run_with(model, {"x": data})
    pairs = [run_with(static, {"x": data[start : start + 2]})[0] for start in (0, 2, 4)]
    np.testing.assert_allclose(actual, np.concatenate(pairs), rtol=1e-6, atol=1e-7)


def test_a_static_target_leaves_the_graph_alone() -> None:
    text = FOLLOWED["flattened"]
    model = parsed(text)
    dynamic_batch(state_of(model, ["y"]))
    assert nodes(model) == nodes(parsed(text))
    assert [str(size) for size in model.graph.inputs[0].shape or ()] == ["2", "3", "4"]
    assert len(run(model)) == 1


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("net (float[2,3] x) => (float[6] y) <int64[1] t = {6}> { y = Reshape(x, t) }", "merges the batch"),
        ("net (float[2,3] x) => (float[3,2] y) { y = Transpose(x) }", "on axis 1"),
        ("net (float[2,3] x) => (float[3] y) { y = ReduceMax <axes = [0], keepdims = 0> (x) }", "cannot be followed"),
        ("net (float x) => (float y) { y = Relu(x) }", "no batch axis"),
    ],
)
def test_a_batch_that_cannot_be_followed_is_refused(text: str, reason: str) -> None:
    with pytest.raises(XverifyError, match=reason):
        made_dynamic(parsed(text, opset=17))
