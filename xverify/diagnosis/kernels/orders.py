"""Orders of axes: their inverse, and what an array is under another order of its memory."""

from collections.abc import Iterator, Sequence
from itertools import permutations
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def inverse(order: Sequence[int]) -> tuple[int, ...]:
    """The order that undoes another.

    >>> inverse((2, 0, 1))
    (1, 2, 0)
    """
    return tuple(int(place) for place in np.argsort(order))


def distinct_orders(shape: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """All orders of an array's axes but the own one; of those that differ in axes of size 1 alone, the first."""
    seen = {tuple(axis for axis, size in enumerate(shape) if size > 1)}
    for order in permutations(range(len(shape))):
        moved = tuple(axis for axis in order if shape[axis] > 1)
        if moved not in seen:
            seen.add(moved)
            yield order


def orders_to(shape: Sequence[int], target: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """Orders of an array's axes that give another shape, or its own by moving something; each result once."""
    own, seen = tuple(range(len(shape))), set()
    for order in permutations(own):
        moved = tuple(axis for axis in order if shape[axis] > 1)
        if tuple(shape[axis] for axis in order) == tuple(target) and moved not in seen:
            seen.add(moved)
            if tuple(target) != tuple(shape) or moved != tuple(sorted(moved)):
                yield order


def written(array: Array, order: Sequence[int], shape: Sequence[int]) -> Array:
    """What a reader sees who takes an array's memory, written in another order of its axes, for one of `shape`."""
    return array.transpose(order).reshape(shape)


def read(array: Array, order: Sequence[int], shape: Sequence[int]) -> Array:
    """What a reader sees who takes an array's memory for one of `shape` whose axes were written in another order."""
    return array.reshape([shape[axis] for axis in order]).transpose(inverse(order))
