"""Enlarging and shrinking images along one axis after the other, by ONNX's names for positions and roundings.

Every way of interpolating is a matrix (result, pixels) along each axis, so that one product each works it out.
"""

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Mode = Literal["nearest", "linear", "cubic"]
Positions = Literal["asymmetric", "half_pixel", "align_corners", "half_pixel_symmetric"]
Rounding = Literal["floor", "ceil", "round_prefer_floor", "round_prefer_ceil"]


@dataclass(frozen=True)
class Resize:
    """A resizing of the last axes of an image.

    Attributes:
        sizes: The value's extents.
        mode: How pixels are mixed.
        positions: Where in the image a pixel of the value lies.
        rounding: Which pixel is the nearest one.
        cubic: The coefficient of cubic interpolation: -0.75 in PyTorch, -0.5 elsewhere.
        factors: How much larger the value is, where that is not the quotient of the extents.
    """

    sizes: tuple[int, ...]
    mode: Mode
    positions: Positions
    rounding: Rounding = "floor"
    cubic: float = -0.75
    factors: tuple[float, ...] = ()

    def __call__(self, image: Array) -> Array:
        """The value for an image."""
        value = image
        for number, axis in enumerate(range(image.ndim - len(self.sizes), image.ndim)):
            value = self._along(value, axis, number)
        return value

    def _along(self, value: Array, axis: int, number: int) -> Array:
        extent, size = value.shape[axis], self.sizes[number]
        if extent == size and (not self.factors or self.factors[number] == 1):
            return value
        factor = self.factors[number] if self.factors else size / extent
        at = positions(self.positions, extent, size, factor)
        if self.mode == "nearest":
            return value.take(_nearest(at, self.rounding).clip(0, extent - 1), axis)
        matrix = _linear(at, extent) if self.mode == "linear" else _cubic(at, extent, self.cubic)
        return _applied(matrix.astype(value.dtype), value, axis)


def _applied(matrix: Array, value: Array, axis: int) -> Array:
    """The matrix's product with every line along an axis; the last two axes need no copy."""
    if axis == value.ndim - 1:
        return np.asarray(value @ matrix.T)
    if axis == value.ndim - 2:
        return np.asarray(matrix @ value)
    return np.moveaxis(np.moveaxis(value, axis, -1) @ matrix.T, -1, axis)


def positions(kind: Positions, extent: int, size: int, factor: float) -> NDArray[np.float64]:
    """For each pixel of the value its place in the image, from 0.

    >>> positions("half_pixel", 2, 4, 2.0).tolist()
    [-0.25, 0.25, 0.75, 1.25]
    """
    target = np.arange(size, dtype=np.float64)
    if kind == "asymmetric":
        return target / factor
    if kind == "align_corners":
        return target * ((extent - 1) / (size - 1)) if size > 1 else target
    adjusted = size / (factor * extent) if kind == "half_pixel_symmetric" else 1.0
    shift = extent / 2 * (1 - adjusted)
    return (target + 0.5) / factor - 0.5 + shift


def _nearest(at: NDArray[np.float64], rounding: Rounding) -> NDArray[np.intp]:
    # PyTorch and onnxruntime compute places in float32: 3 * (1 / 3) must not fall below 1.
    single = at.astype(np.float32)
    shift = {"round_prefer_floor": np.float32(-0.5), "round_prefer_ceil": np.float32(0.5)}.get(rounding, np.float32(0))
    upwards = rounding in {"ceil", "round_prefer_floor"}
    rounded = np.ceil(single + shift) if upwards else np.floor(single + shift)
    return np.asarray(rounded, np.intp)


def _linear(at: NDArray[np.float64], extent: int) -> NDArray[np.float64]:
    return _matrix(at.clip(0, extent - 1), extent, (0, 1), lambda distance: max(1 - distance, 0.0))


def _cubic(at: NDArray[np.float64], extent: int, a: float) -> NDArray[np.float64]:
    def weight(distance: float) -> float:
        if distance <= 1:
            return ((a + 2) * distance - (a + 3)) * distance**2 + 1
        return ((a * distance - 5 * a) * distance + 8 * a) * distance - 4 * a if distance < 2 else 0.0

    return _matrix(at, extent, (-1, 2), weight)


def _matrix(at: NDArray[np.float64], extent: int, reach: tuple[int, int], weight: Any) -> NDArray[np.float64]:
    """Weights of the pixels around each place; the outermost pixels go on outside."""
    matrix = np.zeros((len(at), extent))
    for row, place in enumerate(at):
        first = math.floor(place)
        for pixel in range(first + reach[0], first + reach[1] + 1):
            matrix[row, min(max(pixel, 0), extent - 1)] += weight(abs(place - pixel))
    return matrix
