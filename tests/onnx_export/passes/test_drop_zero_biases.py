"""Only the zero bias that the exporter made up is dropped."""

import numpy as np
import pytest
from handmade_graphs import Array, parsed, require_equal, run, state_of

from xverify.onnx_export.passes.drop_zero_biases import drop_zero_biases

WEIGHT = np.random.default_rng(2).normal(size=(3, 3, 2, 3)).astype(np.float32)
ZERO = np.zeros(3, np.float32)


@pytest.mark.parametrize("operator", ["Conv", "ConvTranspose"])
@pytest.mark.parametrize(
    ("name", "bias", "dropped"),
    [
        ("val_3", ZERO, True),
        ("val_12", ZERO, True),
        ("conv.bias", ZERO, False),  # the model's own, though it is zero
        ("val_proj.bias", ZERO, False),
        ("val_0.bias", ZERO, False),
        ("val_3", np.array([0, 0, 1e-30], np.float32), False),
    ],
)
def test_a_zero_bias_is_dropped_when_the_exporter_made_it(operator: str, name: str, bias: Array, dropped: bool) -> None:
    size = "float[1,3,4,5]" if operator == "Conv" else "float[1,3,6,9]"
    text = f"net (float[1,3,5,7] x) => ({size} y) {{ y = {operator} <kernel_shape = [2, 3]> (x, w, b) }}"
    model = parsed(text, {"w": WEIGHT, "b": bias})
    model.graph.initializers["b"].name = name
    before = run(model)
    drop_zero_biases(state_of(model))
    assert len(model.graph[0].inputs) == (2 if dropped else 3)
    assert (name in model.graph.initializers) is not dropped
    require_equal(run(model), before)


def test_a_bias_that_two_convolutions_share_goes_with_the_second() -> None:
    text = """net (float[1,3,5,7] x) => (float[1,3,3,3] y, float[3] other) {
        a = Conv <kernel_shape = [2, 3]> (x, w, val_1)
        y = Conv <kernel_shape = [2, 3]> (a, w, val_1)
        other = Abs(val_2)
    }"""
    model = parsed(text, {"w": WEIGHT, "val_1": ZERO, "val_2": ZERO})
    before = run(model)
    drop_zero_biases(state_of(model))
    assert [len(node.inputs) for node in model.graph] == [2, 2, 1]
    assert list(model.graph.initializers) == ["w", "val_2"]
    require_equal(run(model), before)


def test_a_bias_that_something_else_reads_stays_there() -> None:
    text = """net (float[1,3,5,7] x) => (float[1,3,4,5] y, float[3] other) {
        y = Conv <kernel_shape = [2, 3]> (x, w, val_1)
        other = Abs(val_1)
    }"""
    model = parsed(text, {"w": WEIGHT, "val_1": ZERO})
    before = run(model)
    drop_zero_biases(state_of(model))
    assert len(model.graph[0].inputs) == 2
    assert "val_1" in model.graph.initializers
    require_equal(run(model), before)


def test_other_operators_and_convolutions_without_bias_stay_untouched() -> None:
    text = """net (float[2,3] x, float[1,3,5,7] image) => (float[2,4] y, float[1,3,4,5] z) {
        y = Gemm(x, m, val_1)
        z = Conv <kernel_shape = [2, 3]> (image, w)
    }"""
    model = parsed(text, {"m": np.ones((3, 4), np.float32), "val_1": np.zeros(4, np.float32), "w": WEIGHT})
    drop_zero_biases(state_of(model))
    assert [len(node.inputs) for node in model.graph] == [3, 2]
