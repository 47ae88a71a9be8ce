"""Means, sums and extremes over axes."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Reduction = Callable[[Array, tuple[int, ...]], Array]


def _mean(x: Array, axes: tuple[int, ...]) -> Array:
    return np.asarray(x.mean(axes, dtype=np.float64))


def _sum(x: Array, axes: tuple[int, ...]) -> Array:
    return np.asarray(x.sum(axes, dtype=np.float64))


def _variance(x: Array, axes: tuple[int, ...], ddof: int) -> Array:
    with np.errstate(all="ignore"):
        return np.asarray(x.astype(np.float64).var(axes, ddof=ddof if count(x, axes) > ddof else 0))


def _norm(x: Array, axes: tuple[int, ...]) -> Array:
    return np.asarray(np.sqrt(np.square(x, dtype=np.float64).sum(axes)))


def count(x: Array, axes: Sequence[int]) -> int:
    """Elements that one result is made of."""
    return int(np.prod([x.shape[axis] for axis in axes], dtype=np.int64))


REDUCTIONS: dict[str, Reduction] = {
    "the mean": _mean,
    "the sum": _sum,
    "the largest": lambda x, axes: np.asarray(x.max(axes)),
    "the smallest": lambda x, axes: np.asarray(x.min(axes)),
    "the variance, divided by n": lambda x, axes: _variance(x, axes, 0),
    "the variance, divided by n - 1": lambda x, axes: _variance(x, axes, 1),
    "the standard deviation, divided by n": lambda x, axes: np.sqrt(_variance(x, axes, 0)),
    "the standard deviation, divided by n - 1": lambda x, axes: np.sqrt(_variance(x, axes, 1)),
    "the Euclidean norm": _norm,
    "the sum of magnitudes": lambda x, axes: _sum(np.abs(x), axes),
}
"""What it is called -> what it computes in float64; without the axes that it runs over."""
