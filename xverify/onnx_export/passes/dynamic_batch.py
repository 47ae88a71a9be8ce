"""Makes the batch axis symbolic, when the target asks for it.

Requires: lower_opset; static shapes everywhere. Ensures, with `target.dynamic_batch`: axis 0 of each input that has the batch's
size is 'batch', no Reshape has the batch's size in its target, and the shapes of inner values are no longer stored.

The batch's axis is followed from the inputs through the graph. Cases: 1. A Reshape that keeps the axis in place: 0 in its
target, which copies the size. 2. One that merges the batch with what follows or takes it apart again (windows, heads): -1.
3. An operation that cannot be followed, or a constant of the batch's size (a class token that was expanded): refused.

Evidence: torch.export with a symbolic batch leaves the sizes as computations in the graph, which import as custom layers:
vit_b_16 has 243 Reshape and 135 Concat nodes then, and 500 nodes in all when static. Whether a network is the same for
each image of a batch is not to be seen from the graph: the caller runs the file with another batch.
"""

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import onnx_ir as ir
from onnx_ir.passes import common

from xverify.errors import XverifyError
from xverify.onnx_export.passes.graph_state import GraphState
from xverify.onnx_export.passes.rewriting import add_constant, constant_of, drop_unread, static_shape

SYMBOL = "batch"


def dynamic_batch(state: GraphState) -> None:
    """Makes the batch symbolic; does nothing for a static target."""
    if not state.target.dynamic_batch:
        return
    graph = state.graph
    if any(static_shape(value) is None for node in graph for value in node.outputs):
        common.ShapeInferencePass()(state.model)  # what other passes put in has no shape yet
    first = static_shape(graph.inputs[0])
    if not first:
        raise XverifyError("The network's first input has no batch axis.", "Leave out --dynamic-batch.")
    batch = first[0]
    axes: dict[ir.Value, int] = {value: 0 for value in graph.inputs if (static_shape(value) or (None,))[0] == batch}
    for node in graph:
        _follow(state, node, axes, batch)
    for value, axis in axes.items():
        if value.is_graph_output() or value.is_graph_input():
            _make_symbolic(value, axis, batch)
    for node in graph:
        for value in node.outputs:
            if value in axes and not value.is_graph_output():
                value.shape = None


def _make_symbolic(value: ir.Value, axis: int, batch: int) -> None:
    sizes = static_shape(value) or ()
    if axis != 0:
        raise _refused(value.producer(), f"output {value.name} has its batch on axis {axis}")
    if sizes[0] != batch:
        raise _refused(value.producer(), f"output {value.name} merges the batch with another axis")
    value.shape = ir.Shape([SYMBOL, *sizes[1:]])


def _follow(state: GraphState, node: ir.Node, axes: dict[ir.Value, int], batch: int) -> None:
    carried = [value for value in node.inputs if value is not None and value in axes]
    if not carried:
        return
    for index, result in enumerate(node.outputs):
        if index and node.op_type in {"LSTM", "GRU", "RNN"}:
            axes[result] = 1  # states: directions, batch, features
            continue
        axis = _axis(node, result, carried[0], axes, batch)
        sizes = static_shape(result)
        if axis is None or sizes is None or axis >= len(sizes) or sizes[axis] % batch:
            raise _refused(node, f"the batch cannot be followed through {node.op_type}")
        axes[result] = axis
    if node.op_type == "Reshape":
        _retarget(state, node, axes)


def _axis(node: ir.Node, result: ir.Value, data: ir.Value, axes: Mapping[ir.Value, int], batch: int) -> int | None:
    """On which axis of a node's result the batch is; None where nothing is known."""
    before, after, axis = static_shape(data), static_shape(result), axes[data]
    if before is None or after is None:
        return None
    if node.op_type in _RULES:
        return _RULES[node.op_type](node, before, after, axis)
    if node.op_type in {"LSTM", "GRU", "RNN"}:
        return 2  # the sequence: time, directions, batch, features
    if len(after) >= len(before):  # elementwise: axes are aligned from the right
        return axis + len(after) - len(before) if after[axis + len(after) - len(before)] % batch == 0 else None
    return None


