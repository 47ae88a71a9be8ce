"""Padding as numbers gives the values that `auto_pad` gave, for odd and even kernels, strides and dilations."""

import itertools

import onnx_ir as ir
import pytest
from handmade_graphs import normal, parsed, require_equal, run, state_of

from xverify.onnx_export.passes.explicit_pads import explicit_pads


def attributes(model: ir.Model) -> dict[str, object]:
    return {name: item.value for name, item in next(iter(model.graph)).attributes.items()}


@pytest.mark.parametrize(
    ("mode", "kernel", "strides", "dilations"),
    [
        (mode, kernel, strides, dilations)
        for mode, kernel, strides, dilations in itertools.product(
            ("SAME_UPPER", "SAME_LOWER", "VALID"), ("3, 2", "1, 4"), ("1, 1", "2, 3"), ("1, 1", "2, 1")
        )
        if dilations == "1, 1" or mode == "VALID"  # onnxruntime refuses SAME with dilations
    ],
)
def test_a_convolution_keeps_its_values(mode: str, kernel: str, strides: str, dilations: str) -> None:
    text = f"""net (float[2,3,8,11] x) => (float[A,B,C,D] y) {{
      y = Conv <auto_pad = "{mode}", kernel_shape = [{kernel}], strides = [{strides}], dilations = [{dilations}]> (x, w)
    }}"""
    model = parsed(text, {"w": normal(4, 3, *map(int, kernel.split(",")))})
    before = run(model)
    explicit_pads(state_of(model, ["y"]))
    assert "auto_pad" not in attributes(model)
    assert "pads" in attributes(model)
    require_equal(run(model), before)


@pytest.mark.parametrize("operator", ["MaxPool", "AveragePool"])
@pytest.mark.parametrize("mode", ["SAME_UPPER", "SAME_LOWER", "VALID"])
def test_a_pooling_keeps_its_values(operator: str, mode: str) -> None:
    text = f"""net (float[2,3,8,11] x) => (float[A,B,C,D] y) {{
      y = {operator} <auto_pad = "{mode}", kernel_shape = [3, 4], strides = [2, 3]> (x)
    }}"""
    model = parsed(text)
    before = run(model)
    explicit_pads(state_of(model, ["y"]))
    assert "auto_pad" not in attributes(model)
    require_equal(run(model), before)


def test_notset_is_dropped_and_its_pads_stay() -> None:
    text = """net (float[2,3,8,11] x) => (float[A,B,C,D] y) {
      y = Conv <auto_pad = "NOTSET", kernel_shape = [3, 2], pads = [1, 0, 2, 1]> (x, w)
    }"""
    model = parsed(text, {"w": normal(4, 3, 3, 2)})
    before = run(model)
    explicit_pads(state_of(model, ["y"]))
    assert attributes(model) == {"kernel_shape": (3, 2), "pads": (1, 0, 2, 1)}
    require_equal(run(model), before)


def test_a_stride_of_one_needs_no_size() -> None:
    text = """net (float[2,3,H,W] x) => (float[A,B,C,D] y) {
      y = Conv <auto_pad = "SAME_UPPER", kernel_shape = [4, 3]> (x, w)
    }"""
    model = parsed(text, {"w": normal(4, 3, 4, 3)})
    explicit_pads(state_of(model, ["y"]))
    assert attributes(model)["pads"] == (1, 1, 2, 1)


def test_what_no_fixed_numbers_say_stays() -> None:
    text = """net (float[2,3,H,W] x) => (float[A,B,C,D] y) {
      y = Conv <auto_pad = "SAME_UPPER", kernel_shape = [4, 3], strides = [2, 2]> (x, w)
    }"""
    model = parsed(text, {"w": normal(4, 3, 4, 3)})
    explicit_pads(state_of(model, ["y"]))
    assert attributes(model)["auto_pad"] == "SAME_UPPER"


def test_explicit_pads_stay_untouched() -> None:
    text = (
        "net (float[2,3,8,11] x) => (float[A,B,C,D] y) { y = Conv <kernel_shape = [3, 2], pads = [1, 0, 2, 1]> (x, w) }"
    )
    model = parsed(text, {"w": normal(4, 3, 3, 2)})
    before = attributes(model)
    explicit_pads(state_of(model, ["y"]))
    assert attributes(model) == before
