"""How two arrays of one parameter differ, and whether another order of their elements would explain it."""

from collections.abc import Iterator, Sequence
from itertools import permutations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xverify.weights.results import Change
from xverify.weights.weight_map import letters_of

Array = NDArray[Any]

_MANY = 0.5
"""A relative change from which another order is looked for: training moves weights by less, another order by about 1.4."""

_NEARER = 0.5
"""A change that shrinks to less than this part of itself in another order is explained by that order."""

_PIECE = 1 << 13
"""Elements that are compared at once: 64 kB of doubles stay in a processor's cache, and BLAS starts no threads for so few."""

_NAMES = {
    "I": "input channels", "O": "output channels", "H": "height", "W": "width", "D": "depth", "L": "length", "G": "groups",
    "C": "channels", "E": "entries",
}  # fmt: skip


def change_of(found: Array, exported: Array) -> Change | None:
    """How far `found` is from `exported`, of the same shape; None where all elements are equal. NaN differs from all."""
    # MATLAB's order of elements: what a .mat file holds is then read as it lies in memory.
    flat, wanted = found.ravel(order="F"), exported.ravel(order="F")
    best, place, elements, squares, differs = 0.0, 0, 0, 0.0, False
    for start in range(0, flat.size, _PIECE):
        own, other = wanted[start : start + _PIECE], flat[start : start + _PIECE]
        if not differs and np.array_equal(own, other):  # where one piece differs, so does the next: not worth a look
            continue
        with np.errstate(all="ignore"):
            distance = np.abs(np.subtract(other, own, dtype=np.float64))
        square = float(distance @ distance)
        squares, differs = squares + square, square != 0
        if np.isnan(square):
            distance[np.isnan(distance)] = np.inf
        elements += int(np.count_nonzero(distance))
        largest = float(distance.max())
        if largest > best:
            best, place = largest, start + int(np.argmax(distance))
    if not elements:
        return None
    norm = sum(_square(wanted[start : start + _PIECE]) for start in range(0, flat.size, _PIECE))
    return Change(
        max=best,
        relative=_ratio(squares, norm),
        elements=elements,
        index=tuple(int(axis) + 1 for axis in np.unravel_index(place, found.shape, order="F")),
        found=float(flat[place]),
        exported=float(wanted[place]),
    )


def _square(piece: Array) -> float:
    own = piece.astype(np.float64)
    return float(own @ own)


def _ratio(squares: float, norm: float) -> float:
    """The root mean square of a difference over that of what it is from."""
    if np.isnan(squares) or not norm:
        return float("inf")
    return float(np.sqrt(squares / norm))


def _relative(difference: Array, exported: Array) -> float:
    own, other = (np.ravel(array).astype(np.float64) for array in (difference, exported))
    return _ratio(float(own @ own), float(other @ other))


def explained(found: Array, exported: Array, change: Change, axes: str) -> str:
    """Which order of elements brings a changed array much nearer to the exported one; '' where none does.

    Args:
        found: The file's, in the shape of `exported`.
        exported: The bundle's.
        change: Between them.
        axes: The letters of MATLAB's axes: 'H W I O'.
    """
    if not change.relative >= _MANY or found.size < 2:
        return ""
    best, words = _NEARER * change.relative, ""
    for text, view in _orders(found, letters_of(axes)):
        relative = _relative(view.astype(np.float64) - exported, exported)
        if relative < best:
            best, words = (
                relative,
                f"{text}: then {'they are equal' if relative == 0 else f'the relative change is {relative:.2g}'}",
            )
    return words


def _orders(found: Array, letters: Sequence[str]) -> Iterator[tuple[str, Array]]:
    named = [_NAMES.get(letter, letter) for letter in letters]
    for axis, size in enumerate(found.shape):
        if size > 1 and axis < len(letters):
            also = ", as between RGB and BGR" if letters[axis] == "I" and size == 3 else ""
            yield f'reversed along the {named[axis]}{also} (flip = "{letters[axis]}" in a map)', np.flip(found, axis)
    for order in permutations(range(found.ndim)):
        view = found.transpose(order)
        if order != tuple(range(found.ndim)) and view.shape == found.shape and len(letters) == found.ndim:
            yield f"the axes lie in another order ({_axes_of(order, letters)} in a map)", view


def fitting_order(found: Array, exported: Array, axes: str) -> str:
    """The permutation with which an array of another shape would fit, in MATLAB's notation; '' where there is none.

    Where several fit, the one that is nearest to the exported values.
    """
    letters = letters_of(axes)
    rank = max(exported.ndim, len(letters))
    if found.ndim > rank:
        return ""
    padded = found.reshape(found.shape + (1,) * (rank - found.ndim))
    wanted = exported.reshape(exported.shape + (1,) * (rank - exported.ndim))
    views = {order: padded.transpose(order) for order in permutations(range(rank))}
    fits = {order: view for order, view in views.items() if view.shape == wanted.shape}
    if not fits:
        return ""
    distances = {order: _relative(view.astype(np.float64) - wanted, wanted) for order, view in fits.items()}
    order = min(fits, key=lambda item: (distances[item], item))
    numbers = " ".join(str(axis + 1) for axis in order)
    near = "equal to the exported values" if distances[order] == 0 else f"relative change {distances[order]:.2g}"
    named = f", {_axes_of(order, letters)} in a map" if len(letters) == rank else ""
    return f"permute(..., [{numbers}]) would fit: {near}{named}"


def _axes_of(order: Sequence[int], letters: Sequence[str]) -> str:
    """What the axes of the array as found are called, if `order` takes them to the expected one."""
    found = [letters[order.index(axis)] for axis in range(len(order))]
    return f'axes = "{" ".join(found)}"'
