"""What the predictions ask of an ONNX graph: shapes, which values are weights, and who makes and who reads a value."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import onnx
from onnx import GraphProto, ModelProto, NodeProto, ValueInfoProto, helper

from xverify.onnx_export.onnx_faults import without_weights

Shape = tuple[int | str, ...]
"""Sizes; a symbolic one is its name, or '?'."""


@dataclass(frozen=True)
class GraphView:
    """A graph with inferred shapes.

    Attributes:
        graph: The graph as it is in the file.
        shapes: Value -> its shape, where it is known.
        constants: Values that no input decides: weights, and what is computed from them alone.
    """

    graph: GraphProto
    shapes: Mapping[str, Shape]
    constants: frozenset[str]

    @cached_property
    def inputs(self) -> Sequence[ValueInfoProto]:
        """The inputs that a caller gives; up to IR 3 the weights stand among the graph's."""
        weights = {item.name for item in self.graph.initializer}
        return [item for item in self.graph.input if item.name not in weights]

    @cached_property
    def nodes(self) -> Sequence[NodeProto]:
        """The nodes that compute something: a Constant is a weight."""
        return [node for node in self.graph.node if node.op_type != "Constant"]

    @cached_property
    def makers(self) -> Mapping[str, NodeProto]:
        """Value -> the node that makes it."""
        return {name: node for node in self.graph.node for name in node.output if name}

    @cached_property
    def readers(self) -> Mapping[str, Sequence[NodeProto]]:
        """Value -> the nodes that read it."""
        readers: dict[str, list[NodeProto]] = {}
        for node in self.graph.node:
            for name in node.input:
                readers.setdefault(name, []).append(node)
        return readers

    def rank(self, value: str) -> int | None:
        """Number of axes of a value; None where it is not known."""
        shape = self.shapes.get(value)
        return None if shape is None else len(shape)

    def computes_constant(self, node: NodeProto) -> bool:
        """Whether no input of the network has a part in what a node computes."""
        return all(name in self.constants for name in node.output if name)


def attributes_of(node: NodeProto) -> dict[str, Any]:
    """Attributes by name, as Python values."""
    return {item.name: helper.get_attribute_value(item) for item in node.attribute}


def label(node: NodeProto) -> str:
    """What a person calls a node: its name, or the value that it makes."""
    return node.name or next((name for name in node.output if name), node.op_type)


def view_of(model: ModelProto) -> GraphView:
    """Looks at a model, which may be faulty: then the shapes are those that the file itself gives."""
    light = without_weights(model)
    try:
        inferred = onnx.shape_inference.infer_shapes(light, data_prop=True)
    except Exception:  # noqa: BLE001 - C++ raises whatever it likes; what is wrong is told by structural_faults
        inferred = light
    graph = inferred.graph
    shapes = {item.name: tuple(item.dims) for item in model.graph.initializer}
    for item in [*graph.value_info, *graph.input, *graph.output]:
        if item.type.tensor_type.HasField("shape"):
            shapes[item.name] = tuple(
                dim.dim_value if dim.HasField("dim_value") else dim.dim_param or "?"
                for dim in item.type.tensor_type.shape.dim
            )
    return GraphView(model.graph, shapes, frozenset(_constants(model.graph)))


def _constants(graph: GraphProto) -> set[str]:
    constants = {item.name for item in graph.initializer} | {item.values.name for item in graph.sparse_initializer}
    for node in graph.node:
        if all(name in constants for name in node.input if name) and not node.op_type.startswith("Random"):
            constants.update(name for name in node.output if name)
    return constants
