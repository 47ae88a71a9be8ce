"""Where an operator means something else in newer opsets, it is not written for an older one."""

import numpy as np
import onnx
import onnx_ir as ir
import pytest
from handmade_graphs import parsed
from lowered_graphs import refusal

from xverify.onnx_export.passes.changed_meanings import CHANGES, changed_meaning


def unchecked(text: str, opset: int = 20) -> ir.Model:
    return ir.from_proto(onnx.parser.parse_model(f'<ir_version: 10, opset_import: ["" : {opset}]> {text}'))


@pytest.mark.parametrize(
    ("own", "target", "refused"), [(19, 18, True), (20, 13, True), (19, 19, False), (20, 19, False)]
)
def test_a_change_concerns_those_opsets_that_it_lies_between(own: int, target: int, refused: bool) -> None:
    node = ir.node("Pad", [ir.Value(name="x"), ir.Value(name="pads")], {"mode": "wrap"})
    assert changed_meaning(node, own, target) == ("Pad has mode 'wrap' (since opset 19)" if refused else "")
    assert not changed_meaning(ir.node("Pad", node.inputs, {"mode": "edge"}), own, target)
    assert not changed_meaning(ir.node("Pad", node.inputs), own, target)


POOL = "net (float[2,3,{h},{w}] x) => (float[A,B,C,D] y) {{ y = {operator} <kernel_shape = [2, 2], strides = [{s}, {s}], pads = [0, 0, {p}, {p}], ceil_mode = 1{more}> (x) }}"  # noqa: E501


@pytest.mark.parametrize("operator", ["MaxPool", "AveragePool"])
@pytest.mark.parametrize(
    ("h", "w", "s", "p", "refused"), [(8, 11, 2, 0, False), (9, 7, 2, 0, False), (6, 9, 3, 1, True)]
)
def test_windows_in_the_padding(operator: str, h: int, w: int, s: int, p: int, refused: bool) -> None:
    """Opset 22 ignores a window that begins in the padding; here the size of the result shows it."""
    model = parsed(POOL.format(operator=operator, h=h, w=w, s=s, p=p, more=""), opset=22)
    assert ("ignores windows in the padding (since opset 22)" in refusal(model, 21)) is refused


def test_padding_that_is_averaged_with_the_size_rounded_up_is_refused() -> None:
    model = parsed(POOL.format(operator="AveragePool", h=8, w=11, s=2, p=0, more=", count_include_pad = 1"))
    assert "AveragePool counts only padding that is there" in refusal(model, 18)
    assert not refusal(model, 19)


def test_other_changes_of_meaning() -> None:
    model = parsed("net (float[2,7,1] x) => (float[2,7,2] y) { y = DFT (x, , axis) }", {"axis": np.array(1, np.int64)})
    assert "DFT takes its axis as an input" in refusal(model, 17)
    model = unchecked("net (float[2,3] x, float[2,3] d) => (float[2,3] y) { y = Mod (x, d) }", 28)
    assert "Mod without fmod takes whole numbers alone (since opset 28)" in refusal(model)
    model = unchecked("net (int8[2,6] x, float[2,3] s) => (float[2,6] y) { y = DequantizeLinear (x, s) }", 21)
    assert "DequantizeLinear has a scale of rank 2 (since opset 21)" in refusal(model, 19)


def test_every_change_of_meaning_is_one_of_an_operator_that_changed_then() -> None:
    for change in CHANGES:
        for operator in change.operators:
            assert onnx.defs.get_schema(operator, change.opset, "").since_version == change.opset
