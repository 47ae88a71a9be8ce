"""A mean over all pixels is GlobalAveragePool; any other mean stays."""

import numpy as np
import pytest
from handmade_graphs import nodes, outputs, parsed, run, state_of

from xverify.onnx_export.passes.global_average_pool import global_average_pool


@pytest.mark.parametrize("axes", ["2, 3", "3, 2", "-1, -2", "-2, 3"])
@pytest.mark.parametrize("opset", [17, 20])
def test_the_axes_stay(axes: str, opset: int) -> None:
    weights = {}
    if opset < 18:
        call = f"ReduceMean <axes = [{axes}], keepdims = 1> (x)"
    else:
        call, weights = "ReduceMean <keepdims = 1> (x, axes)", {"axes": np.array(axes.split(","), np.int64)}
    model = parsed(f"net (float[2,3,5,7] x) => (float[2,3,1,1] y) {{ y = {call} }}", weights, opset=opset)
    before = run(model)
    global_average_pool(state_of(model, ["y"]))
    assert nodes(model) == ["GlobalAveragePool -> y"]
    assert not model.graph.initializers
    np.testing.assert_allclose(run(model)[0], before[0], rtol=1e-6, atol=1e-7)


def test_the_axes_go() -> None:
    model = parsed(
        "net (float[2,3,5,7] x) => (float[2,3] y) { m = ReduceMean <axes = [2, 3], keepdims = 0> (x) y = Exp(m) }",
        opset=17,
    )
    before = run(model)
    global_average_pool(state_of(model, ["m", "y"]))
    assert [name.split(" ")[0] for name in nodes(model)] == ["GlobalAveragePool", "Flatten", "Exp"]
    assert nodes(model)[1] == "Flatten -> m"
    assert outputs(model) == ["y"]
    np.testing.assert_allclose(run(model)[0], before[0], rtol=1e-6)


def test_three_spatial_axes() -> None:
    model = parsed(
        "net (float[2,3,4,5,7] x) => (float[2,3,1,1,1] y) { y = ReduceMean <axes = [2, 3, 4]> (x) }", opset=17
    )
    before = run(model)
    global_average_pool(state_of(model, ["y"]))
    assert nodes(model) == ["GlobalAveragePool -> y"]
    np.testing.assert_allclose(run(model)[0], before[0], rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize(
    "text",
    [
        "net (float[2,3,5,7] x) => (float[2,3,5,1] y) { y = ReduceMean <axes = [3]> (x) }",
        "net (float[2,3,5,7] x) => (float[2,1,1,7] y) { y = ReduceMean <axes = [1, 2]> (x) }",
        "net (float[2,3,5,7] x) => (float[1,1,1,1] y) { y = ReduceMean (x) }",
        "net (float[2,3,5] x) => (float[2,3,1] y) { y = ReduceMean <axes = [2]> (x) }",
        "net (float[2,3,5,7] x) => (float[2,3,1,1] y) { y = ReduceMax <axes = [2, 3]> (x) }",
    ],
)
def test_other_reductions_stay(text: str) -> None:
    model = parsed(text, opset=17)
    before = nodes(model)
    global_average_pool(state_of(model, ["y"]))
    assert nodes(model) == before
