"""Batch, layer, group and instance normalization: one formula over different axes.

    (x - mean) / sqrt(variance + epsilon) * scale + offset

Statistics are taken in float64, the rest in the element type of the input.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


@dataclass(frozen=True)
class Statistics:
    """Mean and variance, of shapes that expand to the view's; the variance divided by n."""

    mean: Array
    variance: Array


@dataclass(frozen=True)
class Normalization:
    """A normalization with all that it needs but its input.

    Attributes:
        view: The shape in which it normalises: groups have an axis of their own.
        axes: Of the view; over them a statistic is taken.
        epsilon: Added to the variance.
        scale: Of a shape that expands to the input's, or None.
        offset: The same.
        running: The statistics of a batch normalization; None where they are the input's.
    """

    view: tuple[int, ...]
    axes: tuple[int, ...]
    epsilon: float
    scale: Array | None
    offset: Array | None
    running: Statistics | None = None

    @property
    def count(self) -> int:
        """How many elements of the input one statistic is of."""
        return int(np.prod([self.view[axis] for axis in self.axes], dtype=np.int64))

    def of_input(self, value: Array) -> Statistics:
        """The statistics of an input."""
        viewed = value.reshape(self.view)
        mean = viewed.mean(self.axes, dtype=np.float64, keepdims=True)
        centred = viewed - mean.astype(value.dtype)
        rest = centred.mean(self.axes, dtype=np.float64, keepdims=True)
        square = np.square(centred).mean(self.axes, dtype=np.float64, keepdims=True)
        return Statistics(mean, square - np.square(rest))

    def statistics(self, value: Array) -> Statistics:
        """The statistics that it uses."""
        return self.running or self.of_input(value)

    def __call__(self, value: Array) -> Array:
        """The value for an input."""
        used = self.statistics(value)
        return self.applied(value, used.mean, self.factor(used.variance))

    def factor(self, variance: Array) -> Array:
        """What the centred input is multiplied with."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(1 / np.sqrt(np.asarray(variance, np.float64) + self.epsilon))

    def applied(self, value: Array, mean: Array, factor: Array) -> Array:
        """The value with given statistics."""
        result = self.centred(value, mean) * np.asarray(factor, value.dtype)
        result = result.reshape(value.shape)
        if self.scale is not None:
            result = result * np.asarray(self.scale, value.dtype)
        return result if self.offset is None else np.asarray(result + np.asarray(self.offset, value.dtype))

    def centred(self, value: Array, mean: Array) -> Array:
        """The input less its mean, in the view's shape."""
        return np.asarray(value.reshape(self.view) - np.asarray(mean, value.dtype))

    def scaled(self, value: Array) -> Array:
        """The input centred and scaled, in the view's shape: what is left is to multiply with `factor` and to add the offset."""
        result = self.centred(value, self.statistics(value).mean)
        if self.scale is None:
            return result
        return np.asarray(result * self.in_view(np.asarray(self.scale, value.dtype), value.shape))

    def in_view(self, part: Array, shape: tuple[int, ...]) -> Array:
        """A scale or offset as the view sees it."""
        return np.broadcast_to(part, shape).reshape(self.view)
