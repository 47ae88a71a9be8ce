"""The faults that an export, an import or a person makes: what a node becomes with each of them, every shape as it was."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto, helper

Array = NDArray[Any]


class Graph(Protocol):
    """What a kind of fault needs to know of the graph around a node."""

    constants: Mapping[str, Array]
    """Initializers by name."""
    shapes: Mapping[str, tuple[int, ...]]
    """Shapes of the layers by tensor name."""


@dataclass(frozen=True)
class Edit:
    """Nodes that stand in for one node, and the initializers that they add."""

    nodes: Sequence[NodeProto]
    constants: Mapping[str, Array] = field(default_factory=dict)


def kernel_swapped(graph: Graph, node: NodeProto) -> Edit | None:
    """Height and width of a square kernel exchanged."""
    weight = graph.constants.get(node.input[1]) if node.op_type == "Conv" else None
    if weight is None or weight.ndim != 4 or weight.shape[2] != weight.shape[3] or weight.shape[2] < 2:
        return None
    return _with_constant(node, 1, np.ascontiguousarray(weight.swapaxes(2, 3)))


def epsilon_changed(operation: str) -> Callable[[Graph, NodeProto], Edit | None]:
    """Another epsilon in a normalisation: 1e-3, or ten times as much where it is about that already."""

    def change(_: Graph, node: NodeProto) -> Edit | None:
        if node.op_type != operation:
            return None
        own = float(_attribute(node, "epsilon", 1e-5))
        return _with_attribute(node, "epsilon", 1e-3 if own < 5e-4 else 10 * own)

    return change


def bias_dropped(graph: Graph, node: NodeProto) -> Edit | None:
    """A bias set to zero: of a convolution or Gemm, or added after a MatMul."""
    index = 2 if node.op_type in {"Conv", "Gemm"} else 1 if node.op_type == "Add" else 0
    if not 0 < index < len(node.input):
        return None
    bias = graph.constants.get(node.input[index])
    return None if bias is None or bias.ndim != 1 else _with_constant(node, index, np.zeros_like(bias))


def order_changed(graph: Graph, node: NodeProto) -> Edit | None:
    """Flattened or reshaped with the second axis last, as NHWC data would be."""
    shape = graph.shapes.get(node.input[0], ()) if node.op_type in {"Reshape", "Flatten"} else ()
    if len(shape) < 3 or shape[1] == 1 or np.prod(shape[2:]) == 1:
        return None
    moved = f"{node.output[0]}_moved"
    before = helper.make_node("Transpose", [node.input[0]], [moved], perm=[0, *range(2, len(shape)), 1])
    after = _copy_of(node)
    after.input[0] = moved
    if node.op_type == "Flatten" and _attribute(node, "axis", 1) != 1:
        return None
    return Edit([before, after])


def pad_moved(graph: Graph, node: NodeProto) -> Edit | None:
    """One row of padding at the bottom instead of the top."""
    if node.op_type == "Pad":
        return _pad_node_moved(graph, node)
    pads = list(_attribute(node, "pads", ())) if node.op_type in {"Conv", "MaxPool"} else []
    if len(pads) != 4 or pads[0] == 0:
        return None
    top, left, bottom, right = pads
    return _with_attribute(node, "pads", [top - 1, left, bottom + 1, right])


def _pad_node_moved(graph: Graph, node: NodeProto) -> Edit | None:
    pads = graph.constants.get(node.input[1])
    if pads is None or not pads.any() or np.array_equal(np.roll(pads, pads.size // 2), pads):
        return None
    return _with_constant(node, 1, np.roll(pads, pads.size // 2))


def weight_changed(graph: Graph, node: NodeProto) -> Edit | None:
    """One weight, in the middle of the tensor, larger by a hundredth."""
    weight = graph.constants.get(node.input[1]) if node.op_type in {"Conv", "Gemm", "MatMul"} else None
    if weight is None:
        return None
    changed = weight.reshape(-1).copy()
    changed[changed.size // 2] *= np.float32(1.01)
    return _with_constant(node, 1, changed.reshape(weight.shape))


KINDS: Mapping[str, Callable[[Graph, NodeProto], Edit | None]] = {
    "kernel H/W exchanged": kernel_swapped,
    "BatchNorm epsilon": epsilon_changed("BatchNormalization"),
    "LayerNorm epsilon": epsilon_changed("LayerNormalization"),
    "bias dropped": bias_dropped,
    "flatten order": order_changed,
    "padding moved": pad_moved,
    "one weight off by 1%": weight_changed,
}


def _copy_of(node: NodeProto) -> NodeProto:
    copy = NodeProto()
    copy.CopyFrom(node)
    return copy


def _with_constant(node: NodeProto, index: int, value: Array) -> Edit:
    """The node with another constant operand, under a name of its own: other nodes may share the old one."""
    changed, name = _copy_of(node), f"{node.output[0]}_planted"
    changed.input[index] = name
    return Edit([changed], {name: value})


def _with_attribute(node: NodeProto, name: str, value: Any) -> Edit:
    changed = _copy_of(node)
    kept = [item for item in changed.attribute if item.name != name]
    del changed.attribute[:]
    changed.attribute.extend([*kept, helper.make_attribute(name, value)])
    return Edit([changed])


def _attribute(node: NodeProto, name: str, default: Any) -> Any:
    return next((helper.get_attribute_value(item) for item in node.attribute if item.name == name), default)
