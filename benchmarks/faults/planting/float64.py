"""What a layer's nodes compute in float64, for every operator: by PyTorch where that is exact about padding and fast, else by
onnx's own reference implementation. Neither xverify nor onnxruntime has a part in it.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from float64_truth import OPERATIONS, Truth
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper
from onnx.reference import ReferenceEvaluator
from torch import Tensor
from torch.nn import functional

from planting.recurrences import gru, lstm

Operands = Sequence[Tensor | None]
Attributes = Mapping[str, Any]
_FLOATS = {TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.BFLOAT16}


class Float64(Truth):
    """Float64 values of a graph's tensors, from recorded ones; each node is computed once.

    Args:
        nodes: The graph's nodes.
        constants: Initializers by name.
        recorded: Values of inputs and layers by tensor name.
        opset: Of the model.
    """

    def __init__(
        self,
        nodes: Sequence[NodeProto],
        constants: Mapping[str, NDArray[Any]],
        recorded: Mapping[str, NDArray[Any]],
        opset: int,
    ) -> None:
        super().__init__(nodes, constants, recorded)
        self._opset = opset
        self._done: dict[str, list[Tensor]] = {}

    def computed(self, tensor: str) -> Tensor:
        """A tensor as its own node computes it from recorded values."""
        node = self._makers[tensor]
        key = next(name for name in node.output if name)
        if key not in self._done:
            self._done[key] = self._run(node)
        return self._done[key][list(node.output).index(tensor)]

    def _run(self, node: NodeProto) -> list[Tensor]:
        operands = [self._value(name) if name else None for name in node.input]
        attributes = {item.name: helper.get_attribute_value(item) for item in node.attribute}
        if node.op_type in SEVERAL:
            return SEVERAL[node.op_type](operands, attributes)
        if node.op_type in SINGLE and len(node.output) == 1:
            return [SINGLE[node.op_type](operands, attributes)]
        return self._by_reference(node, operands)

    def _by_reference(self, node: NodeProto, operands: Operands) -> list[Tensor]:
        values = {
            name: operand.numpy()
            for name, operand in zip(node.input, operands, strict=True)
            if name and operand is not None
        }
        inputs = [helper.make_tensor_value_info(name, TensorProto.DOUBLE, None) for name in values]
        outputs = [helper.make_tensor_value_info(name, TensorProto.DOUBLE, None) for name in node.output if name]
        graph = helper.make_graph([node], "node", inputs, outputs)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", self._opset)])
        results = iter(ReferenceEvaluator(model).run(None, values))
        return [torch.from_numpy(np.asarray(next(results))) if name else torch.empty(0) for name in node.output]


def _padded(image: Tensor, attributes: Attributes, value: float) -> Tensor:
    rank = image.dim() - 2
    pads = attributes.get("pads", (0,) * 2 * rank)
    flat = [size for axis in reversed(range(rank)) for size in (pads[axis], pads[axis + rank])]
    return functional.pad(image, flat, value=value)


def _convolution(operands: Operands, attributes: Attributes) -> Tensor:
    image, weight, *bias = operands
    assert image is not None
    assert weight is not None
    convolve: Callable[..., Tensor] = (functional.conv1d, functional.conv2d, functional.conv3d)[image.dim() - 3]
    strides, dilations = attributes.get("strides", 1), attributes.get("dilations", 1)
    groups = attributes.get("group", 1)
    return convolve(_padded(image, attributes, 0.0), weight, bias[0] if bias else None, strides, 0, dilations, groups)


def _transposed(operands: Operands, attributes: Attributes) -> Tensor:
    image, weight, *bias = operands
    assert image is not None
    assert weight is not None
    rank = image.dim() - 2
    pads = attributes.get("pads", (0,) * 2 * rank)
    assert list(pads[:rank]) == list(pads[rank:])
    convolve: Callable[..., Tensor] = (
        functional.conv_transpose1d,
        functional.conv_transpose2d,
        functional.conv_transpose3d,
    )[rank - 1]
    return convolve(
        image,
        weight,
        bias[0] if bias else None,
        attributes.get("strides", 1),
        pads[:rank],
        attributes.get("output_padding", 0),
        attributes.get("group", 1),
        attributes.get("dilations", 1),
    )


def _max_pool(operands: Operands, attributes: Attributes) -> Tensor:
    image = operands[0]
    assert image is not None
    assert set(attributes.get("dilations", (1,))) == {1}
    return _windows(image, attributes, float("-inf")).amax(-1)


def _average_pool(operands: Operands, attributes: Attributes) -> Tensor:
    """The mean over a window: of its elements inside the image, or with `count_include_pad` inside the padding as well."""
    image = operands[0]
    assert image is not None
    ones = torch.ones_like(image)
    total = _windows(image, attributes, 0.0).sum(-1)
    if attributes.get("count_include_pad", 0):
        inside = _windows(_padded(ones, attributes, 1.0), {**attributes, "pads": (0,) * 2 * (image.dim() - 2)}, 0.0)
    else:
        inside = _windows(ones, attributes, 0.0)
    return total / inside.sum(-1)


def _windows(image: Tensor, attributes: Attributes, value: float) -> Tensor:
    """The windows of a pooling, the elements of each along a last axis.

    With `ceil_mode` the image is lengthened where a last window begins inside it or its left padding (torch's rule).
    """
    rank = image.dim() - 2
    kernel, strides = attributes["kernel_shape"], attributes.get("strides", (1,) * rank)
    padded = _padded(image, attributes, value)
    if attributes.get("ceil_mode", 0):
        begins = attributes.get("pads", (0,) * rank)[:rank]
        ends = [begin + size for begin, size in zip(begins, image.shape[2:], strict=True)]
        extra = [_lengthening(*sizes) for sizes in zip(padded.shape[2:], kernel, strides, ends, strict=True)]
        padded = functional.pad(padded, [size for more in reversed(extra) for size in (0, more)], value=value)
    for axis, (size, stride) in enumerate(zip(kernel, strides, strict=True)):
        padded = padded.unfold(axis + 2, size, stride)
    return padded.flatten(2 + rank)


def _lengthening(length: int, kernel: int, stride: int, end: int) -> int:
    """Elements that a last window lacks; 0 where it would begin behind the image's end."""
    rest = (length - kernel) % stride
    return stride - rest if rest and length - kernel - rest + stride < end else 0


def _grid_sample(operands: Operands, attributes: Attributes) -> Tensor:
    image, grid = operands
    assert image is not None
    assert grid is not None
    mode = {b"linear": "bilinear", b"cubic": "bicubic"}.get(attributes["mode"], attributes["mode"].decode())
    padding, corners = attributes["padding_mode"].decode(), bool(attributes["align_corners"])
    return functional.grid_sample(image, grid, mode, padding, corners)


def _global_mean(operands: Operands, _: Attributes) -> Tensor:
    image = operands[0]
    assert image is not None
    return image.mean(dim=tuple(range(2, image.dim())), keepdim=True)


def _cast(operands: Operands, attributes: Attributes) -> Tensor:
    value = operands[0]
    assert value is not None
    if attributes["to"] in _FLOATS:
        return value.double()
    if attributes["to"] == TensorProto.FLOAT16:  # which rounds on purpose
        return value.half()
    return torch.from_numpy(value.numpy().astype(helper.tensor_dtype_to_np_dtype(attributes["to"])))


def _given(name: str) -> Callable[[Operands, Attributes], Tensor]:
    """One of tests/networks' operations, which have no absent operands."""
    return lambda operands, attributes: OPERATIONS[name]([item for item in operands if item is not None], attributes)


SINGLE: Mapping[str, Callable[[Operands, Attributes], Tensor]] = {
    **{name: _given(name) for name in ("Add", "BatchNormalization", "Gemm", "MatMul", "Mul", "Softmax", "Transpose")},
    "AveragePool": _average_pool,
    "Cast": _cast,
    "Conv": _convolution,
    "ConvTranspose": _transposed,
    "GlobalAveragePool": _global_mean,
    "GridSample": _grid_sample,
    "LayerNormalization": _given("LayerNormalization"),
    "MaxPool": _max_pool,
}
SEVERAL: Mapping[str, Callable[[Operands, Attributes], list[Tensor]]] = {"LSTM": lstm, "GRU": gru}
