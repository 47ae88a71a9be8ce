"""The U-Net of the ONNX file beside the files that MATLAB saved, as a PyTorch module with that file's weights."""

from pathlib import Path
from typing import Any, cast

import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn


class UNet(nn.Module):
    """The 19 convolutions and 4 transposed convolutions of unet_113.onnx, by the names of its nodes, and nothing learnt besides."""

    def __init__(self, layers: dict[str, nn.Module]) -> None:
        super().__init__()
        for name, layer in layers.items():
            self.add_module(name, layer)

    def _run(self, name: str, x: Tensor) -> Tensor:
        return cast("Tensor", self.get_submodule(name)(x))

    def forward(self, x: Tensor) -> Tensor:
        skipped = []
        for level in range(5):
            for place in (2 * level, 2 * level + 1):
                x = nn.functional.leaky_relu(self._run(_named("conv2d", place), x), 0.2)
            if level < 4:
                skipped.append(x)
                x = nn.functional.max_pool2d(x, 2)
        for level in range(4):
            x = torch.cat([self._run(_named("conv2d_transpose", level), x), skipped.pop()], dim=1)
            for place in (10 + 2 * level, 11 + 2 * level):
                x = torch.relu(self._run(_named("conv2d", place), x))
        return self._run("conv2d_18", x)


def _named(stem: str, place: int) -> str:
    return f"{stem}_{place}" if place else stem


def unet(path: Path) -> UNet:
    """The module with the weights of the ONNX file."""
    graph = onnx.load(path).graph
    arrays = {item.name: torch.from_numpy(numpy_helper.to_array(item).copy()) for item in graph.initializer}
    return UNet(
        {
            node.name.split("/")[-2]: _layer(node.op_type, arrays[node.input[1]], arrays[node.input[2]])
            for node in graph.node
            if node.op_type in {"Conv", "ConvTranspose"}
        }
    )


def _layer(kind: str, weight: Tensor, bias: Tensor) -> nn.Module:
    size: Any = tuple(weight.shape[2:])
    if kind == "Conv":
        layer: nn.Conv2d | nn.ConvTranspose2d = nn.Conv2d(weight.shape[1], weight.shape[0], size, padding="same")
    else:
        layer = nn.ConvTranspose2d(weight.shape[0], weight.shape[1], size, stride=2, padding=1, output_padding=1)
    assert layer.bias is not None
    layer.weight.data, layer.bias.data = weight, bias
    return layer
