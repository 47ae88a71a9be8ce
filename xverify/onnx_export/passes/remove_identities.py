"""Removes Identity nodes and records whose value each removed layer has.

Requires: fold_constants. Ensures: no Identity but where an output of the network is its own input or a constant, or where two
outputs share a value; each removed layer is in `aliases`. MATLAB's importer would make a layer of each Identity.

Cases: 1. the source is an unnamed inner value (an element of Split): it takes the layer's name. 2. The source is a layer, an
input or an initializer: the layer becomes an alias of it. 3. A graph output whose source may not be an output itself stays.
"""

import onnx_ir as ir

from xverify.onnx_export.passes.graph_state import GraphState


def remove_identities(state: GraphState) -> None:
    """Removes each Identity, renaming or recording an alias."""
    for node in list(state.graph):
        if node.op_type == "Identity" and not node.domain:
            _remove(state, node)


def _remove(state: GraphState, node: ir.Node) -> None:
    source, value = node.inputs[0], node.outputs[0]
    assert source is not None
    given = source.is_graph_input() or source.is_initializer()
    if value.is_graph_output() and (given or source.is_graph_output()):
        return
    name = value.name
    assert name is not None
    takes_name = source.name not in state.layer_ids and not given
    ir.convenience.replace_all_uses_with(value, source, replace_graph_outputs=True)
    state.graph.remove(node, safe=True)
    if takes_name:
        source.name = name
    elif name in state.layer_ids:
        assert source.name is not None
        state.aliases[name] = source.name
