"""HardSigmoid becomes a scale, a shift and a Clip, and PyTorch's own is divided last."""

import numpy as np
import onnx_ir as ir
import pytest
import torch
from handmade_graphs import nodes, parsed, run
from lowered_graphs import lower, operators, require_near, require_untouched, run_on

from xverify.onnx_export.passes.decompose_hardsigmoid import decompose_hardsigmoid


def graph(attributes: str) -> ir.Model:
    text = f"{{ a = Mul(x, w) y = HardSigmoid {attributes} (a) z = Relu(y) }}"
    return parsed(
        f"net (float[2,3,5,7] x) => (float[2,3,5,7] y, float[2,3,5,7] z) {text}", {"w": np.full(1, 4, np.float32)}
    )


@pytest.mark.parametrize(
    ("attributes", "formula"),
    [
        ("<alpha = 0.16666667, beta = 0.5>", ["Add", "Clip", "Div"]),
        ("<alpha = 0.16666667, beta = 0.4>", ["Mul", "Add", "Clip"]),
        ("<alpha = 0.3, beta = 0.5>", ["Mul", "Add", "Clip"]),
        ("", ["Mul", "Add", "Clip"]),
    ],
)
def test_it_becomes_the_formula(attributes: str, formula: list[str]) -> None:
    model = graph(attributes)
    before = run(model)
    lower(model, decompose_hardsigmoid, decompose=["HardSigmoid"], layers=["y"])
    assert operators(model) == ["Mul", *formula, "Relu"]
    assert nodes(model)[3] == f"{formula[-1]} -> y"
    require_near(run(model), before, 2)


def test_it_is_what_pytorch_computes_bit_for_bit() -> None:
    text = "net (float[2,3,5,7] x) => (float[2,3,5,7] y) { y = HardSigmoid <alpha = 0.16666667, beta = 0.5> (x) }"
    model = lower(parsed(text), decompose_hardsigmoid, decompose=["HardSigmoid"])
    x = torch.linspace(-5, 5, 210).reshape(2, 3, 5, 7)
    expected = torch.clamp(x + 3, 0, 6) / 6
    np.testing.assert_array_equal(run_on(ir.to_proto(model), {"x": x.numpy()})[0], expected.numpy(), strict=True)


@pytest.mark.parametrize("opset", [13, 17])
def test_it_stays_unless_the_release_asks(opset: int) -> None:
    require_untouched(graph(""), decompose_hardsigmoid, opset=opset, decompose=["HardSwish"])
