"""Gives each node the id of the layer that it makes, so that MATLAB, Netron and the manifest speak of the same thing.

Requires: remove_identities. Ensures: every node has a unique name of at most 20 characters; the node that produces a layer has
the layer's id; a node inside a layer of several nodes has the id with its operation.
"""

import onnx_ir as ir

from xverify.onnx_export.passes.graph_state import GraphState
from xverify.program.identifiers import Pool


def name_nodes(state: GraphState) -> None:
    """Renames every node."""
    ids = state.layer_ids if state.node_ids is None else state.node_ids
    pool = Pool()
    for identifier in [*ids.values(), *(value.name or "" for value in state.graph.inputs)]:
        pool.take_exactly(identifier)
    owner: dict[ir.Node, str] = {}
    for node in reversed(list(state.graph)):
        own = [ids[value.name] for value in node.outputs if value.name in ids]
        if own:
            owner[node] = own[0]
            node.name = own[0]
            continue
        readers = [owner[use.node] for value in node.outputs for use in value.uses() if use.node in owner]
        owner[node] = readers[0] if readers else "inner"
        node.name = pool.take(f"{owner[node]}.{node.op_type}")
