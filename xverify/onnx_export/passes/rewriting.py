"""How a pass puts nodes in the place of a node: the value keeps its name, so that a layer keeps its value."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import onnx_ir as ir
from numpy.typing import NDArray

from xverify.onnx_export.passes.graph_state import GraphState

Array = NDArray[Any]


class Rewrite:
    """New nodes that will stand where one node stands, made in order; `finish` puts them there.

    >>> rewrite = Rewrite(state, node)                      # doctest: +SKIP
    >>> six = rewrite.constant("six", np.float32(6))
    >>> rewrite.finish(rewrite.add("Div", [x, six]))
    """

    def __init__(self, state: GraphState, node: ir.Node) -> None:
        self.state, self.node = state, node
        self._nodes: list[ir.Node] = []
        self._names = fresh_names(state.graph, node.outputs[0].name or "value")

    def add(
        self,
        operator: str,
        inputs: Sequence[ir.Value | None],
        attributes: Mapping[str, Any] | None = None,
        shape: Sequence[int] | None = None,
        dtype: ir.DataType | None = None,
    ) -> ir.Value:
        """Adds a node of one output, of the replaced value's type if no other is given, and returns that output."""
        new = ir.node(operator, inputs, attributes)
        value = new.outputs[0]
        value.name = next(self._names)
        value.shape = None if shape is None else ir.Shape(shape)
        value.type = self.node.outputs[0].type if dtype is None else ir.TensorType(dtype)
        self._nodes.append(new)
        return value

    def constant(self, array: Array) -> ir.Value:
        """A new initializer."""
        name = next(self._names)
        value = ir.Value(name=name, const_value=ir.tensor(np.asarray(array), name=name))
        value.shape, value.type = ir.Shape(np.shape(array)), ir.TensorType(value.const_value.dtype)  # type: ignore[union-attr]
        self.state.graph.initializers.add(value)
        return value

    def finish(self, result: ir.Value) -> None:
        """Puts the new nodes in place of the old one; `result` takes the old value's name, shape and readers."""
        old = self.node.outputs[0]
        name, shape, kind = old.name, old.shape, old.type
        self.state.graph.insert_before(self.node, self._nodes)
        ir.convenience.replace_all_uses_with(old, result, replace_graph_outputs=True)
        read = [value for value in self.node.inputs if value is not None]
        self.state.graph.remove(self.node, safe=True)
        result.name, result.shape, result.type = name, shape, kind
        drop_unread(self.state.graph, read)


def fresh_names(graph: ir.Graph, stem: str) -> Iterator[str]:
    """Names that no value of the graph has: 'stem__1', 'stem__2', ..."""
    taken = {value.name for node in graph for value in node.outputs} | set(graph.initializers)
    taken |= {value.name for value in graph.inputs}
    number = 0
    while True:
        number += 1
        if (name := f"{stem}__{number}") not in taken:
            yield name


def drop_unread(graph: ir.Graph, values: Sequence[ir.Value]) -> None:
    """Deletes the initializers among these values that nobody reads any more."""
    for value in values:
        if value.is_initializer() and not value.uses() and not value.is_graph_output() and value.name:
            graph.initializers.pop(value.name, None)


def constant_of(value: ir.Value | None) -> Array | None:
    """The value of an initializer; None for what depends on the input, or where there is no value."""
    return None if value is None or value.const_value is None else np.asarray(value.const_value.numpy())


def static_shape(value: ir.Value | None) -> tuple[int, ...] | None:
    """A value's shape, if every size is known."""
    if value is None or value.shape is None or not all(isinstance(size, int) for size in value.shape):
        return None
    return tuple(int(size) for size in value.shape)  # type: ignore[arg-type]  # just checked


def is_layer(state: GraphState, value: ir.Value) -> bool:
    """Whether a value must survive under its own name: it is a layer, or an output of the network."""
    return value.name in state.layer_ids or value.is_graph_output()
