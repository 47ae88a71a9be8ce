"""A change of an ONNX graph: some nodes give way to others, and initializers are added."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fault_kinds import Edit
from numpy.typing import NDArray
from onnx import NodeProto, helper

Array = NDArray[Any]


@dataclass(frozen=True)
class Change:
    """What stands where a node was.

    Attributes:
        nodes: Position in the graph -> the nodes there now. All other nodes stay.
        constants: Initializers that are added: name -> array.
    """

    nodes: Mapping[int, Sequence[NodeProto]]
    constants: Mapping[str, Array] = field(default_factory=dict)

    def applied(self, nodes: Sequence[NodeProto]) -> list[NodeProto]:
        """The graph's nodes with the change."""
        return list(self._with(nodes))

    def _with(self, nodes: Sequence[NodeProto]) -> Iterator[NodeProto]:
        for position, node in enumerate(nodes):
            yield from self.nodes.get(position, (node,))


def from_edit(position: int, edit: Edit | None) -> Change | None:
    """The change that a single node's edit is."""
    return None if edit is None else Change({position: edit.nodes}, edit.constants)


def copy_of(node: NodeProto) -> NodeProto:
    """A copy to change."""
    copy = NodeProto()
    copy.CopyFrom(node)
    return copy


def attribute(node: NodeProto, name: str, default: Any) -> Any:
    """A node's attribute."""
    return next((helper.get_attribute_value(item) for item in node.attribute if item.name == name), default)


def with_attributes(node: NodeProto, **values: Any) -> NodeProto:
    """A copy of the node with other attributes."""
    changed = copy_of(node)
    kept = [item for item in changed.attribute if item.name not in values]
    del changed.attribute[:]
    changed.attribute.extend([*kept, *(helper.make_attribute(name, value) for name, value in values.items())])
    return changed


def with_input(node: NodeProto, index: int, name: str) -> NodeProto:
    """A copy of the node that reads another value."""
    changed = copy_of(node)
    changed.input[index] = name
    return changed
