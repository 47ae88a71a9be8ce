"""Removes the exporter's notes on nodes and values: the manifest has what matters of them.

Requires: nothing. Ensures: no metadata_props, doc strings or producer paths. Evidence: node metadata is a field of IR 10, which
MATLAB's importer may refuse; and the stack traces in it name folders of the machine that exported.
"""

from xverify.onnx_export.passes.graph_state import GraphState


def clear_metadata(state: GraphState) -> None:
    """Clears metadata and doc strings of the model, its graph, nodes and values."""
    model, graph = state.model, state.graph
    model.metadata_props.clear()
    graph.metadata_props.clear()
    model.doc_string = graph.doc_string = None
    graph.name = "network"
    values = [*graph.inputs, *graph.initializers.values()]
    for node in graph:
        node.metadata_props.clear()
        node.doc_string = None
        values += node.outputs
    for value in values:
        value.metadata_props.clear()
        value.doc_string = None
