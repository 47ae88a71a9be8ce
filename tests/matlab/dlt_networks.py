"""Small networks for the generated MATLAB code: every axis has a size of its own, and statistics are not trivial."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

Made = tuple[nn.Module, Any]
FIXTURE = Path(__file__).parents[2] / "fixtures" / "cifar10_net" / "checkpoint.safetensors"


def randomised(model: nn.Module) -> nn.Module:
    """Parameters and statistics of normalizations that do something."""
    for module in model.modules():
        if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)):
            nn.init.normal_(cast("Tensor", module.running_mean), std=0.3)
            nn.init.uniform_(cast("Tensor", module.running_var), 0.3, 2.0)
        if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d, nn.GroupNorm, nn.InstanceNorm2d, nn.LayerNorm)):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias, std=0.2)
    return model


def cnn() -> Made:
    model = nn.Sequential(
        nn.Conv2d(3, 6, (3, 2), padding=(1, 0), bias=False), nn.BatchNorm2d(6, eps=1e-3), nn.ReLU(), nn.MaxPool2d(2, padding=(1, 0)),
        nn.Flatten(), nn.Tanh(), nn.Linear(6 * 5 * 3, 4),
    )  # fmt: skip
    return randomised(model), torch.randn(2, 3, 9, 7)


class Residual(nn.Module):
    """A sum, a product that expands, a concatenation, groups, depthwise, and hardswish as exporters write it."""

    def __init__(self) -> None:
        super().__init__()
        self.enter = nn.Conv2d(3, 4, 3, padding=1)
        self.grouped = nn.Conv2d(4, 4, 3, padding=1, groups=2)
        self.depthwise = nn.Conv2d(4, 8, (1, 3), groups=4, dilation=(1, 2))
        self.squeeze = nn.Conv2d(8, 8, 1)
        self.head = nn.Linear(16, 3)

    def forward(self, x: Tensor) -> Tensor:
        y = self.enter(x)
        y = F.relu6(y + self.grouped(y))
        y = self.depthwise(y)
        y = y * F.hardsigmoid(self.squeeze(F.adaptive_avg_pool2d(y, 1)))
        y = torch.cat([y, F.hardswish(y)], dim=1)
        return cast("Tensor", self.head(y.mean((2, 3))))


def residual() -> Made:
    return Residual(), torch.randn(2, 3, 9, 7)


def transposed() -> Made:
    model = nn.Sequential(
        nn.ConvTranspose2d(3, 5, (3, 2), stride=(2, 3), padding=(1, 0)), nn.LeakyReLU(0.2), nn.GroupNorm(5, 5),
        nn.ConvTranspose2d(5, 2, 3, stride=2, padding=1, output_padding=1), nn.AvgPool2d(3, 2, 1, count_include_pad=False),
    )  # fmt: skip
    return randomised(model), torch.randn(2, 3, 5, 4)


class Enlarging(nn.Module):
    """Every kind of enlarging, and parts of the channels."""

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        first, second = x.chunk(2, dim=1)
        return (
            F.interpolate(first, scale_factor=2),
            F.interpolate(first, size=(8, 9), mode="nearest"),
            F.interpolate(second, scale_factor=1.7, mode="bilinear"),
            F.interpolate(second, size=(13, 11), mode="bilinear", align_corners=True),
        )


def enlarging() -> Made:
    return Enlarging(), torch.randn(2, 4, 5, 7)


class LastStep(nn.Module):
    """A recurrent layer and a head on its last time step."""

    def __init__(self, cell: type[nn.LSTM | nn.GRU], *, batch_first: bool, **options: Any) -> None:
        super().__init__()
        self.cell = cell(5, 6, batch_first=batch_first, **options)
        self.last = (slice(None), -1) if batch_first else -1
        self.head = nn.Linear(12 if options.get("bidirectional") else 6, 3)

    def forward(self, x: Tensor) -> Tensor:
        return cast("Tensor", self.head(self.cell(x)[0][self.last]))


def lstm() -> Made:
    return LastStep(nn.LSTM, batch_first=True, num_layers=2), torch.randn(2, 8, 5)


def bilstm() -> Made:
    return LastStep(nn.LSTM, batch_first=True, bidirectional=True), torch.randn(3, 8, 5)


def gru() -> Made:
    return LastStep(nn.GRU, batch_first=False), torch.randn(8, 2, 5)


class Hidden(nn.Module):
    """The last hidden state, and a mean over time."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.LSTM(5, 6, batch_first=True)
        self.second = nn.GRU(6, 4, batch_first=True, bias=False)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        y, _ = self.first(x)
        return self.second(y)[1][-1], y.mean(dim=1)


def hidden() -> Made:
    return Hidden(), torch.randn(2, 8, 5)


def mlp() -> Made:
    model = nn.Sequential(
        nn.Linear(6, 8), nn.LayerNorm(8), nn.GELU(), nn.Linear(8, 5, bias=False), nn.BatchNorm1d(5), nn.GELU("tanh"), nn.Linear(5, 4),
        nn.LogSoftmax(1),
    )  # fmt: skip
    return randomised(model), torch.randn(3, 6)


def tokens() -> Made:
    model = nn.Sequential(nn.Linear(5, 8), nn.LayerNorm(8), nn.SiLU(), nn.Flatten(), nn.Linear(56, 3), nn.Softmax(1))
    return randomised(model), torch.randn(2, 7, 5)


def conv_1d() -> Made:
    model = nn.Sequential(
        nn.Conv1d(4, 8, 3, padding=1), nn.BatchNorm1d(8), nn.ELU(0.7), nn.MaxPool1d(2), nn.Flatten(), nn.Linear(40, 3)
    )
    return randomised(model), torch.randn(2, 4, 10)


def conv_3d() -> Made:
    model = nn.Sequential(
        nn.Conv3d(2, 3, (2, 3, 1), padding=(1, 0, 0)), nn.ReLU(), nn.MaxPool3d((1, 2, 2)), nn.Flatten(), nn.Linear(3 * 6 * 2 * 3, 3)
    )  # fmt: skip
    return model, torch.randn(2, 2, 5, 6, 7)


class Flattened(nn.Module):
    """A flattened image that is read by more than fully connected layers: as an output, and by a normalization."""

    mean: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.randn(1, 3, 1, 1))
        self.conv = nn.Conv2d(3, 4, 3)
        self.norm = nn.BatchNorm1d(4 * 7 * 5)
        self.head = nn.Linear(4 * 7 * 5, 3)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        y = self.conv((x - self.mean) / 0.3).flatten(1)
        return self.head(self.norm(y)), y


def flattened() -> Made:
    return randomised(Flattened()), torch.randn(2, 3, 9, 7)


class TwoInputs(nn.Module):
    """An image and features."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.linear = nn.Conv2d(2, 3, 3), nn.Linear(5, 4)

    def forward(self, image: Tensor, extra: Tensor) -> Tensor:
        return torch.cat([self.conv(image).mean((2, 3)), self.linear(extra)], dim=1)


def two_inputs() -> Made:
    return TwoInputs(), (torch.randn(2, 2, 5, 4), torch.randn(2, 5))


NETWORKS: Mapping[str, Callable[[], Made]] = {
    function.__name__: function
    for function in (
        cnn,
        residual,
        transposed,
        enlarging,
        lstm,
        bilstm,
        gru,
        hidden,
        mlp,
        tokens,
        conv_1d,
        conv_3d,
        flattened,
        two_inputs,
    )
}


def attention() -> Made:
    """What the toolbox has no layers for."""
    return nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), torch.randn(2, 5, 8)
