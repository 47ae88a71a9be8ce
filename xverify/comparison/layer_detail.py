"""One layer's error in depth: how large it is how often, where it is largest, and how it lies over channels and positions."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xverify.bundle.manifest import Input, Layer
from xverify.comparison.results import ChannelError, Element, LayerDetail

Array = NDArray[Any]

WORST = 8
"""Elements that are listed."""

MAX_ROWS, MAX_COLUMNS = 24, 48
"""Cells of the map of positions; larger planes are cut into blocks, each shown by its largest error."""


def kept_detail(
    layer: Layer | Input, values: Mapping[str, Array], expected: Array, *, alone: bool
) -> LayerDetail | None:
    """The detail of a layer whose value an `Evidence` kept; None where it did not, or kept one of another shape or type."""
    actual = values.get(layer.id)
    if actual is None or actual.shape != expected.shape or actual.dtype.kind not in "fiub":
        return None
    return layer_detail(actual, expected, layer.dims, layer=layer.id, alone=alone)


def layer_detail(actual: Array, expected: Array, dims: str, *, layer: str, alone: bool) -> LayerDetail:
    """Looks at one layer.

    Args:
        actual: The found values, of the shape of `expected`.
        expected: PyTorch's values.
        dims: PyTorch's dims of the layer, such as 'NCHW'; '' where they are not known.
        layer: The layer's id.
        alone: Whether it ran alone.
    """
    error = _errors(actual, expected)
    axis = dims.index("C") if "C" in dims else None
    return LayerDetail(
        layer=layer,
        alone=alone,
        decades=_decades(error),
        worst=_worst(error, actual, expected),
        channels=() if axis is None else _channels(error, axis),
        positions=tuple(map(tuple, _positions(error).tolist())) if dims == "NCHW" else (),
        batch=tuple(_largest(error, keep=dims.index("N"))) if "N" in dims else (),
    )


def _errors(actual: Array, expected: Array) -> NDArray[np.float64]:
    a, b = actual.astype(np.float64), expected.astype(np.float64)
    with np.errstate(invalid="ignore"):
        error: NDArray[np.float64] = np.abs(a - b)
    same = (a == b) | (np.isnan(a) & np.isnan(b))
    return np.where(same, 0.0, np.where(np.isnan(error), np.inf, error))


def _decades(error: NDArray[np.float64]) -> tuple[tuple[float, int], ...]:
    zeros = int((error == 0).sum())
    others = error[error > 0]
    if others.size == 0:
        return ((0.0, zeros),)
    with np.errstate(divide="ignore"):
        exponents = np.where(np.isinf(others), 999, np.floor(np.log10(np.where(np.isinf(others), 1, others)))).astype(
            int
        )
    counts = {int(exponent): int((exponents == exponent).sum()) for exponent in np.unique(exponents)}
    rows = [(float("inf") if exponent == 999 else 10.0 ** (exponent + 1), count) for exponent, count in counts.items()]
    return ((0.0, zeros), *rows)


def _worst(error: NDArray[np.float64], actual: Array, expected: Array) -> tuple[Element, ...]:
    flat = error.ravel()
    count = min(WORST, int((flat > 0).sum()))
    if count == 0:
        return ()
    places = np.argpartition(flat, flat.size - count)[flat.size - count :]
    ordered = places[np.argsort(-flat[places], kind="stable")]
    return tuple(
        Element(
            tuple(int(i) for i in np.unravel_index(place, error.shape)),
            float(actual.flat[place]),
            float(expected.flat[place]),
        )
        for place in ordered
    )


def _channels(error: NDArray[np.float64], axis: int) -> tuple[ChannelError, ...]:
    largest = _largest(error, keep=axis)
    others = tuple(number for number in range(error.ndim) if number != axis)
    rms = np.sqrt(np.mean(np.square(error), axis=others))
    ranked = sorted(range(len(largest)), key=lambda channel: -largest[channel])
    return tuple(ChannelError(channel, float(largest[channel]), float(rms[channel])) for channel in ranked)


def _largest(error: NDArray[np.float64], keep: int) -> list[float]:
    others = tuple(number for number in range(error.ndim) if number != keep)
    return [float(value) for value in error.max(axis=others, initial=0.0)]


def _positions(error: NDArray[np.float64]) -> NDArray[np.float64]:
    plane: NDArray[np.float64] = error.max(axis=(0, 1), initial=0.0)
    for axis, most in ((0, MAX_ROWS), (1, MAX_COLUMNS)):
        edges = np.unique(np.linspace(0, plane.shape[axis], min(plane.shape[axis], most) + 1).astype(int))[:-1]
        plane = np.maximum.reduceat(plane, edges, axis=axis)
    return plane
