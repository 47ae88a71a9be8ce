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

    def alike(
        self, operator: str, inputs: Sequence[ir.Value | None], attributes: Mapping[str, Any] | None = None
    ) -> ir.Value:
        """Adds a node whose value has the replaced value's shape and type, as elementwise operators make it."""
        value = self.add(operator, inputs, attributes)
        value.shape = self.node.outputs[0].shape
        return value

    def constant(self, array: Array) -> ir.Value:
        """A new initializer."""
        return _add(self.state.graph, next(self._names), array)

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


def add_constant(graph: ir.Graph, stem: str, array: Array) -> ir.Value:
    """A new initializer whose name begins with `stem`."""
    return _add(graph, next(fresh_names(graph, stem)), array)


def _add(graph: ir.Graph, name: str, array: Array) -> ir.Value:
    tensor = ir.tensor(np.asarray(array), name=name)
    value = ir.Value(name=name, const_value=tensor, shape=ir.Shape(np.shape(array)), type=ir.TensorType(tensor.dtype))
    graph.initializers.add(value)
    return value


def number(node: ir.Node, name: str, default: float) -> float:
    """A numeric attribute, or its default."""
    attribute = node.attributes.get(name)
    return default if attribute is None else float(attribute.value)


def element_type(node: ir.Node) -> np.dtype[Any]:
    """The element type of a node's first input, as constants beside it must have it; float32 where it is unknown."""
    value = node.inputs[0]
    return np.dtype(np.float32) if value is None or value.dtype is None else np.dtype(value.dtype.numpy())


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
