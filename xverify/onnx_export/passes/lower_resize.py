"""Writes what a Resize does without the choice of axes that its newer forms brought.

Requires: static shapes where sizes are given. Ensures: below opset 18 no Resize has `axes`, where its sizes or scales are
constants. (Settings at their defaults, `antialias=0` and `keep_aspect_ratio_policy='stretch'`, go with lower_attributes.)

Cases: 1. Sizes or scales of some axes: those of all axes, the others unchanged. 2. Not constant, or a region of interest
(whose axes are chosen, too): left, and lower_opset refuses it.

Evidence: operators Resize-18 and Resize-13 in onnx.
"""

import numpy as np
import onnx_ir as ir

from xverify.onnx_export.passes.graph_state import GraphState
from xverify.onnx_export.passes.rewriting import add_constant, constant_of, drop_unread, static_shape

FIRST_OPSET = 18
_SCALES, _SIZES = 2, 3


def lower_resize(state: GraphState) -> None:
    """Expands `axes` of Resize."""
    if state.target.opset < FIRST_OPSET:
        for node in state.graph:
            if node.op_type == "Resize" and not node.domain and "axes" in node.attributes and not _crops(node):
                _lower(state, node)


def _crops(node: ir.Node) -> bool:
    mode = node.attributes.get("coordinate_transformation_mode")
    return mode is not None and mode.as_string() == "tf_crop_and_resize"


def _lower(state: GraphState, node: ir.Node) -> None:
    data = node.inputs[0]
    rank = len(data.shape) if data is not None and data.shape is not None else 0
    given = _SIZES if len(node.inputs) > _SIZES and node.inputs[_SIZES] is not None else _SCALES
    operand, shape = node.inputs[given], static_shape(data)
    values = constant_of(operand)
    if not rank or values is None or operand is None or (given == _SIZES and shape is None):
        return
    whole = np.array(shape, np.int64) if given == _SIZES else np.ones(rank, values.dtype)
    for axis, value in zip(node.attributes["axes"].as_ints(), values.reshape(-1), strict=True):
        whole[axis] = value
    del node.attributes["axes"]
    node.replace_input_with(given, add_constant(state.graph, f"{node.outputs[0].name}_resize", whole))
    drop_unread(state.graph, [operand])
