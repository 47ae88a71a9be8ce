"""Finds the order in which the entries of one axis stand, if another order is all that is wrong."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from xverify.diagnosis.kernels.sampling import fits, places
from xverify.diagnosis.suspect import Suspect

Array = NDArray[Any]

_COLUMNS = 512
"""Elements of an entry that are looked at to tell it from the others."""


def found_order(suspect: Suspect, axis: int) -> tuple[int, ...] | None:
    """Which of PyTorch's entries stands at each place; None where no order is right, or PyTorch's own is."""
    if not suspect.same_shape or suspect.expected.shape[axis] < 2:
        return None
    actual, expected = _columns(suspect.actual, axis), _columns(suspect.expected, axis)
    if not (np.isfinite(actual).all() and np.isfinite(expected).all()):
        return None
    order = np.empty(len(actual), dtype=np.intp)
    order[_sorted(actual)] = _sorted(expected)
    if np.array_equal(order, np.arange(order.size)) or not fits(suspect, actual, expected[order]):
        return None
    return tuple(int(place) for place in order)


def _columns(array: Array, axis: int) -> Array:
    """A few elements of every entry, the same ones of each; one row an entry."""
    moved = np.moveaxis(array, axis, -1)
    rest = moved.shape[:-1]
    return moved[tuple(place[:_COLUMNS] for place in places(rest))].T if rest else moved.reshape(-1, 1)


def _sorted(rows: Array) -> Array:
    """Rows in the order of one random combination of their elements: rounding does not change it unless two are the same."""
    weights = np.random.default_rng(0).standard_normal(rows.shape[1])
    return np.argsort(rows.astype(np.float64) @ weights, kind="stable")


def spelled(order: tuple[int, ...]) -> str:
    """The first entries of an order, counted from 0."""
    shown = ", ".join(map(str, order[:12]))
    return f"{shown}, ..." if len(order) > 12 else shown


def is_reversal(order: tuple[int, ...]) -> bool:
    """What `flipped_axes` has found already."""
    return order == tuple(range(len(order)))[::-1]
