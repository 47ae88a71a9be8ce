"""How far two arrays are apart: pure functions of numpy arrays.

An array is walked in blocks that stay in the processor's cache, in the arrays' own float32: the difference of two close
floats is exact (Sterbenz), and one pass over the memory is what a comparison costs. Blocks that hold NaN, Inf or huge
values take a slower, careful path.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

BLOCK = 65_536
"""Elements a block: three float32 buffers of it fit into a second-level cache."""

_SQUARES_SAFE = 1e-15, 1e15
"""Between these magnitudes float32 squares neither vanish nor, summed over one block, overflow."""


@dataclass(frozen=True)
class Difference:
    """The difference of `actual` from `expected`, elementwise, over all elements where both are finite.

    Attributes:
        max_error: Largest absolute difference; NaN if `problem` is set.
        rms_error: Root mean square of the differences.
        worst: Flat index (C order) of the element that is furthest beyond its allowance; one where both are NaN or Inf
            only where all are.
        problem: '' or where NaN or Inf stand differently.
        signal: Root mean square of `expected`.
        cosine: Cosine of the angle between both as vectors; None where one is zero.
    """

    max_error: float
    rms_error: float
    worst: int
    problem: str
    signal: float
    cosine: float | None


def difference(actual: Array, expected: Array, rtol: float = 0.0) -> Difference:
    """Compares two arrays of one shape.

    Args:
        actual: The values under test.
        expected: The reference, of the same shape. Other types than float32 and float64 are compared as float64.
        rtol: Relative tolerance by which the worst element is chosen: the largest |difference| - rtol * |expected|.

    Raises:
        ValueError: The shapes differ; nothing is ever broadcast.
    """
    if actual.shape != expected.shape:
        raise ValueError(f"shapes differ: {actual.shape} and {expected.shape}")
    a, e = _flat(actual), _flat(expected)
    total = _Sums()
    for start in range(0, e.size, BLOCK):
        total.add(start, a[start : start + BLOCK], e[start : start + BLOCK], rtol)
    return total.result(e.size)


def _flat(array: Array) -> Array:
    flat = np.ascontiguousarray(array).reshape(-1)
    # Integer differences can pass float32's 24 bits; booleans do not subtract.
    return flat if flat.dtype in (np.float32, np.float64) else flat.astype(np.float64)


class _Sums:
    """Running totals over blocks."""

    def __init__(self) -> None:
        self.max_error, self.worst, self.worst_excess = 0.0, 0, -np.inf
        self.squares = self.signal = self.power = self.product = 0.0
        self.problem = ""

    def add(self, start: int, a: Array, e: Array, rtol: float) -> None:
        with np.errstate(invalid="ignore", over="ignore"):
            d = np.subtract(a, e)
            error = np.abs(d)
        largest = float(error.max())
        # Where e and the difference are of ordinary size, a is not too large; it may still be too small.
        vanishing = float(np.dot(a, a)) < _SQUARES_SAFE[0] ** 2 if np.isfinite(largest) else False
        if not (_squares_safely(largest) and _squares_safely(float(np.abs(e).max()))) or (vanishing and a.any()):
            a, e, d, error = self._careful(start, a, e)
            largest = float(error.max())
        self.max_error = max(self.max_error, largest)
        self._note_worst(start, error, e, largest, rtol)
        self.squares += float(np.dot(d, d))
        self.signal += float(np.dot(e, e))
        self.power += float(np.dot(a, a))
        self.product += float(np.dot(a, e))

    def _note_worst(self, start: int, error: Array, e: Array, largest: float, rtol: float) -> None:
        if rtol == 0.0:
            if largest > self.worst_excess:
                self.worst, self.worst_excess = start + int(error.argmax()), largest
            return
        excess = error.astype(np.float64) - rtol * np.abs(e, dtype=np.float64)
        index = int(excess.argmax())
        if excess[index] > self.worst_excess:
            self.worst, self.worst_excess = start + index, float(excess[index])

    def _careful(self, start: int, a: Array, e: Array) -> tuple[Array, Array, Array, Array]:
        """The block in float64 with matching NaN and Inf taken out; notes where they do not match."""
        bad = (np.isnan(a) != np.isnan(e)) | ((np.isinf(a) | np.isinf(e)) & (a != e))
        if bad.any() and not self.problem:
            index = int(bad.argmax())
            self.problem = f"{_kind(a[index])} where the reference has {_kind(e[index])}"
            self.worst, self.worst_excess = start + index, np.inf
        finite = np.isfinite(a) & np.isfinite(e)
        a64 = np.where(finite, a, 0).astype(np.float64)
        e64 = np.where(finite, e, 0).astype(np.float64)
        with np.errstate(over="ignore"):
            d = a64 - e64
        return a64, e64, d, np.where(finite, np.abs(d), -np.inf)

    def result(self, count: int) -> Difference:
        n = max(count, 1)
        norm = float(np.sqrt(self.power) * np.sqrt(self.signal))
        return Difference(
            max_error=float("nan") if self.problem else self.max_error,
            rms_error=float("nan") if self.problem else float(np.sqrt(self.squares / n)),
            worst=self.worst,
            problem=self.problem,
            signal=float(np.sqrt(self.signal / n)),
            cosine=min(1.0, max(-1.0, self.product / norm)) if norm > 0 else None,
        )


def _squares_safely(largest: float) -> bool:
    low, high = _SQUARES_SAFE
    return largest == 0 or low < largest < high  # NaN fails every comparison


def _kind(value: float) -> str:
    if np.isnan(value):
        return "NaN"
    return ("Inf" if value > 0 else "-Inf") if np.isinf(value) else f"{value:.6g}"


def snr_db(signal_rms: float, error_rms: float) -> float | None:
    """Signal-to-noise ratio in decibels, 20 log10(signal / error); None where it is not finite."""
    if not (signal_rms > 0 and error_rms > 0):
        return None
    return float(20 * np.log10(signal_rms / error_rms))


def ulp_distance(error: float, expected: float) -> float | None:
    """The error in units in the last place of float32 at `expected`."""
    spacing = float(np.spacing(np.float32(abs(expected))))
    return error / spacing if np.isfinite(error) and spacing > 0 else None


def top1_agreement(actual: Array, expected: Array) -> float:
    """Share of rows whose largest element stands at the same place. Shape (batch, classes)."""
    return float(np.mean(actual.argmax(axis=-1) == expected.argmax(axis=-1)))
