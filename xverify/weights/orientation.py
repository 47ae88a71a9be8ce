"""Shapes that mean the same array: MATLAB drops trailing dimensions of size 1, and a vector may lie along any of them."""

from collections.abc import Sequence
from math import prod
from typing import Any

from numpy.typing import NDArray

Array = NDArray[Any]


def matching_order(array: Array, shape: Sequence[int]) -> Array | None:
    """The array in another shape of the same meaning; None where there is none.

    A vector has one order of elements however it lies: a scale of (1, 1, C) may come as (C, 1) from another release.
    """
    wanted = tuple(shape)
    if _trimmed(array.shape) == _trimmed(wanted) or (
        array.size == prod(wanted) and _is_vector(array.shape) and _is_vector(wanted)
    ):
        return array.reshape(wanted, order="F")
    return None


def _trimmed(shape: Sequence[int]) -> tuple[int, ...]:
    sizes = list(shape)
    while sizes and sizes[-1] == 1:
        sizes.pop()
    return tuple(sizes)


def _is_vector(shape: Sequence[int]) -> bool:
    return sum(size != 1 for size in shape) <= 1
