"""Convolutions of one to three dimensions, as PyTorch computes them: no kernel is flipped.

One product of matrices an image, in the element type of the image: float32 is four times as fast as float64 here (half the numbers,
twice as many at once), and its rounding is what the layer's tolerance allows for.
"""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from xverify.diagnosis.kernels.spots import Spots
from xverify.diagnosis.kernels.windows import Windows

Array = NDArray[Any]

BLOCK = 16_000_000
"""Elements of the matrix of windows at once: 64 MB."""


@dataclass(frozen=True)
class Convolution:
    """A convolution with all that it needs but its image.

    Attributes:
        weight: (out, in / groups, *kernel).
        bias: (out,), or None.
        windows: Their kernel is the weight's.
        groups: Each takes its own part of the channels.
    """

    weight: Array
    bias: Array | None
    windows: Windows
    groups: int = 1

    def with_weight(self, weight: Array) -> Self:
        """The same with another weight, whose kernel may be another."""
        return replace(self, weight=weight, windows=replace(self.windows, kernel=weight.shape[2:]))

    def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...] | None:
        """The value's shape for an image of this shape (batch, channels, ...); None where it does not take such an image."""
        if len(shape) != self.weight.ndim or shape[1] != self.weight.shape[1] * self.groups:
            return None
        return (shape[0], self.weight.shape[0], *self.windows.counts(shape[2:]))

    def __call__(self, image: Array) -> Array:
        """The value for an image."""
        counts = self.windows.counts(image.shape[2:])
        value = np.empty((len(image), self.weight.shape[0], *counts), np.result_type(image, self.weight))
        for number in range(len(image)):
            self._convolve(self.windows.views(image[number]), value[number])
        return value if self.bias is None else _added(value, self.bias)

    def at(self, image: Array, spots: Spots) -> Array:
        """The value at a few places: (point, channel)."""
        windows = self.windows.gathered(image, spots.points[:, 0], spots.points[:, 1:])
        windows = np.moveaxis(windows, -1, 1)
        out, width = len(self.weight) // self.groups, self.weight.shape[1]
        value = np.empty((len(windows), len(spots.channels)), np.result_type(image, self.weight))
        owners = spots.channels // out
        for group in np.unique(owners):
            chosen = owners == group
            part = windows[:, group * width : (group + 1) * width].reshape(len(windows), -1)
            value[:, chosen] = part @ self.weight[spots.channels[chosen]].reshape(int(chosen.sum()), -1).T
        return value if self.bias is None else value + self.bias[spots.channels]

    def _convolve(self, views: Array, value: Array) -> None:
        """One image, in blocks along the first spatial axis, so that the copied windows stay small."""
        rows = views.shape[1]
        each = max(1, BLOCK * rows // max(views.size, 1))
        weight = self.weight.reshape(self.groups, len(self.weight) // self.groups, -1)
        for first in range(0, rows, each):
            part = views[:, first : first + each]
            rank = self.windows.rank
            counts = part.shape[1 : 1 + rank]
            columns = np.moveaxis(part, range(1, 1 + rank), range(-rank, 0)).reshape(self.groups, weight.shape[2], -1)
            value[:, first : first + each] = (weight @ columns).reshape(len(value), *counts)


def _added(value: Array, bias: Array) -> Array:
    value += bias.reshape(-1, *(1,) * (value.ndim - 2))
    return value
