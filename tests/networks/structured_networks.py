"""Small correct networks whose structure could mislead a comparison: shared modules and weights, odd inputs, outputs and names."""

from collections.abc import Callable, Mapping
from typing import Any, cast

import torch
import torch.nn.functional as F
from made_network import Made
from torch import Tensor, nn


class Repeated(nn.Module):
    """One module called three times."""

    def __init__(self) -> None:
        super().__init__()
        self.block = nn.Sequential(nn.Linear(9, 9), nn.Tanh())
        self.relu = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        y = self.relu(self.block(x))
        y = self.relu(self.block(y) + x)
        return cast("Tensor", self.relu(self.block(y)))


def repeated() -> Made:
    return Repeated(), torch.randn(2, 9)


class Nested(nn.Module):
    """Keyword inputs in, a dict with a tuple out."""

    def __init__(self) -> None:
        super().__init__()
        self.left, self.right = nn.Linear(5, 6), nn.Linear(7, 6)

    def forward(self, image: Tensor, extra: Tensor) -> dict[str, Any]:
        a, b = self.left(image), self.right(extra)
        return {"sum": a + b, "pair": (a.relu(), b.sigmoid())}


def nested() -> Made:
    return Nested(), {"image": torch.randn(2, 5), "extra": torch.randn(2, 7)}


class TiedEmbedding(nn.Module):
    """Integer inputs; the embedding's weight is the head's weight too."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(23, 12)
        self.inner = nn.Linear(12, 12)
        self.head = nn.Linear(12, 23, bias=False)
        self.head.weight = self.embedding.weight

    def forward(self, tokens: Tensor) -> Tensor:
        return cast("Tensor", self.head(torch.relu(self.inner(self.embedding(tokens)))))


def tied_embedding() -> Made:
    return TiedEmbedding(), torch.randint(0, 23, (2, 7))


class TiedLinear(nn.Module):
    """Two Linear layers that share weight and bias."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(8, 8), nn.Linear(8, 8)
        self.second.weight, self.second.bias = self.first.weight, self.first.bias

    def forward(self, x: Tensor) -> Tensor:
        return cast("Tensor", self.second(torch.relu(self.first(x))))


def tied_linear() -> Made:
    return TiedLinear(), torch.randn(3, 8)


class PassThrough(nn.Module):
    """One output is the input itself, one is a constant."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(4, 3)
        self.scale = nn.Parameter(torch.randn(3))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return self.linear(x) * self.scale, x


def passed_through() -> Made:
    return PassThrough(), torch.randn(2, 4)


class ConstantOutput(nn.Module):
    """One output does not depend on the input."""

    anchors: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(4, 3)
        self.register_buffer("anchors", torch.arange(5.0))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return self.linear(x), self.anchors * 2.0


def constant_output() -> Made:
    return ConstantOutput(), torch.randn(2, 4)


def dropouts() -> Made:
    return nn.Sequential(
        nn.Linear(6, 20), nn.Dropout(0.5), nn.ReLU(), nn.Dropout(0.5), nn.Linear(20, 4), nn.Dropout(0.1)
    ), torch.randn(3, 6)


class InPlace(nn.Module):
    """Overwrites its own input."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(6, 5)

    def forward(self, x: Tensor) -> Tensor:
        x.mul_(2.0).add_(1.0)
        y = F.relu(self.linear(x), inplace=True)
        y += 0.5
        return y


def in_place() -> Made:
    return InPlace(), torch.randn(3, 6)


class NonPersistent(nn.Module):
    """A buffer that no state_dict holds."""

    offset: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(6, 5)
        self.register_buffer("offset", torch.randn(5), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        return torch.tanh(self.linear(x) + self.offset)


def non_persistent_buffer() -> Made:
    return NonPersistent(), torch.randn(3, 6)


class Keywords(nn.Module):
    """Modules named like MATLAB keywords and like nothing MATLAB accepts."""

    def __init__(self) -> None:
        super().__init__()
        self.add_module("end", nn.Linear(6, 7))
        self.add_module("function", nn.ReLU())
        self.add_module("ans", nn.Linear(7, 8))
        self.add_module("_1st", nn.Linear(8, 3))
        self.add_module("größe", nn.Linear(3, 2))

    def forward(self, x: Tensor) -> Tensor:
        for module in self.children():
            x = module(x)
        return x


def matlab_keywords() -> Made:
    return Keywords(), torch.randn(3, 6)


STRUCTURES: Mapping[str, Callable[[], Made]] = {
    function.__name__: function
    for function in (
        repeated,
        nested,
        tied_embedding,
        tied_linear,
        passed_through,
        constant_output,
        dropouts,
        in_place,
        non_persistent_buffer,
        matlab_keywords,
    )
}
