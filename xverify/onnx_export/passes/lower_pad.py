"""Writes the padding of every axis: a choice of axes is newer than the target.

Requires: fold_constants. Ensures: below opset 18 no Pad has an `axes` input with constant pads.

Cases: 1. Constant axes and pads: zero for the other axes. 2. Others: left, and lower_opset refuses them.

Evidence: operators Pad-18 and Pad-13 in onnx.
"""

import numpy as np
import onnx_ir as ir

from xverify.onnx_export.passes.graph_state import GraphState
from xverify.onnx_export.passes.rewriting import add_constant, constant_of, drop_unread

FIRST_OPSET = 18
_PADS, _FILL, _AXES = 1, 2, 3


def lower_pad(state: GraphState) -> None:
    """Expands `axes` of Pad."""
    if state.target.opset < FIRST_OPSET:
        for node in state.graph:
            if node.op_type == "Pad" and not node.domain and len(node.inputs) > _AXES:
                _lower(state, node)


def _lower(state: GraphState, node: ir.Node) -> None:
    data, given, axes = node.inputs[0], constant_of(node.inputs[_PADS]), constant_of(node.inputs[_AXES])
    if data is None or data.shape is None or given is None or axes is None:
        return
    rank, count = len(data.shape), axes.size
    pads = np.zeros(2 * rank, np.int64)
    for index, axis in enumerate(axes.reshape(-1)):
        pads[int(axis) % rank] = given[index]
        pads[int(axis) % rank + rank] = given[index + count]
    read = [value for value in (node.inputs[_PADS], node.inputs[_AXES]) if value is not None]
    node.resize_inputs(_AXES if node.inputs[_FILL] is not None else _FILL)
    node.replace_input_with(_PADS, add_constant(state.graph, f"{node.outputs[0].name}_pads", pads))
    drop_unread(state.graph, read)
