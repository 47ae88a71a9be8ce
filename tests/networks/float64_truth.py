"""What a node of model.onnx computes in float64, by PyTorch's operations: an oracle apart from xverify and from onnxruntime."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import onnx
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from onnx import NodeProto
from torch import Tensor

Operands = Sequence[Tensor]
Attributes = Mapping[str, Any]


class Truth:
    """Float64 values of a graph's tensors, computed from recorded ones.

    Args:
        nodes: The graph's nodes.
        constants: Initializers by name.
        recorded: Values of inputs and layers by tensor name; a node that reads one of these reads the recorded value.
    """

    def __init__(
        self, nodes: Sequence[NodeProto], constants: Mapping[str, NDArray[Any]], recorded: Mapping[str, NDArray[Any]]
    ) -> None:
        self._makers = {name: node for node in nodes for name in node.output}
        self._constants, self._recorded = constants, recorded

    def computed(self, tensor: str) -> Tensor:
        """A tensor as its own node computes it from recorded inputs.

        Raises:
            KeyError: The node, or one that leads to it from recorded values, is of a type that is not in `OPERATIONS`.
        """
        node = self._makers[tensor]
        operands = [self._value(name) for name in node.input if name]
        attributes = {item.name: onnx.helper.get_attribute_value(item) for item in node.attribute}
        return OPERATIONS[node.op_type](operands, attributes)

    def _value(self, tensor: str) -> Tensor:
        known = self._constants if tensor in self._constants else self._recorded
        if tensor not in known:
            return self.computed(tensor)
        value = torch.from_numpy(known[tensor].copy())
        return value.double() if value.is_floating_point() else value


def _convolution(operands: Operands, attributes: Attributes) -> Tensor:
    image, weight, *bias = operands
    padded = _padded(image, attributes, 0.0)
    dilations, groups = attributes.get("dilations", 1), attributes.get("group", 1)
    return F.conv2d(padded, weight, bias[0] if bias else None, attributes["strides"], 0, dilations, groups)


def _padded(image: Tensor, attributes: Attributes, value: float) -> Tensor:
    top, left, bottom, right = attributes.get("pads", (0, 0, 0, 0))
    return F.pad(image, (left, right, top, bottom), value=value)


def _max_pool(operands: Operands, attributes: Attributes) -> Tensor:
    padded = _padded(operands[0], attributes, float("-inf"))
    return F.max_pool2d(
        padded, attributes["kernel_shape"], attributes["strides"], ceil_mode=bool(attributes.get("ceil_mode", 0))
    )


def _batch_normalization(operands: Operands, attributes: Attributes) -> Tensor:
    image, scale, bias, mean, variance = operands
    return F.batch_norm(image, mean, variance, scale, bias, eps=attributes.get("epsilon", 1e-5))


def _layer_normalization(operands: Operands, attributes: Attributes) -> Tensor:
    value, scale, *bias = operands
    assert attributes.get("axis", -1) in {-1, value.dim() - 1}
    return F.layer_norm(value, value.shape[-1:], scale, bias[0] if bias else None, attributes.get("epsilon", 1e-5))


def _gemm(operands: Operands, attributes: Attributes) -> Tensor:
    a, b, *c = operands
    assert attributes.get("alpha", 1.0) == attributes.get("beta", 1.0) == 1.0
    product = (a.T if attributes.get("transA") else a) @ (b.T if attributes.get("transB") else b)
    return product + c[0] if c else product


def _reshape(operands: Operands, attributes: Attributes) -> Tensor:
    value, shape = operands
    sizes = [int(size) for size in shape]
    assert 0 not in sizes  # which allowzero gives a meaning of its own
    return value.reshape(sizes)


def _flatten(operands: Operands, attributes: Attributes) -> Tensor:
    return operands[0].flatten(attributes.get("axis", 1))


def _pad(operands: Operands, attributes: Attributes) -> Tensor:
    value, pads, *rest = operands
    assert attributes.get("mode", b"constant") == b"constant"
    assert len(rest) < 2
    begins, ends = pads.reshape(2, -1).tolist()
    flat = [size for begin, end in reversed(list(zip(begins, ends, strict=True))) for size in (begin, end)]
    return F.pad(value, flat, value=float(rest[0]) if rest else 0.0)


OPERATIONS: Mapping[str, Callable[[Operands, Attributes], Tensor]] = {
    "Add": lambda operands, _: operands[0] + operands[1],
    "BatchNormalization": _batch_normalization,
    "Conv": _convolution,
    "Flatten": _flatten,
    "Gemm": _gemm,
    "LayerNormalization": _layer_normalization,
    "MatMul": lambda operands, _: operands[0] @ operands[1],
    "MaxPool": _max_pool,
    "Mul": lambda operands, _: operands[0] * operands[1],
    "Pad": _pad,
    "Reshape": _reshape,
    "Softmax": lambda operands, attributes: operands[0].softmax(attributes.get("axis", -1)),
    "Transpose": lambda operands, attributes: operands[0].permute(*attributes["perm"]),
}
