"""Networks with distinct sizes on every axis and normalisations that do something, for `conftest`."""

from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Made:
    """A model, its inputs and its name."""

    name: str
    model: nn.Module
    inputs: Any


def cnn() -> Made:
    torch.manual_seed(3)
    model = nn.Sequential(
        nn.Conv2d(3, 7, (3, 2)), nn.BatchNorm2d(7), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(7, 12, 3), nn.Flatten(), nn.Linear(12 * 2 * 4, 5),
    )  # fmt: skip
    norm = cast("nn.BatchNorm2d", model[1])
    nn.init.normal_(cast("Tensor", norm.running_mean), std=0.3)
    nn.init.uniform_(cast("Tensor", norm.running_var), 0.3, 2.0)
    nn.init.uniform_(norm.weight, 0.5, 1.5)
    nn.init.normal_(norm.bias, std=0.2)
    return Made("cnn", model, torch.randn(2, 3, 11, 14))


class Choices(nn.Module):
    """Comparisons, choices and their indices."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(6, 9)

    def forward(self, x: Tensor, weights: Tensor) -> dict[str, Tensor]:
        y = self.linear(x) * weights
        mask = y > 0.1
        largest, where = torch.where(mask, y, y.exp()).max(dim=1)
        return {"mask": mask, "where": where, "largest": largest, "energy": (y**2).sum()}


def choices() -> Made:
    torch.manual_seed(4)
    return Made("choices", Choices(), (torch.randn(4, 6), torch.rand(4, 9) + 0.5))


class Aliases(nn.Module):
    """clone, a concatenation of one, expand to the same shape: the ONNX has no node for them."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.linear = nn.Linear(5, 2)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        y = torch.cat([self.conv(x.clone())], dim=1).expand(2, 4, 4, 5)
        z = torch.tanh(self.linear(y))
        return z.clone(), z.flatten(1)


def aliases() -> Made:
    torch.manual_seed(5)
    return Made("aliases", Aliases(), torch.randn(2, 3, 6, 7))
