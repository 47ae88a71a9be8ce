"""Small ONNX files made by hand, for tests of what reads them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

Size = int | str


def value(name: str, shape: Sequence[Size] = (1, 3, 8, 6)) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)


def weight(name: str, *shape: int) -> TensorProto:
    return numpy_helper.from_array(np.linspace(-1, 1, int(np.prod(shape)), dtype=np.float32).reshape(shape), name)


def model(
    nodes: Sequence[NodeProto],
    weights: Sequence[TensorProto] = (),
    inputs: Sequence[onnx.ValueInfoProto] | None = None,
    outputs: Sequence[onnx.ValueInfoProto] | None = None,
    *,
    opset: int = 17,
    ir_version: int = 8,
) -> ModelProto:
    """A model from x to y; its output has the shape that inference finds, unless it is given."""
    graph = helper.make_graph(
        nodes,
        "net",
        [value("x")] if inputs is None else inputs,
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)] if outputs is None else outputs,
        weights,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=ir_version)


def node(operator: str, inputs: str, outputs: str = "y", name: str = "", **attributes: Any) -> NodeProto:
    return helper.make_node(operator, inputs.split(), outputs.split(), name=name, **attributes)


def relu() -> ModelProto:
    return model([node("Relu", "x", "y", "relu")], outputs=[value("y")])


def written(proto: ModelProto, path: Path) -> Path:
    path.write_bytes(proto.SerializeToString())
    return path


def torch_2_9_style() -> ModelProto:
    """Convolutions as the file of torch 2.9.1 has them that MATLAB imported badly: no kernel_shape, auto_pad NOTSET, symbolic H and W."""
    attributes: dict[str, Any] = {"auto_pad": "NOTSET", "pads": [1, 1, 1, 1], "strides": [1, 1], "group": 1}
    nodes = [
        node("Conv", "x w1", "conv2d", "node_conv2d", **attributes),
        node("Relu", "conv2d", "relu", "node_relu"),
        node("Conv", "relu w2", "y", "node_conv2d_1", **attributes),
    ]
    size: tuple[Size, ...] = (1, 3, "height", "width")
    return model(
        nodes, [weight("w1", 4, 3, 3, 3), weight("w2", 5, 4, 3, 3)], [value("x", size)], [value("y", (1, 5, *size[2:]))],
        opset=18, ir_version=10,
    )  # fmt: skip


def convolution(*, kernel: bool = True, auto_pad: bool = False, symbolic: bool = False, group: int = 1) -> ModelProto:
    """One convolution with as many of the three peculiarities as wanted."""
    attributes: dict[str, Any] = {"group": group}
    attributes |= {"kernel_shape": [3, 3]} if kernel else {}
    attributes |= {"auto_pad": "NOTSET"} if auto_pad else {}
    size: tuple[Size, ...] = (1, 4, "h", "w") if symbolic else (1, 4, 8, 6)
    inputs = [value("x", size)]
    return model([node("Conv", "x w", "y", "conv", **attributes)], [weight("w", 6, 4 // group, 3, 3)], inputs)
