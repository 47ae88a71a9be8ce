"""Writes the axes of a reduction as an attribute: as an input they are newer than the target.

Requires: fold_constants, so that axes are constants. Ensures: below opset 18 no ReduceMean, -Max, -Min, -Prod, -L1, -L2,
-LogSum, -LogSumExp or -SumSquare has an axes input (ReduceSum has had one since 13 and keeps it).

Cases: 1. Constant axes: the attribute. 2. No axes: all axes, in both forms. 3. `noop_with_empty_axes` and no axes: what
the operator does to a single element: Identity, or Abs, Log, a square. 4. Axes that depend on the input: left, and lower_opset
refuses them.

Evidence: operators ReduceMean-18 and ReduceMean-13 in onnx, and what it says of noop_with_empty_axes; the stock converter has
no such adapter and gives up.
"""

import onnx_ir as ir

from xverify.onnx_export.passes.graph_state import GraphState
from xverify.onnx_export.passes.rewriting import Rewrite, constant_of, drop_unread, number

FIRST_OPSET = 18
_OF_ONE_ELEMENT = {
    "ReduceMean": "Identity",
    "ReduceMax": "Identity",
    "ReduceMin": "Identity",
    "ReduceProd": "Identity",
    "ReduceLogSumExp": "Identity",
    "ReduceL1": "Abs",
    "ReduceL2": "Abs",
    "ReduceLogSum": "Log",
    "ReduceSumSquare": "Mul",
}
"""Reduction -> the operator that does the same to an element on its own; Mul takes it twice."""


def lower_reductions(state: GraphState) -> None:
    """Moves constant axes from input to attribute."""
    if state.target.opset < FIRST_OPSET <= state.model.opset_imports[""]:
        for node in list(state.graph):
            if node.op_type in _OF_ONE_ELEMENT and not node.domain:
                _lower(state, node)


def _lower(state: GraphState, node: ir.Node) -> None:
    given = node.inputs[1] if len(node.inputs) > 1 else None
    axes = constant_of(given)
    if given is not None and axes is None:
        return
    empty = axes is None or axes.size == 0
    if empty and number(node, "noop_with_empty_axes", 0):
        rewrite, operator = Rewrite(state, node), _OF_ONE_ELEMENT[node.op_type]
        rewrite.finish(rewrite.alike(operator, [node.inputs[0]] * (2 if operator == "Mul" else 1)))
        return
    node.attributes.pop("noop_with_empty_axes", None)
    node.resize_inputs(1)
    if axes is not None and not empty:
        node.attributes.add(ir.AttrInt64s("axes", [int(axis) for axis in axes.reshape(-1)]))
    if given is not None:
        drop_unread(state.graph, [given])
