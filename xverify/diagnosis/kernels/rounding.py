"""Numbers as other types hold them, in float32."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def float16(value: Array) -> Array:
    """IEEE half precision."""
    with np.errstate(over="ignore"):
        return value.astype(np.float16).astype(np.float32)


def bfloat16(value: Array) -> Array:
    """float32 with 8 bits of significand, rounded to the nearest, ties to even."""
    return _rounded(value, 16)


def tf32(value: Array) -> Array:
    """float32 with 11 bits of significand, as tensor cores read it."""
    return _rounded(value, 13)


def int8(value: Array, axes: tuple[int, ...] | None = None, largest: Array | None = None) -> Array:
    """Symmetric 8-bit integers times a scale, one for all or one for each element of the axes that are left.

    Args:
        value: The numbers.
        axes: Those over which one scale holds; all if None.
        largest: What the largest integer stands for; the largest number if None.
    """
    largest = np.abs(value).max(axis=axes, keepdims=True) if largest is None else largest
    scale = np.where(largest > 0, largest / 127, 1).astype(np.float32)
    return np.asarray(np.clip(np.rint(value / scale), -127, 127) * scale, np.float32)


def _rounded(value: Array, bits: int) -> Array:
    whole = np.ascontiguousarray(value, np.float32).view(np.uint32)
    half = np.uint32((1 << (bits - 1)) - 1) + ((whole >> np.uint32(bits)) & np.uint32(1))
    kept = np.uint32(0xFFFFFFFF ^ ((1 << bits) - 1))
    return ((whole + half) & kept).view(np.float32)


Rounding = Callable[[Array], Array]
