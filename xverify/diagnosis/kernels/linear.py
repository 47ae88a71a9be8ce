"""Products with a matrix: fully connected layers."""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from xverify.diagnosis.kernels.spots import Spots

Array = NDArray[Any]


@dataclass(frozen=True)
class Linear:
    """A fully connected layer with all that it needs but its input.

    Attributes:
        weight: (out, in).
        bias: (out,), or None.
    """

    weight: Array
    bias: Array | None

    def with_weight(self, weight: Array) -> Self:
        """The same with another weight."""
        return replace(self, weight=weight)

    def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...] | None:
        """The value's shape for an input of this shape, whose last axis has the features; None where it does not take it."""
        return (*shape[:-1], len(self.weight)) if shape and shape[-1] == self.weight.shape[1] else None

    def __call__(self, value: Array) -> Array:
        """The value for an input."""
        product: Array = value @ self.weight.T
        return product if self.bias is None else product + self.bias

    def at(self, value: Array, spots: Spots) -> Array:
        """The value at a few places: (point, channel)."""
        points, numbers = np.unique(spots.points, axis=0, return_inverse=True)
        rows = (value[tuple(points.T)] @ self.weight[spots.channels].T)[numbers.ravel()]
        return np.asarray(rows if self.bias is None else rows + self.bias[spots.channels])
