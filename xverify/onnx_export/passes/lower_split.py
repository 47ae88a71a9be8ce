"""Writes the sizes of a Split's parts: a number of parts is newer than the target.

Requires: a known size of the axis that is split. Ensures: below opset 18 no Split has `num_outputs`.

Cases: 1. Equal parts, the last one smaller where the axis does not divide: sizes as an input. 2. An unknown size of the axis,
or so many parts that the last would be empty: left, and lower_opset refuses it.

Evidence: operators Split-18 and Split-13 in onnx.
"""

import numpy as np
import onnx_ir as ir

from xverify.onnx_export.passes.graph_state import GraphState
from xverify.onnx_export.passes.rewriting import add_constant, number

FIRST_OPSET = 18


def lower_split(state: GraphState) -> None:
    """Replaces `num_outputs` by sizes."""
    if state.target.opset < FIRST_OPSET:
        for node in state.graph:
            if node.op_type == "Split" and not node.domain and "num_outputs" in node.attributes:
                _lower(state, node)


def _lower(state: GraphState, node: ir.Node) -> None:
    data, parts = node.inputs[0], node.attributes["num_outputs"].as_int()
    size = data.shape[int(number(node, "axis", 0))] if data is not None and data.shape is not None else None
    if not isinstance(size, int):
        return
    each = -(-size // parts)
    sizes = [each] * (parts - 1) + [size - each * (parts - 1)]
    if sizes[-1] <= 0:
        return
    del node.attributes["num_outputs"]
    node.resize_inputs(2)
    node.replace_input_with(1, add_constant(state.graph, f"{node.outputs[0].name}_sizes", np.array(sizes, np.int64)))
