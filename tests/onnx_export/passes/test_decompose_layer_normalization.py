"""LayerNormalization becomes means and arithmetic, over any axes, with and without bias."""

import numpy as np
import onnx_ir as ir
import pytest
from handmade_graphs import nodes, normal, parsed, run
from lowered_graphs import lower, operators, refusal, require_near, require_untouched

from xverify.onnx_export.passes.decompose_layer_normalization import decompose_layer_normalization

SIZES = {"1": (3, 5, 7), "2": (5, 7), "-2": (5, 7), "-1": (7,), "": (7,)}
FORMULA = ["ReduceMean", "Sub", "Mul", "ReduceMean", "Add", "Sqrt", "Div", "Mul"]


def graph(axis: str = "", *, bias: bool = True, opset: int = 20, epsilon: float = 0.03) -> ir.Model:
    where = f", axis = {axis}" if axis else ""
    call = f"LayerNormalization <epsilon = {epsilon}{where}> (x, s{', b' if bias else ''})"
    weights = {"s": normal(*SIZES[axis])} | ({"b": normal(*SIZES[axis]) + 1} if bias else {})
    text = f"net (float[2,3,5,7] x) => (float[2,3,5,7] y, float[2,3,5,7] z) {{ y = {call} z = Relu(y) }}"
    return parsed(text, weights, opset=opset)


@pytest.mark.parametrize("axis", list(SIZES))
@pytest.mark.parametrize("bias", [True, False])
def test_it_becomes_means_below_17(axis: str, bias: bool) -> None:
    model = graph(axis, bias=bias)
    before = run(model)
    lower(model, opset=13, layers=["y"])
    assert operators(model) == [*FORMULA, *(["Add"] if bias else []), "Relu"]
    assert nodes(model)[-2].endswith("-> y")
    assert "s" in model.graph.initializers
    require_near(run(model), before, 4)


@pytest.mark.parametrize(("own", "target", "inputs"), [(20, 20, 2), (17, 17, 1), (17, 20, 1), (20, 17, 1)])
def test_axes_have_the_form_of_the_opset(own: int, target: int, inputs: int) -> None:
    model = graph("2", opset=own)
    before = run(model)
    lower(model, opset=target, decompose=["LayerNormalization"])
    means = [node for node in model.graph if node.op_type == "ReduceMean"]
    assert [len(node.inputs) for node in means] == [inputs, inputs]
    assert [value.shape for node in means for value in node.outputs] == [[2, 3, 1, 1]] * 2
    require_near(run(model), before, 4)


@pytest.mark.parametrize("second", ["m", "d"])
def test_what_also_gives_its_mean_or_deviation_stays_and_is_refused(second: str) -> None:
    text = f"""net (float[2,3,7] x) => (float[2,3,7] y, float[2,3,1] other) {{
        y, m, d = LayerNormalization (x, s)
        other = Neg({second})
    }}"""
    model = parsed(text, {"s": normal(7)})
    require_untouched(model, decompose_layer_normalization, opset=13)
    assert "opset 13 has no operator LayerNormalization (at y)" in refusal(model)


def test_outputs_that_nobody_reads_do_not_matter() -> None:
    model = parsed("net (float[2,3,7] x) => (float[2,3,7] y) { y, m, d = LayerNormalization (x, s) }", {"s": normal(7)})
    before = run(model)
    lower(model, opset=13)
    assert operators(model) == FORMULA
    require_near(run(model), before, 4)


def test_half_precision_is_normalised_in_single() -> None:
    text = "net (float[2,3,7] x) => (float16[2,3,7] y) { h = Cast <to = 10> (x) y = LayerNormalization (h, s, b) }"
    model = parsed(text, {name: normal(7).astype(np.float16) for name in "sb"})
    before = run(model)
    lower(model, opset=13)
    assert operators(model) == ["Cast", "Cast", *FORMULA[:-1], "Cast", "Mul", "Add"]
    require_near(run(model), before, 2)


def test_it_stays_where_the_target_has_it() -> None:
    require_untouched(graph("1"), decompose_layer_normalization, opset=17, decompose=["Gelu"])
