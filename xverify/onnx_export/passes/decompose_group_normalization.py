"""Writes GroupNormalization, which opsets 18 and 21 brought, as InstanceNormalization of its groups.

Requires: static channels and pixels; the batch may be open. Ensures: no GroupNormalization, but at opset 21 and above.

Cases: 1. Opset 18 to 20: scale and bias have one element a group; onnx has withdrawn this form, and its checker refuses a file
with it, so that it is always decomposed. 2. Opset 21: one a channel. Both: the groups become channels of an
InstanceNormalization of scale 1 and offset 0, the shape is restored, then scale and bias follow, one element a channel. 3.
A scale or bias that depends on the input, elements that are neither float32 nor float64, an unknown shape: stays, and
lower_opset refuses it where the opset has none, or another one.

Evidence: torch.onnx writes nn.GroupNorm in this way, too; the function body of operator GroupNormalization in onnx.
"""

import math

import numpy as np
import onnx_ir as ir

from xverify.onnx_export.passes.graph_state import GraphState
from xverify.onnx_export.passes.rewriting import Array, Rewrite, constant_of, element_type, number

PER_CHANNEL = 21


def decompose_group_normalization(state: GraphState) -> None:
    """Replaces each GroupNormalization that is not, or would not remain, one of opset 21."""
    own = state.model.opset_imports.get("", 0)
    if min(own, state.target.opset) >= PER_CHANNEL:
        return
    for node in list(state.graph):
        if node.op_type == "GroupNormalization" and not node.domain:
            _replace(state, node, per_channel=own >= PER_CHANNEL)


def _replace(state: GraphState, node: ir.Node, *, per_channel: bool) -> None:
    x, groups, kind = node.inputs[0], int(number(node, "num_groups", 1)), element_type(node)
    sizes = _sizes(x)
    scale, bias = constant_of(node.inputs[1]), constant_of(node.inputs[2])
    if sizes is None or scale is None or bias is None or kind not in {np.dtype(np.float32), np.dtype(np.float64)}:
        return
    rewrite, channels = Rewrite(state, node), sizes[0]

    def along_channels(array: Array) -> ir.Value:
        each = array if per_channel else np.repeat(array, channels // groups)
        return rewrite.constant(each.astype(kind).reshape((channels,) + (1,) * (len(sizes) - 1)))

    assert x is not None
    assert x.shape is not None
    in_groups = ir.Shape([x.shape[0], groups, math.prod(sizes) // groups])
    grouped = rewrite.add("Reshape", [x, rewrite.constant(np.array([0, groups, -1], np.int64))])
    ones, zeros = rewrite.constant(np.ones(groups, kind)), rewrite.constant(np.zeros(groups, kind))
    epsilon = {"epsilon": number(node, "epsilon", 1e-5)}
    normal = rewrite.add("InstanceNormalization", [grouped, ones, zeros], epsilon)
    grouped.shape = normal.shape = in_groups
    back = rewrite.alike("Reshape", [normal, rewrite.constant(np.array([0, *sizes], np.int64))])
    scaled = rewrite.alike("Mul", [back, along_channels(scale)])
    rewrite.finish(rewrite.alike("Add", [scaled, along_channels(bias)]))


def _sizes(value: ir.Value | None) -> list[int] | None:
    """The sizes after the batch axis (a Reshape by 0 keeps the batch), if all are known."""
    if value is None or value.shape is None:
        return None
    sizes = [size for size in list(value.shape)[1:] if isinstance(size, int)]
    return sizes if len(sizes) == len(value.shape) - 1 and all(sizes) else None
