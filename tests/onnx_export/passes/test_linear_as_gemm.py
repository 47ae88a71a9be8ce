"""A linear layer on features is one Gemm; on tokens it stays MatMul and Add."""

import numpy as np
import pytest
from handmade_graphs import Array, nodes, normal, parsed, run, state_of

from xverify.onnx_export.passes.linear_as_gemm import linear_as_gemm

WEIGHTS = {"w": normal(5, 4), "b": normal(4)}


def require_close(actual: list[Array], expected: list[Array]) -> None:
    for one, other in zip(actual, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("add", ["y = Add(p, b)", "y = Add(b, p)"])
@pytest.mark.parametrize("bias", [(4,), (1, 4)])
def test_matmul_and_add_become_gemm(add: str, bias: tuple[int, ...]) -> None:
    model = parsed(f"net (float[3,5] x) => (float[3,4] y) {{ p = MatMul(x, w) {add} }}", WEIGHTS | {"b": normal(*bias)})
    before = run(model)
    linear_as_gemm(state_of(model, ["y"]))
    assert nodes(model) == ["Gemm -> y"]
    weight, offset = (value.const_value for value in list(next(iter(model.graph)).inputs)[1:] if value)
    np.testing.assert_array_equal(weight.numpy(), WEIGHTS["w"].T)  # type: ignore[union-attr]
    assert offset.numpy().shape == (4,)  # type: ignore[union-attr]
    assert len(model.graph.initializers) == 2
    require_close(run(model), before)


def test_a_weight_that_others_read_stays_for_them() -> None:
    model = parsed(
        "net (float[3,5] x) => (float[3,4] y, float[3,4] z) { p = MatMul(x, w) y = Add(p, b) z = MatMul(x, w) }",
        WEIGHTS,
    )
    before = run(model)
    linear_as_gemm(state_of(model, ["y", "z"]))
    assert nodes(model) == ["Gemm -> y", "MatMul -> z"]
    assert "w" in model.graph.initializers
    require_close(run(model), before)


@pytest.mark.parametrize(
    ("text", "weights"),
    [
        ("net (float[2,3,5] x) => (float[2,3,4] y) { p = MatMul(x, w) y = Add(p, b) }", WEIGHTS),  # tokens
        ("net (float[3,5] x) => (float[3,4] y, float[3,4] z) { p = MatMul(x, w) y = Add(p, b) z = Exp(p) }", WEIGHTS),
        ("net (float[4,5] x) => (float[4,4] y) { p = MatMul(x, w) y = Add(p, b) }", WEIGHTS | {"b": normal(4, 1)}),
        ("net (float[3,5] x, float[4] b) => (float[3,4] y) { p = MatMul(x, w) y = Add(p, b) }", {"w": WEIGHTS["w"]}),
        ("net (float[3,5] x, float[5,4] w) => (float[3,4] y) { p = MatMul(x, w) y = Add(p, b) }", {"b": WEIGHTS["b"]}),
        ("net (float[3,5] x) => (float[3,4] y) { p = MatMul(x, w) y = Sub(p, b) }", WEIGHTS),
    ],
)
def test_what_is_no_linear_layer_on_features_stays(text: str, weights: dict[str, Array]) -> None:
    model = parsed(text, weights)
    before = nodes(model)
    linear_as_gemm(state_of(model, ["y", "z"]))
    assert nodes(model) == before


def test_a_product_that_is_a_layer_stays() -> None:
    model = parsed("net (float[3,5] x) => (float[3,4] y) { p = MatMul(x, w) y = Add(p, b) }", WEIGHTS)
    linear_as_gemm(state_of(model, ["p", "y"]))
    assert nodes(model) == ["MatMul -> p", "Add -> y"]
