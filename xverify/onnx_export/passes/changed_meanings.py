"""What an operator's newer versions do otherwise although its signature looks the same.

Between two opsets onnx's definitions show attributes, operands and types. They do not show a new value of an old attribute, a
new default, or a rule that changed; these stand here, each with the opset that brought it. Source: the documentation of the
operators' versions in onnx (from opset 13 to 28), compared pair by pair.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import onnx_ir as ir

from xverify.onnx_export.passes.rewriting import number, static_shape


@dataclass(frozen=True)
class ChangedMeaning:
    """One change.

    Attributes:
        operators: Those that it concerns.
        opset: The first one with the new meaning.
        reason: Why a node cannot be written for an older opset; '' if it means the same in both.
    """

    operators: frozenset[str]
    opset: int
    reason: Callable[[ir.Node], str]


def changed_meaning(node: ir.Node, own: int, target: int) -> str:
    """Why a node of opset `own` means something else, or nothing, in the older opset `target`; '' if it does not."""
    for change in CHANGES:
        if node.op_type in change.operators and target < change.opset <= own and (reason := change.reason(node)):
            return f"{reason} (since opset {change.opset})"
    return ""


def _newer_value(attribute: str, *values: str) -> Callable[[ir.Node], str]:
    def reason(node: ir.Node) -> str:
        given = node.attributes.get(attribute)
        value = "" if given is None else given.as_string()
        return f"{node.op_type} has {attribute} '{value}'" if value in values else ""

    return reason


def _volume(node: ir.Node) -> str:
    data = node.inputs[0]
    rank = 0 if data is None or data.shape is None else len(data.shape)
    return "" if rank == 4 else "GridSample takes more than images"


def _ceil_windows(node: ir.Node) -> str:
    """Opset 22 ignores windows that begin in the padding at the end; the sizes show whether there are any."""
    if not number(node, "ceil_mode", 0):
        return ""
    data, made = static_shape(node.inputs[0]), static_shape(node.outputs[0])
    if data is None or made is None:
        return f"{node.op_type} rounds its size up and ignores windows in the padding"
    kernel = list(node.attributes["kernel_shape"].as_ints())
    axes = len(kernel)
    strides, dilations, pads = (_ints(node, name, size) for name, size in _window(axes))
    for axis in range(axes):
        extent = dilations[axis] * (kernel[axis] - 1) + 1
        room = data[2 + axis] + pads[axis] + pads[axis + axes] - extent
        if math.ceil(room / strides[axis]) + 1 != made[2 + axis]:
            return f"{node.op_type} ignores windows in the padding"
    return ""


def _window(axes: int) -> tuple[tuple[str, list[int]], ...]:
    return ("strides", [1] * axes), ("dilations", [1] * axes), ("pads", [0] * 2 * axes)


def _ints(node: ir.Node, name: str, default: list[int]) -> list[int]:
    return list(node.attributes[name].as_ints()) if name in node.attributes else default


def _averaged_padding(node: ir.Node) -> str:
    counts = number(node, "ceil_mode", 0) and number(node, "count_include_pad", 0)
    return "AveragePool counts only padding that is there, in windows that hang over" if counts else ""


def _fourier_axis(_: ir.Node) -> str:
    return "DFT takes its axis as an input, with another default"


def _channel_scale(_: ir.Node) -> str:
    return "GroupNormalization has a scale for each channel"


def _floored_remainder(node: ir.Node) -> str:
    data = node.inputs[0]
    whole = data is not None and data.dtype is not None and data.dtype.is_integer()
    return "" if whole or number(node, "fmod", 0) else "Mod without fmod takes whole numbers alone"


def _blocks(node: ir.Node) -> str:
    scale = node.inputs[1]
    rank = 0 if scale is None or scale.shape is None else len(scale.shape)
    return f"{node.op_type} has a scale of rank {rank}" if rank > 1 else ""


CHANGES: Sequence[ChangedMeaning] = (
    ChangedMeaning(frozenset({"Pad"}), 19, _newer_value("mode", "wrap")),
    ChangedMeaning(frozenset({"Resize"}), 19, _newer_value("coordinate_transformation_mode", "half_pixel_symmetric")),
    ChangedMeaning(frozenset({"ScatterElements", "ScatterND"}), 18, _newer_value("reduction", "max", "min")),
    ChangedMeaning(frozenset({"GridSample"}), 20, _volume),
    ChangedMeaning(frozenset({"AveragePool", "MaxPool"}), 22, _ceil_windows),
    ChangedMeaning(frozenset({"AveragePool"}), 19, _averaged_padding),
    ChangedMeaning(frozenset({"Mod"}), 28, _floored_remainder),
    ChangedMeaning(frozenset({"DFT"}), 20, _fourier_axis),
    ChangedMeaning(frozenset({"GroupNormalization"}), 21, _channel_scale),
    ChangedMeaning(frozenset({"QuantizeLinear", "DequantizeLinear"}), 21, _blocks),
)
"""All changes. RoiAlign's sampling positions are an attribute, which lower_attributes makes explicit."""
