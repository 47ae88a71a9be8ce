"""Gives tensors and initializers names that MATLAB's importer need not touch.

Requires: name_nodes. Ensures: every tensor's and initializer's name is a valid MATLAB identifier of at most 20 characters, and
none equals another or a node's name. A name that is so already stays; the others are made from it
(`features.0.weight` -> `features_0_weight`). `state.renamed` says what each was.

Evidence: the importer keeps all tensor and initializer names in one pool, cuts each to 20 characters, and numbers a node
whose name is in the pool: `/model.0/act/Sigmoid` became `x_model_0_act_Sigm_1`, because its tensor had taken the name (56 of
56 layer names of a YOLOv8n). With these names the layer's name in MATLAB is the node's, which is the layer's id.
"""

import onnx_ir as ir

from xverify.onnx_export.passes.graph_state import GraphState
from xverify.program.identifiers import Pool, is_identifier


def short_names(state: GraphState) -> None:
    """Renames values; inputs first, which the user names, then outputs, then the others in order."""
    graph = state.graph
    pool = Pool()
    for node in graph:
        pool.take_exactly(node.name or "")
    made = [value for node in graph for value in node.outputs if value.name]
    first = [*graph.inputs, *graph.outputs]
    values = dict.fromkeys([*first, *graph.initializers.values(), *made])
    kept = {value for value in values if is_identifier(value.name or "") and pool.take_exactly(value.name or "")}
    for value in values:
        if value not in kept:
            _rename(state, value, pool.take(value.name or "value"))


def _rename(state: GraphState, value: ir.Value, name: str) -> None:
    old = value.name or ""
    state.renamed[name] = state.renamed.pop(old, old)
    value.name = name
