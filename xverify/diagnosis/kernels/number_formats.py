"""Rounding to float16 and bfloat16, and how far apart their numbers lie."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


@dataclass(frozen=True)
class NumberFormat:
    """A format of fewer bits than float32.

    Attributes:
        name: 'float16'.
        digits: Bits of the significand, the hidden one included.
        rounded: To the nearest number of the format, as float32.
    """

    name: str
    digits: int
    rounded: Callable[[Array], Array]

    def spacing(self, values: Array) -> Array:
        """The distance to the next number of the format, in float64."""
        exponents = np.frexp(np.abs(values.astype(np.float64)))[1]
        return np.asarray(np.exp2(exponents.astype(np.float64) - self.digits))


def _float16(values: Array) -> Array:
    with np.errstate(over="ignore"):
        return values.astype(np.float16).astype(np.float32)


def _bfloat16(values: Array) -> Array:
    """Round to nearest, ties to even, on the bits: bfloat16 is float32's upper half."""
    bits = values.astype(np.float32).view(np.uint32)
    rounded = bits + np.uint32(0x7FFF) + ((bits >> np.uint32(16)) & np.uint32(1))
    return (rounded & np.uint32(0xFFFF0000)).view(np.float32)


FORMATS = (NumberFormat("bfloat16", 8, _bfloat16), NumberFormat("float16", 11, _float16))
"""The coarser one first: its numbers of ordinary size are the other's as well."""
