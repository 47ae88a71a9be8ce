"""How an array of a .mat file becomes PyTorch's: which axis is which, and what has to be reversed.

The manifest says how MATLAB stores each layer. A file that something else wrote may hold other orders: a map says so in
MATLAB's letters (S spatial, C channel, B batch, T time) or, where height and width are exchanged, in PyTorch's.
"""

from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xverify.bundle.manifest import StoredArray

Array = NDArray[Any]

_MATLAB_LETTERS = frozenset("SCBT")
_BATCH = frozenset("BN")


class DimsError(ValueError):
    """Letters that do not fit the axes of a layer."""


@dataclass(frozen=True)
class StoredAxes:
    """Where PyTorch's axes lie in an array of a file.

    Attributes:
        permutation: PyTorch's axis of each axis of the file; an axis of size 1 that the file leaves out comes last.
        named: How many axes the file has.
        flipped: PyTorch's axes along which the file runs backwards.
    """

    permutation: tuple[int, ...]
    named: int
    flipped: tuple[int, ...] = ()


def default_axes(stored: StoredArray) -> StoredAxes:
    """The axes of a file that follows the bundle's own order."""
    return StoredAxes(stored.permutation, len(stored.shape))


def axes_from(stored: StoredArray, dims: str = "", flip: str = "") -> StoredAxes:
    """The axes of a file as a map describes them.

    Args:
        stored: The layer's shape and axes.
        dims: The axes as they lie in the file: 'SSC', or 'WHC' in PyTorch's letters; the bundle's own order if ''.
        flip: The axes that the file has in reverse order: 'C'.

    Raises:
        DimsError: Letters that do not fit the layer.
    """
    if (dims or flip) and not stored.dims:
        raise DimsError(
            "its axes have no letters, because nothing says what they mean: the file must hold them in PyTorch's order, "
            "and an entry has neither 'dims' nor 'flip'"
        )
    axes = _placed(stored, dims) if dims else default_axes(stored)
    flipped = tuple(_axis(letter, stored) for letter in flip)
    if len(set(flipped)) != len(flipped):
        raise DimsError(f"flip = '{flip}' names an axis twice")
    return StoredAxes(axes.permutation, axes.named, flipped)


def in_pytorch_order(value: Array, shape: tuple[int, ...], axes: StoredAxes) -> Array:
    """An array as MATLAB gives it, in PyTorch's axis order.

    MATLAB drops trailing singleton dimensions and has no array below rank 2; those are restored. An array of another
    shape comes back in PyTorch's order as far as that can be said, for the comparison to refuse.
    """
    rank = len(shape)
    expected = tuple(shape[axis] for axis in axes.permutation)
    if axes.named < 2:
        long_axes = sum(size != 1 for size in value.shape)
        if value.size != prod(expected) or long_axes > axes.named:
            return value
        value = value.reshape(expected)
    if value.ndim > rank:
        return value
    padded = value.reshape(value.shape + (1,) * (rank - value.ndim))
    ordered = padded.transpose(np.argsort(axes.permutation))
    return np.flip(ordered, axes.flipped) if axes.flipped else ordered


def _placed(stored: StoredArray, dims: str) -> StoredAxes:
    left = _lettered(stored, in_matlab=set(dims) <= _MATLAB_LETTERS)
    found = []
    for letter in dims:
        match = next((pair for pair in left if pair[0] == letter), None)
        if match is None:
            raise DimsError(f"dims = '{dims}' does not fit: {_orders(stored)}")
        left.remove(match)
        found.append(match[1])
    for letter, axis in left:
        if letter not in _BATCH:
            raise DimsError(f"dims = '{dims}' leaves out {letter}: {_orders(stored)}")
        if stored.shape[axis] != 1:
            raise DimsError(
                f"dims = '{dims}' leaves out {letter}, but the batch is {stored.shape[axis]}: only one of 1 can be"
            )
    return StoredAxes((*found, *(axis for _, axis in left)), len(dims))


def _lettered(stored: StoredArray, *, in_matlab: bool) -> list[tuple[str, int]]:
    """PyTorch's axes with their letters: MATLAB's in MATLAB's order, or PyTorch's."""
    if in_matlab:
        return list(zip(stored.matlab_dims, stored.permutation, strict=True))
    return [(letter, axis) for axis, letter in enumerate(stored.dims)]


def _axis(letter: str, stored: StoredArray) -> int:
    both = _lettered(stored, in_matlab=True) + _lettered(stored, in_matlab=False)
    found = {axis for name, axis in both if name == letter}
    if len(found) != 1:
        reason = "names several axes" if found else "names no axis"
        raise DimsError(f"flip = '{letter}' {reason}: {_orders(stored)}")
    return found.pop()


def _orders(stored: StoredArray) -> str:
    batch = ", without the batch where it is 1" if _BATCH & set(stored.dims) else ""
    return f"the axes are {stored.matlab_dims} in MATLAB's letters or {stored.dims} in PyTorch's, in the file's order{batch}"
