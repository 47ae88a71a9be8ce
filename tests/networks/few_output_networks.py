"""Small correct networks of one or two output elements at batch 1: where a calibrated tolerance is most easily too tight.

A single rounding is a random draw, and where terms cancel the result may be far smaller than what was added.
"""

from collections.abc import Callable, Mapping
from typing import cast

import torch
import torch.nn.functional as F
from made_network import Made, randomise_norms
from torch import Tensor, nn


def conv_bn_linear() -> Made:
    model = nn.Sequential(
        nn.Conv2d(3, 5, 3, padding=1),
        nn.BatchNorm2d(5),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(5, 7, 3),
        nn.BatchNorm2d(7),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(7, 1),
    )
    return randomise_norms(model), torch.randn(1, 3, 12, 18)


def mlp_one() -> Made:
    return nn.Sequential(nn.Linear(13, 37), nn.ReLU(), nn.Linear(37, 29), nn.Tanh(), nn.Linear(29, 1)), torch.randn(
        1, 13
    )


def mlp_two_gelu() -> Made:
    return nn.Sequential(nn.Linear(6, 64), nn.GELU(), nn.Linear(64, 64), nn.GELU(), nn.Linear(64, 2)), torch.randn(1, 6)


def sigmoid_head() -> Made:
    return nn.Sequential(nn.Linear(9, 31), nn.SiLU(), nn.Linear(31, 1), nn.Sigmoid()), torch.randn(1, 9)


def softmax_two() -> Made:
    return nn.Sequential(nn.Linear(11, 40), nn.ReLU(), nn.Linear(40, 2), nn.Softmax(dim=1)), torch.randn(1, 11)


def log_softmax_two() -> Made:
    return nn.Sequential(nn.Linear(11, 40), nn.ELU(), nn.Linear(40, 2), nn.LogSoftmax(dim=1)), torch.randn(1, 11)


def layer_norm_one() -> Made:
    return randomise_norms(nn.Sequential(nn.Linear(9, 33), nn.LayerNorm(33), nn.GELU(), nn.Linear(33, 1))), torch.randn(
        1, 9
    )


class Siamese(nn.Module):
    """The difference of two embeddings that are close: the result cancels."""

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Sequential(nn.Linear(10, 32), nn.Tanh(), nn.Linear(32, 1))

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        return cast("Tensor", self.embed(a) - self.embed(b))


def siamese() -> Made:
    a = torch.randn(1, 10)
    return Siamese(), (a, a + 1e-3 * torch.randn(1, 10))


class Distance(nn.Module):
    """The distance of two embeddings."""

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 4 * 6, 8))

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        return torch.sqrt(((self.embed(a) - self.embed(b)) ** 2).sum(dim=1))


def distance() -> Made:
    return Distance(), (torch.randn(1, 1, 6, 8), torch.randn(1, 1, 6, 8))


class Cosine(nn.Module):
    """Cosine similarity of two embeddings."""

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Linear(10, 24)

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        return F.cosine_similarity(self.embed(a), self.embed(b))


def cosine() -> Made:
    return Cosine(), (torch.randn(1, 10), torch.randn(1, 10))


class Residual(nn.Module):
    """x + f(x) with a global mean at the end."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv1d(2, 6, 5, padding=2)
        self.norm = nn.BatchNorm1d(6)
        self.second = nn.Conv1d(6, 2, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        y = x + self.second(torch.relu(self.norm(self.first(x))))
        return torch.mean(y, dim=(1, 2))


def residual_mean() -> Made:
    return randomise_norms(Residual()), torch.randn(1, 2, 31)


FEW_OUTPUTS: Mapping[str, Callable[[], Made]] = {
    function.__name__: function
    for function in (
        conv_bn_linear,
        mlp_one,
        mlp_two_gelu,
        sigmoid_head,
        softmax_two,
        log_softmax_two,
        layer_norm_one,
        siamese,
        distance,
        cosine,
        residual_mean,
    )
}
