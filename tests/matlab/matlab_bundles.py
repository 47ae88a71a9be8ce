"""The bundles that matlab/tests runs: every axis has a size of its own, and every change has a layer to show in."""

from collections import OrderedDict
from pathlib import Path
from typing import cast

import torch
from torch import Tensor, nn

import xverify
from xverify.bundle.bundle import Bundle


def export_images(path: Path) -> Bundle:
    """A small classifier; its kernel is square, so that an exchange of height and width keeps the shape."""
    torch.manual_seed(1)
    layers = OrderedDict(
        conv=nn.Conv2d(3, 6, 3, padding=1), norm=nn.BatchNorm2d(6), relu=nn.ReLU(), pool=nn.MaxPool2d(2, padding=(1, 0)),
        flatten=nn.Flatten(), head=nn.Linear(6 * 5 * 3, 4),
    )  # fmt: skip
    norm = cast("nn.BatchNorm2d", layers["norm"])
    nn.init.normal_(cast("Tensor", norm.running_mean), std=0.3)
    nn.init.uniform_(cast("Tensor", norm.running_var), 0.3, 2.0)
    nn.init.uniform_(norm.weight, 0.5, 1.5)
    nn.init.normal_(norm.bias, std=0.2)
    classes = ("cat", "dog", "it's", "x")
    return xverify.export(nn.Sequential(layers), torch.randn(2, 3, 9, 7), path, name="images", classes=classes)


class Sequences(nn.Module):
    """Tokens through an embedding, both recurrent layers and a head on the last step."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(11, 5)
        self.lstm = nn.LSTM(5, 6, batch_first=True, bidirectional=True)
        self.gru = nn.GRU(12, 7, batch_first=True)
        self.head = nn.Linear(7, 3)

    def forward(self, tokens: Tensor) -> Tensor:
        y, _ = self.gru(self.lstm(self.embedding(tokens))[0])
        return cast("Tensor", self.head(y[:, -1]))


def export_sequences(path: Path) -> Bundle:
    """A recurrent classifier of integer inputs."""
    torch.manual_seed(2)
    return xverify.export(Sequences(), torch.randint(0, 11, (3, 8)), path, name="sequences")
