"""Small networks for the tests of xverify/program and xverify/onnx_export, captured once a session: each takes a second.

Every axis has a size of its own, and normalisations have statistics that do something.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

import onnx_ir as ir
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.fx import Node

from xverify.onnx_export.ready import ReadyModel, make_ready
from xverify.onnx_export.target import Target
from xverify.program.agreement import eager_outputs
from xverify.program.capture import Arguments, Captured, capture, prepare
from xverify.program.layers import Network, ProgramLayer, find_layers
from xverify.program.recorder import Recorded, Recorder
from xverify.workflows.api import as_arguments

TARGET = Target("R2024b", opset=17, ir_version=8)


@dataclass(frozen=True)
class Case:
    """A prepared model, its inputs, and what was captured of it. The captured ONNX model is the raw one."""

    model: nn.Module
    inputs: Arguments
    captured: Captured
    network: Network

    @property
    def layers(self) -> dict[str, ProgramLayer]:
        """Layers by id."""
        return {layer.id: layer for layer in self.network.layers}

    def make_ready(self) -> ReadyModel:
        """The MATLAB-ready model, made of a copy of the raw one."""
        raw = ir.from_proto(ir.to_proto(self.captured.onnx_model))
        return make_ready(
            raw, {self.network.tensor_name(layer.node): layer.id for layer in self.network.layers}, TARGET
        )

    def record(self, *, noise_runs: int = 2, seed: int = 0, float64: bool = True) -> dict[str, Recorded]:
        """What the recorder says of each layer, by id."""
        ids = {layer.node: layer.id for layer in self.network.layers}
        runs = Recorder(self.network, self.inputs, noise_runs=noise_runs, seed=seed, float64=float64)
        return {ids[node]: recorded for node, recorded in runs}


def case_of(model: nn.Module, inputs: Any) -> Case:
    """Captures any model."""
    ready, arguments = prepare(model), as_arguments(inputs)
    names = [output.name for output in eager_outputs(ready, arguments)]
    captured = capture(ready, arguments)
    return Case(ready, arguments, captured, find_layers(captured.program, names))


Make = Callable[[], tuple[nn.Module, Any]]


@cache
def captured(make: Make) -> Case:
    """Captures one of the networks below, once."""
    torch.manual_seed(sum(map(ord, make.__name__)))
    return case_of(*make())


def watch(case: Case, look: Callable[[Recorder, Node, Recorded], None], **options: Any) -> None:
    """Calls `look` at each layer while the values of all runs are alive."""
    recorder = Recorder(case.network, case.inputs, **({"noise_runs": 2, "seed": 0} | options))
    for node, recorded in recorder:
        look(recorder, node, recorded)


@cache
def ready(make: Make) -> ReadyModel:
    """The MATLAB-ready model of one of the networks below, made once: do not change it."""
    return captured(make).make_ready()


def randomised(model: nn.Module) -> nn.Module:
    """Statistics, scales and offsets as after a training."""
    for module in model.modules():
        if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)):
            nn.init.normal_(cast("Tensor", module.running_mean), std=0.4)
            nn.init.uniform_(cast("Tensor", module.running_var), 0.3, 2.0)
        if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d, nn.LayerNorm)):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias, std=0.3)
    return model


class ConvNet(nn.Module):
    """Convolutions with and without bias, grouped and transposed; BatchNorm, pooling, one ReLU used three times."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 6, (3, 2), bias=False), nn.BatchNorm2d(6))
        self.grouped = nn.Conv2d(6, 4, (2, 3), groups=2)
        self.up = nn.ConvTranspose2d(4, 5, (2, 3), stride=(1, 2))
        self.up_grouped = nn.ConvTranspose2d(5, 10, (3, 4), stride=2, groups=5)
        self.relu = nn.ReLU()
        self.pool = nn.MaxPool2d((2, 3))
        self.mean = nn.AvgPool2d((3, 2), stride=1)
        self.head = nn.Sequential(nn.Flatten(), nn.Linear(10, 7), nn.Softmax(dim=1))

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        y = self.relu(self.stem(image))
        y = self.relu(self.grouped(y))
        y = self.relu(self.up(y))
        y = self.mean(self.pool(self.up_grouped(y)))
        return {"scores": self.head(y.mean((2, 3), keepdim=True)), "features": y}


def conv_net() -> tuple[nn.Module, Any]:
    return randomised(ConvNet()), torch.randn(2, 3, 11, 14)


class Sequences(nn.Module):
    """Integer inputs; LSTM, GRU, LayerNorm, Linear of rank 3, PReLU, a dropout that evaluation removes, tied weights."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(13, 5)
        self.lstm = nn.LSTM(5, 4, batch_first=True, bidirectional=True)
        self.gru = nn.GRU(8, 6, batch_first=True)
        self.norm = nn.LayerNorm(6)
        self.dropout = nn.Dropout(0.3)
        self.wide = nn.Linear(6, 5)
        self.prelu = nn.PReLU()
        self.head = nn.Linear(5, 13, bias=False)
        self.head.weight = self.embedding.weight

    def forward(self, tokens: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        y, (_, cell) = self.lstm(self.embedding(tokens))
        y, state = self.gru(y)
        y = self.prelu(self.wide(self.dropout(self.norm(y))))
        return self.head(y), cell, state


def sequences() -> tuple[nn.Module, Any]:
    return randomised(Sequences()), torch.randint(0, 13, (3, 7))


class Oddities(nn.Module):
    """Functions at the root, tuples, values of shapes alone, outputs that are constants, parameters and inputs."""

    anchors: Tensor
    shift: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.blocks = nn.Sequential(nn.Sequential(nn.Linear(8, 12), nn.Tanh()), nn.Sequential(nn.Linear(12, 12)))
        self.twin = nn.Linear(12, 12)
        self.twin.weight = cast("nn.Linear", cast("nn.Sequential", self.blocks[1])[0]).weight
        self.scale = nn.Parameter(torch.randn(6))
        self.weight = nn.Parameter(torch.randn(4, 6))
        self.register_buffer("anchors", torch.randn(4))
        self.register_buffer("shift", torch.randn(6), persistent=False)

    def forward(self, c_state: Tensor, extra: Tensor) -> dict[str, Any]:
        y = F.gelu(self.twin(self.blocks(c_state)))
        first, second = torch.chunk(y, 2, dim=1)
        small, _, large = torch.split(second, [1, 2, 3], dim=1)
        mask = c_state.new_zeros(6)
        values, indices = torch.topk(first * self.scale + mask, 3, dim=1)
        return {
            "pair": (values, indices),
            "mixed": torch.tanh(first - self.shift) @ self.weight.t(),
            "edges": torch.cat([small, large], dim=1) + extra,
            "label": y.argmax(dim=1),
            "anchors": self.anchors * 2.0,
            "scale": self.scale,
            "extra": extra,
        }


def oddities() -> tuple[nn.Module, Any]:
    return Oddities(), {"c_state": torch.randn(3, 8), "extra": torch.randn(3, 1)}


class Attention(nn.Module):
    """Self-attention on two tokens of a batch of two, a window partition, and a head on the first token."""

    def __init__(self) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(6, 3, batch_first=True)
        self.head = nn.Linear(6, 5)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        y, _ = self.attention(x, x, x, need_weights=False)
        windows = y.view(2, 2, 2, 3).permute(0, 2, 1, 3).reshape(4, 6)
        return self.head(y.mean(dim=1)), windows * 2.0


def attention() -> tuple[nn.Module, Any]:
    return Attention(), torch.randn(2, 2, 6)
