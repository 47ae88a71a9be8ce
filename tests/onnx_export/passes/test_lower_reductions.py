"""The axes of reductions become attributes below opset 18."""

import numpy as np
import onnx_ir as ir
import pytest
from handmade_graphs import nodes, parsed, require_equal, run
from lowered_graphs import lower, operators, refusal, require_near, require_untouched, run_on

from xverify.onnx_export.passes.lower_reductions import lower_reductions

REDUCTIONS = ["Mean", "Max", "Min", "Prod", "L1", "L2", "LogSum", "LogSumExp", "SumSquare"]


def graph(name: str, axes: list[int] | None, attributes: str, shape: str, opset: int = 20) -> ir.Model:
    operands = "a" if axes is None else "a, axes"
    text = f"net (float[2,3,5,7] x) => (float[{shape}] y, float[{shape}] z) {{ a = Exp(x) y = Reduce{name} {attributes} ({operands}) z = Neg(y) }}"  # noqa: E501
    return parsed(text, {} if axes is None else {"axes": np.array(axes, np.int64)}, opset=opset)


@pytest.mark.parametrize("name", REDUCTIONS)
@pytest.mark.parametrize(
    ("axes", "attributes", "shape"),
    [
        ([1], "", "2,1,5,7"),
        ([1, -1], "<keepdims = 0>", "2,5"),
        ([-2], "<keepdims = 1, noop_with_empty_axes = 1>", "2,3,1,7"),
        ([], "", "1,1,1,1"),
        (None, "<noop_with_empty_axes = 0>", "1,1,1,1"),
    ],
)
def test_axes_become_an_attribute(name: str, axes: list[int] | None, attributes: str, shape: str) -> None:
    model = graph(name, axes, attributes, shape)
    before = run(model)
    lower(model, opset=13, layers=["y"])
    assert nodes(model) == ["Exp -> a", f"Reduce{name} -> y", "Neg -> z"]
    given = model.graph[1].attributes.get("axes")
    assert (None if given is None else list(given.as_ints())) == (axes or None)
    assert "noop_with_empty_axes" not in model.graph[1].attributes
    assert not model.graph.initializers
    require_equal(run(model), before)


@pytest.mark.parametrize("axes", [None, []])
@pytest.mark.parametrize(
    ("name", "operator"),
    [
        *((name, "Identity") for name in ("Mean", "Max", "Min", "Prod", "LogSumExp")),
        *(("L1", "Abs"), ("L2", "Abs"), ("LogSum", "Log"), ("SumSquare", "Mul")),
    ],
)
def test_no_axes_may_mean_each_element_on_its_own(name: str, operator: str, axes: list[int] | None) -> None:
    model = graph(name, axes, "<noop_with_empty_axes = 1>", "2,3,5,7")
    lower(model, opset=17, layers=["y"])
    assert nodes(model) == ["Exp -> a", f"{operator} -> y", "Neg -> z"]
    x = np.linspace(-2, 2, 210, dtype=np.float32).reshape(2, 3, 5, 7)
    a = np.exp(x)
    expected = {"Identity": a, "Abs": a, "Log": np.log(a), "Mul": a * a}[operator]
    require_near(run_on(ir.to_proto(model), {"x": x})[:1], [expected], 2)


def test_axes_that_two_share_go_with_the_second() -> None:
    text = "net (float[2,3,5] x) => (float[2,1,5] y, float[2,1,5] z) { y = ReduceMax(x, axes) z = ReduceSum(x, axes) }"
    model = parsed(text, {"axes": np.array([1], np.int64)})
    before = run(model)
    lower(model, opset=13)
    assert [len(node.inputs) for node in model.graph] == [1, 2]  # ReduceSum has had the input since 13
    assert list(model.graph.initializers) == ["axes"]
    require_equal(run(model), before)


def test_axes_that_depend_on_the_input_are_refused() -> None:
    text = "net (float[2,3,5] x, int64[1] axes) => (float[A,B,C] y) { y = ReduceMax(x, axes) }"
    assert "ReduceMax of opset 17 has fewer inputs than 2 (at y)" in refusal(parsed(text), 17)


@pytest.mark.parametrize(("own", "target"), [(20, 18), (20, 20), (17, 13), (17, 17), (13, 17)])
def test_what_has_the_right_form_stays(own: int, target: int) -> None:
    attributes, axes = ("<keepdims = 0>", [1]) if own == 20 else ("<axes = [1], keepdims = 0>", None)
    require_untouched(graph("Mean", axes, attributes, "2,5,7", own), lower_reductions, opset=target)
    assert operators(graph("Mean", axes, attributes, "2,5,7", own))[1] == "ReduceMean"
