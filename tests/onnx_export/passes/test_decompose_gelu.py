"""Gelu becomes its formula, exact or with tanh."""

import numpy as np
import onnx_ir as ir
import pytest
import torch
import torch.nn.functional as F
from handmade_graphs import nodes, parsed, run
from lowered_graphs import lower, operators, require_near, require_untouched, run_on

from xverify.onnx_export.passes.decompose_gelu import decompose_gelu

EXACT = ["Div", "Erf", "Mul", "Add", "Mul"]
TANH = ["Mul", "Mul", "Mul", "Add", "Mul", "Tanh", "Mul", "Add", "Mul"]
FORMS = [("", EXACT), ('<approximate = "none">', EXACT), ('<approximate = "tanh">', TANH)]


def graph(attributes: str) -> ir.Model:
    return parsed(
        f"net (float[2,3,5,7] x) => (float[2,3,5,7] y, float[2,3,5,7] z) {{ y = Gelu {attributes} (x) z = Relu(y) }}"
    )


@pytest.mark.parametrize(("attributes", "formula"), FORMS)
@pytest.mark.parametrize(("opset", "decompose"), [(13, ()), (19, ()), (20, ("Gelu",))])
def test_it_becomes_the_formula(attributes: str, formula: list[str], opset: int, decompose: tuple[str, ...]) -> None:
    model = graph(attributes)
    before = run(model)
    lower(model, decompose_gelu, opset=opset, decompose=decompose, layers=["y"])
    assert operators(model) == [*formula, "Relu"]
    assert nodes(model)[-2] == "Mul -> y"
    assert all(value.shape == [2, 3, 5, 7] for node in model.graph for value in node.outputs)
    require_near(run(model), before, 4)


@pytest.mark.parametrize(("attributes", "mode"), [("", "none"), ('<approximate = "tanh">', "tanh")])
def test_both_forms_are_those_of_pytorch(attributes: str, mode: str) -> None:
    model = lower(graph(attributes), decompose_gelu)
    x = torch.linspace(-4, 4, 210).reshape(2, 3, 5, 7)
    actual = run_on(ir.to_proto(model), {"x": x.numpy()})[0]
    expected, other = (F.gelu(x, approximate=name).numpy() for name in (mode, "tanh" if mode == "none" else "none"))
    require_near([actual], [expected], 4)
    assert np.abs(actual - other).max() > 1e-4


@pytest.mark.parametrize("attributes", ["", '<approximate = "tanh">'])
def test_it_stays_where_the_target_has_it(attributes: str) -> None:
    require_untouched(graph(attributes), decompose_gelu, opset=20, decompose=["HardSwish"])
