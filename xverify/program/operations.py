"""What rounding an ATen operation may show: exact, or a reduction of a certain length, or neither.

Measured (docs/explanation/tolerances.md): data movement, ReLU, maxima and elementwise addition and multiplication were
equal in every correct runtime; the error of a dot product grows with the square root of its length, and an eighth of that
root separated every correct layer from every planted fault.
"""

import math
from typing import Any, cast

import torch
from torch import Tensor
from torch._ops import OpOverload
from torch.fx import Node

from xverify.program.layers import operation_of

MOVEMENT = {
    "view", "_unsafe_view", "reshape", "permute", "transpose", "t", "cat", "stack", "split", "split_with_sizes", "chunk", "unbind",
    "slice", "select", "squeeze", "unsqueeze", "constant_pad_nd", "pad", "reflection_pad1d", "reflection_pad2d", "replication_pad1d",
    "replication_pad2d", "roll", "flip", "clone", "alias", "expand", "repeat", "flatten", "contiguous", "detach", "gather", "index",
    "index_select", "embedding", "pixel_shuffle", "pixel_unshuffle", "channel_shuffle", "upsample_nearest1d", "upsample_nearest2d",
    "tile", "movedim", "narrow", "lift_fresh_copy", "identity", "dropout", "tril", "triu",
}  # fmt: skip
"""Operations that move values and compute nothing."""

_EXACT_ARITHMETIC = {
    "relu", "max_pool1d", "max_pool2d", "max_pool3d", "max_pool2d_with_indices", "adaptive_max_pool2d", "amax", "amin", "maximum",
    "minimum", "clamp", "clamp_min", "clamp_max", "hardtanh", "abs", "neg", "where", "masked_fill", "mul",
}  # fmt: skip
_EXACT_UNLESS_SCALED = {"add", "sub"}

LINEAR = {
    "conv1d", "conv2d", "conv3d", "convolution", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d", "linear", "addmm", "mm",
    "bmm", "matmul", "baddbmm", "mean", "sum", "avg_pool1d", "avg_pool2d", "avg_pool3d", "adaptive_avg_pool1d", "adaptive_avg_pool2d",
    "_adaptive_avg_pool2d", "cumsum",
}  # fmt: skip
"""Operations linear in their data: dot products and sums, with a reduction length."""


def is_exact(node: Node) -> bool:
    """Whether a correct runtime gives the same bits, fed with the same inputs."""
    operation = operation_of(node)
    if operation in _EXACT_UNLESS_SCALED:
        return bool(node.kwargs.get("alpha", 1) == 1)
    return operation in MOVEMENT or operation in _EXACT_ARITHMETIC


def reduction_length(node: Node) -> int:
    """How many products or terms one element of the result sums; 1 where the operation is no reduction."""
    operation = operation_of(node)
    if operation not in LINEAR:
        return 1
    values = [argument.meta.get("val") for argument in node.args if isinstance(argument, Node)]
    shapes = [tuple(int(size) for size in value.shape) for value in values if isinstance(value, Tensor)]
    if operation.startswith("conv_transpose") or (operation == "convolution" and bool(node.args[6])):
        return _transposed_length(node, shapes[1])
    if operation.startswith("conv"):
        return math.prod(shapes[1][1:])
    if operation in {"linear", "mm", "bmm", "matmul"}:
        return shapes[0][-1]
    if operation in {"addmm", "baddbmm"}:
        return shapes[1][-1]
    if operation in {"avg_pool1d", "avg_pool2d", "avg_pool3d"}:
        return math.prod(_each_axis(node.args[1], rank=int(operation[len("avg_pool")])))
    if operation == "cumsum":
        return shapes[0][cast("int", node.args[1])] if shapes[0] else 1
    elements: int = node.meta["val"].numel()
    return max(1, math.prod(shapes[0]) // max(1, elements))


def _transposed_length(node: Node, weight: tuple[int, ...]) -> int:
    """The weight is (in, out / groups, kernel); with a stride only some of the kernel's taps meet in one element."""
    names = [argument.name for argument in cast("OpOverload", node.target)._schema.arguments]
    given: dict[str, Any] = dict(zip(names, node.args, strict=False))
    strides = _each_axis(given.get("stride", 1), len(weight) - 2)
    dilations = _each_axis(given.get("dilation", 1), len(weight) - 2)
    taps = (
        math.ceil(size / (stride // math.gcd(stride, dilation)))
        for size, stride, dilation in zip(weight[2:], strides, dilations, strict=True)
    )
    return weight[0] // int(given.get("groups", 1)) * math.prod(taps)


def _each_axis(given: Any, rank: int) -> list[int]:
    """A setting for each of `rank` axes, given as one number for all or one an axis."""
    sizes = [int(size) for size in given] if isinstance(given, (list, tuple)) else [int(given)]
    return sizes * rank if len(sizes) == 1 else sizes


def rounding_factor(node: Node) -> float:
    """The factor c of the noise floor eps32 * magnitude * c: sqrt(n) / 8 for a reduction of length n, at least 1."""
    return max(1.0, math.sqrt(reduction_length(node)) / 8)


def channel_axis(node: Node) -> int | None:
    """The axis of the output channels of a convolution, a linear layer or a BatchNorm; None for other operations.

    These are the operations in which a channel's rounding is its own: each output channel is a sum of its own terms.
    """
    operation, rank = operation_of(node), int(node.meta["val"].dim())
    if operation in BATCH_NORM:
        return 1 if rank > 1 else None
    if operation.startswith("conv") and operation[-2:] in {"1d", "2d", "3d"}:
        return rank - 1 - int(operation[-2])
    return rank - 1 if operation in {"linear", "addmm", "mm"} and rank > 1 else None


BATCH_NORM = {"_native_batch_norm_legit_no_training"}
"""An affine operation of each channel. Without running statistics it is none: that has another name and other operands."""


def absolute_operands(node: Node) -> bool:
    """Whether op(|x|, |w|) + |b| bounds the terms that the operation sums (every linear operation)."""
    return operation_of(node) in LINEAR


def is_float(value: object) -> bool:
    """Whether a value is a tensor of a floating type."""
    return isinstance(value, Tensor) and value.is_floating_point()


EPS32 = float(torch.finfo(torch.float32).eps)
