"""Writes GridSample's modes by the names that they had before opset 20.

Requires: nothing. Ensures: below opset 20 no GridSample has mode 'linear' or 'cubic'.

Cases: 1. 'linear' is 'bilinear', 'cubic' is 'bicubic'; 'nearest' stays. 2. Without a mode: both opsets take linear. 3. A volume
(rank 5), which opset 16 does not know: lower_opset refuses it.

Evidence: operators GridSample-20 and GridSample-16 in onnx.
"""

import onnx_ir as ir

from xverify.onnx_export.passes.graph_state import GraphState

FIRST_OPSET = 20
_OLDER_NAMES = {"linear": "bilinear", "cubic": "bicubic"}


def lower_grid_sample(state: GraphState) -> None:
    """Renames the modes."""
    if state.target.opset < FIRST_OPSET:
        for node in state.graph:
            if node.op_type == "GridSample" and not node.domain and "mode" in node.attributes:
                mode = node.attributes["mode"].as_string()
                if mode in _OLDER_NAMES:
                    node.attributes.add(ir.AttrString("mode", _OLDER_NAMES[mode]))
