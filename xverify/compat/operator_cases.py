"""Which case of its operator a node is, as releases.toml names the cases: 'Conv grouped', 'Add constant', 'Relu'.

One operator imports in different ways: an Add of two values is a layer, an Add of a weight another. A new case is one
function here and one entry there.
"""

from collections.abc import Callable, Mapping
from typing import Literal

from onnx import NodeProto

from xverify.compat.graph_view import GraphView, attributes_of

Doubt = Literal["no kernel_shape", "auto_pad", "symbolic size"]
"""What is odd about the convolutions of a file that imported badly."""


def case_of(node: NodeProto, view: GraphView) -> str:
    """The key of releases.toml for a node."""
    rule = _CASES.get(node.op_type)
    return rule(node, view) if rule else node.op_type


def convolution_doubts(node: NodeProto, view: GraphView) -> frozenset[Doubt]:
    """What a convolution has in common with those of torch 2.9.1 that all became custom layers.

    They had no kernel_shape, carried auto_pad='NOTSET', and height and width were symbolic. Which of the three is the
    cause is not known, so that only a convolution with none of them is sure.
    """
    names = {item.name for item in node.attribute}
    size = view.shapes.get(_input(node, 0), ("?", "?", "?"))[2:]
    doubts: set[Doubt] = set()
    if "kernel_shape" not in names:
        doubts.add("no kernel_shape")
    if "auto_pad" in names:
        doubts.add("auto_pad")
    if not all(isinstance(item, int) for item in size):
        doubts.add("symbolic size")
    return frozenset(doubts)


def _input(node: NodeProto, index: int) -> str:
    return node.input[index] if index < len(node.input) else ""


def _conv(node: NodeProto, view: GraphView) -> str:
    doubts = convolution_doubts(node, view)
    if _input(node, 1) not in view.constants:
        return "Conv of two values"
    if len(doubts) == 3:
        return "Conv as torch 2.9 writes it"
    if "no kernel_shape" in doubts:
        return "Conv without kernel_shape"
    if doubts:
        return "Conv in doubt"
    if attributes_of(node).get("group", 1) != 1:
        return "Conv grouped"
    return _with_dimensions("Conv", view.rank(_input(node, 1)))


def _conv_transpose(node: NodeProto, view: GraphView) -> str:
    if attributes_of(node).get("group", 1) != 1:
        return "ConvTranspose grouped"
    return _with_dimensions("ConvTranspose", view.rank(_input(node, 1)))


def _pool(node: NodeProto, view: GraphView) -> str:
    kernel = attributes_of(node).get("kernel_shape")
    return _with_dimensions(node.op_type, len(kernel) + 2 if kernel else view.rank(_input(node, 0)))


def _with_dimensions(operator: str, rank: int | None) -> str:
    """Images have two dimensions beside batch and channels; where the rank is unknown they are taken for granted."""
    return operator if rank in {None, 4} else f"{operator} {(rank or 0) - 2}-D"


def _gemm(node: NodeProto, view: GraphView) -> str:
    plain = _input(node, 1) in view.constants and not attributes_of(node).get("transA", 0)
    return "Gemm" if plain else "Gemm of two values"


def _matmul(node: NodeProto, view: GraphView) -> str:
    if _input(node, 1) not in view.constants:
        return "MatMul"
    return "MatMul constant" if view.rank(_input(node, 0)) == 2 else "MatMul constant, not rank 2"


def _elementwise(node: NodeProto, view: GraphView) -> str:
    values = [name for name in node.input if name not in view.constants]
    if len(values) != 1:
        return node.op_type
    maker = view.makers.get(values[0])
    if node.op_type == "Add" and maker is not None and case_of(maker, view).startswith("MatMul constant"):
        return "Add bias"
    return f"{node.op_type} constant"


def _flatten(node: NodeProto, view: GraphView) -> str:
    rank = view.rank(_input(node, 0))
    return {None: "Flatten of unknown rank", 2: "Flatten of rank 2"}.get(rank, "Flatten")


_CASES: Mapping[str, Callable[[NodeProto, GraphView], str]] = {
    "Add": _elementwise,
    "AveragePool": _pool,
    "Conv": _conv,
    "ConvTranspose": _conv_transpose,
    "Flatten": _flatten,
    "Gemm": _gemm,
    "GlobalAveragePool": _pool,
    "GlobalMaxPool": _pool,
    "MatMul": _matmul,
    "MaxPool": _pool,
    "Mul": _elementwise,
}
