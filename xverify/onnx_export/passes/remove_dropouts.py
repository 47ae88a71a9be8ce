"""Takes Dropout away: in evaluation it is the identity.

Requires: fold_constants. Ensures: a Dropout that does nothing is an Identity, which remove_identities takes away and records
as an alias.

Cases: 1. Opset 12 and later: `training_mode` is absent or the constant false. 2. Earlier: Dropout of a file for inference is
always the identity. 3. Its mask is read, or it drops out (`training_mode` true, or decided by the input): it stays.
"""

import onnx_ir as ir

from xverify.onnx_export.passes.graph_state import GraphState
from xverify.onnx_export.passes.rewriting import Rewrite, constant_of


def remove_dropouts(state: GraphState) -> None:
    """Replaces each Dropout of an evaluated network by Identity."""
    for node in list(state.graph):
        if node.op_type == "Dropout" and not node.domain and _is_identity(node):
            node.resize_outputs(1)
            rewrite = Rewrite(state, node)
            rewrite.finish(rewrite.add("Identity", [node.inputs[0]]))


def _is_identity(node: ir.Node) -> bool:
    if any(value.uses() or value.is_graph_output() for value in node.outputs[1:]):
        return False
    mode = node.inputs[2] if len(node.inputs) > 2 else None
    trains = constant_of(mode)
    return mode is None or (trains is not None and not trains.any())
