"""How far a float32 run is from its truth: largest and root-mean-square difference, over blocks that stay in the cache.

An export measures seven runs of every layer; whole-array float64 temporaries would cost more than the runs themselves.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

BLOCK = 1 << 16
"""Elements a block: its float64 difference is half a megabyte."""


@dataclass(frozen=True)
class Distance:
    """Largest and root-mean-square absolute difference, over the elements where both are finite."""

    max: float
    rms: float


def distance(value: Tensor, truth: Tensor) -> Distance:
    """The distance of two tensors of one shape and any floating types, computed in float64."""
    largest = squares = 0.0
    for a, b in _blocks(value, truth):
        with np.errstate(invalid="ignore"):  # Inf - Inf
            difference = np.subtract(a, b, dtype=np.float64)
        extreme = max(float(difference.max()), -float(difference.min()))
        if not np.isfinite(extreme):  # NaN and Inf stand where they stand; the comparison checks their places
            difference[~(np.isfinite(a) & np.isfinite(b))] = 0.0
            extreme = float(np.abs(difference).max())
        largest = max(largest, extreme)
        squares += _sum_of_squares(difference)
    return Distance(largest, (squares / max(value.numel(), 1)) ** 0.5)


def _blocks(*tensors: Tensor) -> Iterator[tuple[NDArray[np.floating], ...]]:
    flat = [tensor.detach().reshape(-1).numpy() for tensor in tensors]
    for start in range(0, flat[0].size, BLOCK):
        yield tuple(array[start : start + BLOCK] for array in flat)


def largest_magnitude(value: Tensor) -> float:
    """The largest finite magnitude; 0 for an empty tensor."""
    if value.numel() == 0:
        return 0.0
    largest = float(torch.linalg.vector_norm(value, torch.inf))
    if np.isfinite(largest):
        return largest
    return float(torch.where(torch.isfinite(value), value.abs(), 0.0).max())


def root_mean_square(value: NDArray[np.floating]) -> float:
    """The root mean square of the finite elements, each counted against all elements; 0 for an empty array."""
    squares = 0.0
    for (block,) in _blocks(torch.from_numpy(value)):
        wide = block.astype(np.float64)
        if not np.isfinite(wide.sum()):
            wide[~np.isfinite(wide)] = 0.0
        squares += _sum_of_squares(wide)
    return float((squares / max(value.size, 1)) ** 0.5)


def _sum_of_squares(block: NDArray[np.float64]) -> float:
    # Not np.dot: BLAS would wake its threads for every block, beside torch's own.
    return float(np.einsum("i,i->", block, block))


def channel_extremes(value: Tensor, axis: int) -> NDArray[np.float64]:
    """The largest finite magnitude in each channel, float64, one element a channel."""
    if value.numel() == 0:
        return np.zeros(value.shape[axis])
    others = [other for other in range(value.dim()) if other != axis]
    magnitude = value.detach().abs()
    largest = magnitude.amax(dim=others) if others else magnitude
    if not bool(torch.isfinite(largest).all()):
        finite = torch.where(torch.isfinite(magnitude), magnitude, 0.0)
        largest = finite.amax(dim=others) if others else finite
    return np.asarray(largest.to(torch.float64).numpy(), dtype=np.float64)
