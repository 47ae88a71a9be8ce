"""Mish and Swish become their formulas below the opsets that brought them."""

import numpy as np
import onnx_ir as ir
import pytest
import torch
import torch.nn.functional as F
from handmade_graphs import nodes, parsed, run
from lowered_graphs import lower, operators, require_near, require_untouched, run_on

from xverify.onnx_export.passes.decompose_mish import decompose_mish


def graph(call: str, opset: int) -> ir.Model:
    return parsed(
        f"net (float[2,3,5,7] x) => (float[2,3,5,7] y, float[2,3,5,7] z) {{ y = {call} z = Relu(y) }}", opset=opset
    )


def test_mish_becomes_its_formula() -> None:
    model = graph("Mish(x)", 20)
    before = run(model)
    lower(model, decompose_mish, opset=17, layers=["y"])
    assert nodes(model)[2:] == ["Mul -> y", "Relu -> z"]
    assert operators(model) == ["Softplus", "Tanh", "Mul", "Relu"]
    require_near(run(model), before, 4)


@pytest.mark.parametrize(
    ("attributes", "alpha", "formula"),
    [("", 1.0, ["Sigmoid", "Mul"]), ("<alpha = 1.7>", 1.7, ["Mul", "Sigmoid", "Mul"])],
)
def test_swish_becomes_its_formula(attributes: str, alpha: float, formula: list[str]) -> None:
    model = lower(graph(f"Swish {attributes} (x)", 24), opset=17, layers=["y"])
    assert operators(model) == [*formula, "Relu"]
    x = torch.linspace(-4, 4, 210).reshape(2, 3, 5, 7)
    expected = (F.silu(alpha * x) / alpha).numpy()
    require_near(run_on(ir.to_proto(model), {"x": x.numpy()})[:1], [expected], 4)
    assert np.isfinite(expected).all()


def test_they_stay_where_the_target_has_them() -> None:
    require_untouched(graph("Mish(x)", 20), decompose_mish, opset=18)
    require_untouched(graph("Swish(x)", 24), decompose_mish, opset=24)


def test_a_written_silu_stays() -> None:
    text = "net (float[2,3,5,7] x) => (float[2,3,5,7] y) { a = Sigmoid(x) y = Mul(x, a) }"
    require_untouched(parsed(text), decompose_mish, opset=13)
