"""Least squares of found values against PyTorch's: y = a x + b, for all elements or for each channel."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


@dataclass(frozen=True)
class Affine:
    """`scale` and `offset`, of shapes that broadcast to the layer's; `fitted` counts the numbers that were fitted."""

    scale: NDArray[np.float64]
    offset: NDArray[np.float64]
    fitted: int

    def __call__(self, x: Array) -> Array:
        """The value a x + b, as float32."""
        return np.asarray(x * self.scale + self.offset, dtype=np.float32)


class Moments:
    """Sums over all elements, or over those of each channel, from which all fits follow."""

    def __init__(self, x: Array, y: Array, axis: int | None) -> None:
        """`x` is PyTorch's value, y the found one; a fit for each entry of `axis`, or one for all if None."""
        x, y = x.astype(np.float64), y.astype(np.float64)
        others = tuple(other for other in range(x.ndim) if other != axis)
        self.count = x.size // (x.shape[axis] if axis is not None else 1)
        self.mean_x, self.mean_y = x.mean(others, keepdims=True), y.mean(others, keepdims=True)
        self.squares = np.square(x).sum(others, keepdims=True)
        self.products = (x * y).sum(others, keepdims=True)
        centred = x - self.mean_x
        self.spread = np.square(centred).sum(others, keepdims=True)
        self.covariance = (centred * y).sum(others, keepdims=True)
        self.spread_y = np.square(y - self.mean_y).sum(others, keepdims=True)

    def scale(self) -> Affine:
        """The best a where b = 0."""
        a = _ratio(self.products, self.squares)
        return Affine(a, np.zeros_like(a), a.size)

    def offset(self) -> Affine:
        """The best b where a = 1."""
        b = self.mean_y - self.mean_x
        return Affine(np.ones_like(b), b, b.size)

    def both(self) -> Affine:
        """The best a and b."""
        a = _ratio(self.covariance, self.spread)
        return Affine(a, self.mean_y - a * self.mean_x, 2 * a.size)


def _ratio(numerator: NDArray[np.float64], denominator: NDArray[np.float64]) -> NDArray[np.float64]:
    """1 where there is nothing to fit."""
    return np.divide(numerator, denominator, out=np.ones_like(numerator), where=denominator > 0)
