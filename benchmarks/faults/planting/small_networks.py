"""Small networks that have a place for every kind of fault: what the tests' networks and torchvision's lack."""

from collections.abc import Callable, Mapping
from typing import cast

import torch
from made_network import Made, randomise_norms
from torch import Tensor, nn
from torch.nn import functional


class Plain(nn.Module):
    """A classifier whose maps are flattened with height and width apart; a square linear layer; a softmax."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 8, 3, padding=1),
            nn.BatchNorm2d(8),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(8, 8, 3, stride=2, padding=1),
            nn.BatchNorm2d(8),
            nn.SiLU(),
            nn.Conv2d(8, 8, 3, padding=1),
            nn.LeakyReLU(0.1),
            nn.AvgPool2d(3, stride=2, padding=1),
        )
        self.first, self.second, self.third = nn.Linear(8 * 3 * 2, 24), nn.Linear(24, 24), nn.Linear(24, 5)

    def forward(self, x: Tensor) -> Tensor:
        y = torch.flatten(self.features(x), 1)
        y = torch.relu(self.second(torch.tanh(self.first(y))))
        return torch.softmax(self.third(y), dim=1)


def plain() -> Made:
    return randomise_norms(Plain()), torch.randn(3, 3, 24, 16)


class Square(nn.Module):
    """As many observations as channels, as high as wide: no shape tells an exchange of axes."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.norm = nn.Conv2d(3, 6, 3, padding=1), nn.BatchNorm2d(6)
        self.second, self.third = nn.Conv2d(6, 6, 3, padding=1), nn.Linear(6 * 3 * 3, 6)

    def forward(self, x: Tensor) -> Tensor:
        y = functional.max_pool2d(torch.relu(self.norm(self.first(x))), 2)
        return cast("Tensor", self.third(torch.flatten(torch.tanh(self.second(y)), 1)))


def square() -> Made:
    return randomise_norms(Square()), torch.randn(6, 3, 6, 6)


class Windows(nn.Module):
    """Every way in which a window can slide: strides without padding, last windows that overhang, averages over padding."""

    def __init__(self) -> None:
        super().__init__()
        self.enter = nn.Conv2d(3, 6, 3, stride=2)
        self.most = nn.MaxPool2d(3, stride=2)
        self.over = nn.MaxPool2d(2, stride=2, ceil_mode=True)
        self.mean = nn.AvgPool2d(3, stride=1, padding=1, count_include_pad=False)
        self.deep = nn.Conv2d(6, 10, 3, padding=2, dilation=2)
        self.leave = nn.Linear(10, 4)

    def forward(self, x: Tensor) -> Tensor:
        y = self.over(self.most(torch.relu(self.enter(x))))
        return cast("Tensor", self.leave(self.deep(self.mean(y)).mean((2, 3))))


def windows() -> Made:
    return Windows(), torch.randn(2, 3, 37, 29)


class Joined(nn.Module):
    """Branches that are joined along the channels, a residual sum, and images that are enlarged."""

    def __init__(self) -> None:
        super().__init__()
        self.left, self.right = nn.Conv2d(3, 6, 3, padding=1), nn.Conv2d(3, 6, (3, 5), padding=(1, 2))
        self.norm = nn.BatchNorm2d(12)
        self.block = nn.Conv2d(12, 12, 3, padding=1)
        self.rise = nn.ConvTranspose2d(12, 8, 3, stride=2)
        self.leave = nn.Conv2d(8, 3, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        y = torch.relu(self.norm(torch.cat([self.left(x), self.right(x)], dim=1)))
        y = y + functional.gelu(self.block(y))
        y = functional.interpolate(y, scale_factor=2.0, mode="bilinear", align_corners=True)
        y = functional.interpolate(self.rise(y), size=(40, 28), mode="bilinear", align_corners=False)
        return torch.sigmoid(self.leave(y))


def joined() -> Made:
    return randomise_norms(Joined()), torch.randn(2, 3, 10, 7)


class Mixer(nn.Module):
    """Tokens: LayerNorm, GELU, a softmax over the tokens."""

    def __init__(self) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, 16, 4, stride=4)
        self.norm = nn.LayerNorm(16)
        self.up, self.down = nn.Linear(16, 32), nn.Linear(32, 16)
        self.score, self.head = nn.Linear(16, 1), nn.Linear(16, 6)

    def forward(self, x: Tensor) -> Tensor:
        y = self.patches(x).flatten(2).transpose(1, 2)
        y = y + self.down(functional.gelu(self.up(self.norm(y))))
        weights = torch.softmax(self.score(y), dim=1)
        return cast("Tensor", self.head((weights * y).sum(dim=1)))


def mixer() -> Made:
    return randomise_norms(Mixer()), torch.randn(2, 3, 24, 16)


def _recurrent(kind: type[nn.LSTM] | type[nn.GRU]) -> nn.Module:
    class Sequence(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.cells = kind(5, 8, batch_first=True)
            self.head = nn.Linear(8, 3)

        def forward(self, x: Tensor) -> Tensor:
            return cast("Tensor", self.head(self.cells(x)[0]))

    return Sequence()


def lstm_tagger() -> Made:
    return _recurrent(nn.LSTM), torch.randn(2, 11, 5)


def gru_tagger() -> Made:
    return _recurrent(nn.GRU), torch.randn(2, 11, 5)


PLACES_FOR_ALL: Mapping[str, Callable[[], Made]] = {
    function.__name__: function for function in (plain, square, windows, joined, mixer, lstm_tagger, gru_tagger)
}
