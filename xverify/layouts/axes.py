"""Axis orders as text: the small part of einops' notation that the layouts need.

`'O I H W -> H W I O'` names every axis on both sides, so that one string documents a layout, moves an array to it, and
back (`inverse`). `1` stands for an axis of size 1, and parentheses for one axis that several share, the first of them
varying slowest, as in `numpy.reshape`: `'(G O) I H W -> H W I O G'`. The notation: Rogozhnikov, "Einops: Clear and
Reliable Tensor Manipulations with Einstein-like Notation", ICLR 2022.

Patterns are written in xverify's own code, so that one that is malformed or does not fit its array is a ValueError;
layouts check what comes from users before it gets here.
"""

import re
from collections.abc import Iterable, Sequence
from math import prod
from typing import Any

from numpy.typing import NDArray

Side = tuple[tuple[str, ...], ...]
"""One side of a pattern: the names that share each axis; `1` has none."""

_TOKEN = re.compile(r"\([^()]*\)|[^\s()]+|[()]")
_AXIS = re.compile(r"1|[A-Za-z]+|\([A-Za-z]+(?: [A-Za-z]+)*\)")

_ACTIVATIONS = {
    "NC": ("CB", "C N"),
    "NCL": ("SCB", "L C N"),
    "NLC": ("CTB", "C L N"),
    "LNC": ("CBT", "C N L"),
    "NCHW": ("SSCB", "H W C N"),
    # MATLAB's volumes are height, width, depth (convolution3dLayer's filterSize is [h w d]); that PyTorch's D is that
    # depth is assumed, unverified.
    "NCDHW": ("SSSCB", "H W D C N"),
}
"""PyTorch dims -> MATLAB's format, and PyTorch's axes in MATLAB's order."""


def rearrange(array: NDArray[Any], pattern: str, **sizes: int) -> NDArray[Any]:
    """Moves the axes of `array` as `pattern` says.

    Args:
        array: Any dtype; the pattern's left side names all of its axes.
        pattern: `'O I H W -> H W I O'`.
        sizes: The lengths of axes that share one axis on the left; all but one of each group are needed.

    Returns:
        A view of `array` where numpy can make one, otherwise a copy; not contiguous in general.

    Raises:
        ValueError: The pattern is malformed or does not fit the array.

    Example:
        >>> import numpy as np
        >>> rearrange(np.zeros((8, 3, 5, 7)), "(G O) I H W -> H W I O G", G=2).shape
        (5, 7, 3, 4, 2)
    """
    left, right = _sides(pattern)
    lengths = axis_lengths(array.shape, pattern, **sizes)
    names = _names(left)
    separate = array.reshape([lengths[name] for name in names])
    return separate.transpose([names.index(name) for name in _names(right)]).reshape(_shape(right, lengths))


def rearranged_shape(shape: Sequence[int], pattern: str, **sizes: int) -> tuple[int, ...]:
    """The shape that `rearrange` would give an array of `shape`."""
    return _shape(_sides(pattern)[1], axis_lengths(shape, pattern, **sizes))


def axis_lengths(shape: Sequence[int], pattern: str, **sizes: int) -> dict[str, int]:
    """The length of every named axis when an array of `shape` stands on the left of `pattern`.

    Raises:
        ValueError: The pattern is malformed or does not fit the shape.
    """
    left, _ = _sides(pattern)
    if len(left) != len(shape):
        raise ValueError(f"'{pattern}' has {len(left)} axes on its left, the array has the shape {tuple(shape)}")
    if unused := sizes.keys() - set(_names(left)):
        raise ValueError(f"'{pattern}' has no axis {', '.join(sorted(unused))}, whose size was given")
    lengths = dict(sizes)
    for axis, length in zip(left, shape, strict=True):
        unknown = [name for name in axis if name not in sizes]
        if len(unknown) > 1:
            raise ValueError(f"'{pattern}' needs the size of {' or '.join(unknown)}, which share one axis")
        if unknown:
            lengths[unknown[0]] = length // max(1, _product(axis, sizes))
        if _product(axis, lengths) != length:
            raise ValueError(f"'{pattern}' with the sizes {sizes} does not fit the shape {tuple(shape)}")
    return lengths


def inverse(pattern: str) -> str:
    """The pattern with its sides exchanged: 'O I -> I O' gives 'I O -> O I'."""
    left, _, right = pattern.partition("->")
    return f"{right.strip()} -> {left.strip()}"


def channel_axes(channel: str, spatial_rank: int) -> str:
    """The pattern of a vector with one value a channel: 'C -> 1 1 C' for `spatial_rank` 2.

    MATLAB puts the channel after the spatial axes, so that the vector broadcasts against the data; without spatial axes
    (features, sequences) it is a column, 'C -> C 1'. The layouts that use it say which of these forms is verified.
    """
    singletons = "1 " * spatial_rank
    return f"{channel} -> {singletons}{channel}" if spatial_rank else f"{channel} -> {channel} 1"


def matlab_dims(pytorch_dims: str) -> tuple[str, tuple[int, ...]]:
    """MATLAB's dims for an activation, and the permutation that takes PyTorch's axes there.

    Args:
        pytorch_dims: One letter an axis: N batch, C channel, D, H, W, L spatial, and in 'NLC' and 'LNC' L is time.

    Returns:
        MATLAB's dims, and the permutation for `numpy.transpose`. Dims that are not known keep PyTorch's order: they
        come back with the identity, which is `()` for the empty string.

    Example:
        >>> matlab_dims("NCHW")
        ('SSCB', (2, 3, 1, 0))
        >>> matlab_dims("UUU")
        ('UUU', (0, 1, 2))
    """
    if pytorch_dims not in _ACTIVATIONS:
        return pytorch_dims, tuple(range(len(pytorch_dims)))
    dims, order = _ACTIVATIONS[pytorch_dims]
    return dims, tuple(pytorch_dims.index(axis) for axis in order.split())


def _sides(pattern: str) -> tuple[Side, Side]:
    left, arrow, right = pattern.partition("->")
    tokens = _TOKEN.findall(f"{left} {right}")
    if not arrow or not all(_AXIS.fullmatch(token) for token in tokens):
        raise ValueError(f"'{pattern}' is not an axis pattern such as 'O I H W -> H W I O'")
    sides = _parse(left), _parse(right)
    once = [sorted(set(_names(side))) for side in sides]
    if once[0] != once[1] or any(sorted(_names(side)) != once[0] for side in sides):
        raise ValueError(f"'{pattern}' must name the same axes on both sides, each once")
    return sides


def _parse(side: str) -> Side:
    return tuple(tuple(token.strip("()1").split()) for token in _TOKEN.findall(side))


def _names(side: Side) -> list[str]:
    return [name for axis in side for name in axis]


def _shape(side: Side, lengths: dict[str, int]) -> tuple[int, ...]:
    return tuple(_product(axis, lengths) for axis in side)


def _product(axis: Iterable[str], lengths: dict[str, int]) -> int:
    return prod(lengths.get(name, 1) for name in axis)