def _reshaped(_: ir.Node, before: Sequence[int], after: Sequence[int], axis: int) -> int | None:
    """The axis that begins where the batch's axis begins in row-major order."""
    ahead = math.prod(before[:axis])
    fitting = [j for j in range(len(after)) if math.prod(after[:j]) == ahead and after[j] % before[axis] == 0]
    return fitting[0] if fitting else next((j for j in range(len(after)) if math.prod(after[:j]) == ahead), None)


def _transposed(node: ir.Node, before: Sequence[int], _: Sequence[int], axis: int) -> int | None:
    given = node.attributes.get("perm")
    order = list(reversed(range(len(before)))) if given is None else list(given.as_ints())
    return order.index(axis)


def _reduced(node: ir.Node, before: Sequence[int], after: Sequence[int], axis: int) -> int | None:
    if len(after) == len(before):
        return axis
    given = _reduced_axes(node)
    if given is None:
        return None
    gone = {item % len(before) for item in given}
    return None if axis in gone else axis - sum(item < axis for item in gone)


def _reduced_axes(node: ir.Node) -> list[int] | None:
    attribute = node.attributes.get("axes")
    if attribute is not None:
        return list(attribute.as_ints())
    if node.op_type in {"ArgMax", "ArgMin"}:
        along = node.attributes.get("axis")
        return [0 if along is None else along.as_int()]
    constant = constant_of(node.inputs[1]) if len(node.inputs) > 1 else None
    return None if constant is None else [int(axis) for axis in constant.reshape(-1)]


def _gathered(node: ir.Node, before: Sequence[int], after: Sequence[int], axis: int) -> int | None:
    attribute = node.attributes.get("axis")
    along = (0 if attribute is None else attribute.as_int()) % max(len(before), 1)
    if node.inputs[0] is not None and node.inputs[0].is_initializer():
        return axis + along  # an embedding: the indices carry the batch
    if axis == along:
        return None
    return axis if axis < along else axis + len(after) - len(before)


def _multiplied(_: ir.Node, before: Sequence[int], after: Sequence[int], axis: int) -> int | None:
    return axis + len(after) - len(before)


_RULES: Mapping[str, Callable[[ir.Node, Sequence[int], Sequence[int], int], int | None]] = {
    "Reshape": _reshaped,
    "Flatten": _reshaped,
    "Squeeze": _reshaped,
    "Unsqueeze": _reshaped,
    "Transpose": _transposed,
    "Gather": _gathered,
    "MatMul": _multiplied,
    "ReduceMean": _reduced,
    "ReduceSum": _reduced,
    "ReduceMax": _reduced,
    "ReduceMin": _reduced,
    "ArgMax": _reduced,
    "ArgMin": _reduced,
}
"""Operators that move axes."""


def _retarget(state: GraphState, node: ir.Node, axes: Mapping[ir.Value, int]) -> None:
    data, target, result = node.inputs[0], node.inputs[1], node.outputs[0]
    before, after = static_shape(data), static_shape(result)
    if (
        data is None
        or target is None
        or constant_of(target) is None
        or before is None
        or after is None
        or data not in axes
    ):
        raise _refused(node, "the target of a Reshape depends on the data")
    axis = axes[result]
    sizes = list(after)
    sizes[axis] = 0 if axis < len(before) and before[axis] == after[axis] and axes[data] == axis else -1
    constant = add_constant(state.graph, result.name or "shape", np.array(sizes, np.int64))
    node.replace_input_with(1, constant)
    drop_unread(state.graph, [target])


def _refused(node: ir.Node | None, reason: str) -> XverifyError:
    where = f" (at {node.outputs[0].name})" if node is not None else ""
    return XverifyError(
        f"The batch axis cannot be made dynamic: {reason}{where}.",
        "Leave out --dynamic-batch: the file then has the batch of the example inputs.",
    )
