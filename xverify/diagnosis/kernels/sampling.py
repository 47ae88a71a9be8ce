"""A quick look at an explanation before it is worked out: a few thousand elements tell that nearly all of them are wrong.

What fits everywhere fits the sample, so that nothing is lost by looking there first.
"""

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xverify.diagnosis.suspect import Suspect

Array = NDArray[Any]
Places = tuple[NDArray[np.intp], ...]

SAMPLE = 4096
"""Elements looked at; all of them where there are no more."""

LARGE = 16_000_000
"""Elements (64 MB of float32) from which on a hypothesis that needs several passes over the layer is left out."""

_TINY = float(np.finfo(np.float32).tiny)

PROMISING = 0.1
"""Share of the error's energy that may be left for an explanation to be worth working out: as much as a partial one may leave."""


@lru_cache(maxsize=16)
def places(shape: tuple[int, ...]) -> Places:
    """Indices, one array an axis, of the elements that are looked at; the same ones for the same shape."""
    size = int(np.prod(shape, dtype=np.int64))
    flat = np.arange(size) if size <= SAMPLE else np.random.default_rng(0).integers(0, size, SAMPLE)
    return np.unravel_index(flat, shape) if shape else ()


def promising(suspect: Suspect, value: Array) -> bool:
    """Whether a value of the found shape, which may be a view, is worth holding against all elements."""
    if value.shape != suspect.actual.shape:
        return False
    spots = places(value.shape)
    expected = suspect.expected[spots] if suspect.same_shape else None
    return close(suspect, suspect.actual[spots], value[spots], expected)


def promising_in_order(suspect: Suspect, rows: Array) -> bool:
    """`promising` for a reshape of an array to the found shape, without the copy that a reshape of a view takes."""
    if rows.size != suspect.actual.size or not rows.shape or not suspect.actual.shape:
        return rows.size == suspect.actual.size
    spots = places(suspect.actual.shape)
    flat = np.ravel_multi_index(spots, suspect.actual.shape)
    expected = suspect.expected[spots] if suspect.same_shape else None
    return close(suspect, suspect.actual[spots], rows[np.unravel_index(flat, rows.shape)], expected)


def tolerance_for(suspect: Suspect, value: Array) -> float:
    """How near an explanation must come: the suspect's tolerance, larger where the explanation's values are larger on average.

    Scores found in place of probabilities round as scores do, and a sum in place of a mean as a sum.
    """
    return _allowed(suspect, value[places(value.shape)])


def _size(values: Array) -> float:
    """The mean magnitude of the finite ones: an outlier alone must not make room for errors elsewhere."""
    wide = np.abs(_wide(values))
    usual = wide[np.isfinite(wide)]
    return float(usual.mean()) if usual.size else 0.0


def fits(suspect: Suspect, actual: Array, value: Array) -> bool:
    """Whether a value is the found one within tolerance, at the elements that are given."""
    with np.errstate(invalid="ignore"):
        return not np.any(np.abs(_wide(actual) - _wide(value)) > _allowed(suspect, value))


def close(suspect: Suspect, actual: Array, value: Array, expected: Array | None) -> bool:
    """Whether a value explains the found one, within tolerance or for the most part.

    Args:
        suspect: The layer.
        actual: What was found.
        value: What an explanation gives at the same elements.
        expected: What PyTorch gives there; None where the shapes differ. The spread of the found values is what there is to
            explain then: their mean alone would let any order of them look right.
    """
    with np.errstate(invalid="ignore", over="ignore"):
        after = np.abs(_wide(actual) - _wide(value))
        after[~(after >= 0)] = 0  # where both are Inf or NaN; the full look sees whether they match
        if after.max(initial=0.0) <= _allowed(suspect, value):
            return True
        before = np.abs(_wide(actual) - (_wide(actual).mean() if expected is None else _wide(expected)))
        before[~(before >= 0)] = 0
        return bool(np.square(after).sum() <= PROMISING * np.square(before).sum())


def _allowed(suspect: Suspect, values: Array) -> float:
    """`tolerance_for` an explanation of which some values are given."""
    own = _size(suspect.expected[places(suspect.expected.shape)])
    return suspect.tolerance * max(1.0, _size(values) / max(own, _TINY))


def _wide(array: Array) -> NDArray[np.float64]:
    return np.atleast_1d(np.asarray(array, dtype=np.float64))
