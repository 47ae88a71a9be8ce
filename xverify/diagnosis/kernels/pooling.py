"""Max and average pooling as PyTorch computes them, along one axis after the other.

A window's largest element is the largest of its rows' largest, its sum the sum of its rows' sums: so a window of 7 x 7 costs 14 passes.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from xverify.diagnosis.kernels.windows import Windows

Array = NDArray[Any]
Sizes = tuple[int, ...]


@dataclass(frozen=True)
class Pooling:
    """A pooling with all that it needs but its image.

    Attributes:
        kind: What it takes of a window.
        windows: Their `value` stands in the padding: minus infinity for PyTorch's max pooling, 0 for the average.
        ceil: Whether a last window may stick out behind the padding.
        include: Whether an average counts the padding's elements; those behind the padding never count.
        divisor: What a sum is divided by; None for the number of elements.
    """

    kind: Literal["max", "average"]
    windows: Windows
    ceil: bool = False
    include: bool = True
    divisor: float | None = None

    def counts(self, extents: Sizes) -> Sizes:
        """Number of windows along each axis."""
        if not self.ceil:
            return self.windows.counts(extents)
        axes = zip(extents, *self._settings, strict=True)
        return tuple(_ceil(extent, *axis) for extent, *axis in axes)

    def output_shape(self, shape: Sizes) -> Sizes | None:
        """The value's shape for an image of this shape; None where it has too few axes."""
        extents = shape[len(shape) - self.windows.rank :]
        leading = shape[: len(shape) - self.windows.rank]
        return (*leading, *self.counts(extents)) if len(extents) == self.windows.rank and leading else None

    def __call__(self, image: Array) -> Array:
        """The value for an image."""
        extents = image.shape[image.ndim - self.windows.rank :]
        counts = self.counts(extents)
        windows = self.windows.fitted(extents, counts)
        if self.kind == "max":
            return _along_axes(_padded(image, windows, windows.value), windows, counts, np.maximum)
        total = _along_axes(_padded(image.astype(np.float64), windows, windows.value), windows, counts, np.add)
        return (total / self._divisors(extents, counts)).astype(image.dtype)

    def _divisors(self, extents: Sizes, counts: Sizes) -> Array:
        """How many elements of each window count."""
        if self.divisor is not None:
            return np.array(self.divisor)
        sizes = []
        for axis, (extent, count) in enumerate(zip(extents, counts, strict=True)):
            kernel, stride, before, after, step = (setting[axis] for setting in self._settings)
            places = (np.arange(count) * stride - before)[:, None] + step * np.arange(kernel)
            first, last = (-before, extent + after) if self.include else (0, extent)
            sizes.append(((places >= first) & (places < last)).sum(axis=1))
        return reduce(np.multiply.outer, sizes)

    @property
    def _settings(self) -> tuple[Sizes, ...]:
        windows = self.windows
        return windows.kernel, windows.stride, windows.before, windows.after, windows.dilation


def _ceil(extent: int, kernel: int, stride: int, before: int, after: int, step: int) -> int:
    """The last window must begin inside the image or the padding in front, else it is left out."""
    count = -((step * (kernel - 1) + 1 - extent - before - after) // stride) + 1
    return count - 1 if (count - 1) * stride >= extent + before else count


def _padded(image: Array, windows: Windows, value: float) -> Array:
    whole = replace(windows, kernel=(1,) * windows.rank, stride=(1,) * windows.rank, value=value)
    index: list[Any] = [0] * windows.rank
    return whole.views(image)[(..., *index)]


def _along_axes(image: Array, windows: Windows, counts: Sizes, join: Callable[[Array, Array], Array]) -> Array:
    for axis, count in enumerate(counts, image.ndim - windows.rank):
        number = axis - image.ndim + windows.rank
        kernel, stride, step = windows.kernel[number], windows.stride[number], windows.dilation[number]
        parts = (
            image[(slice(None),) * axis + (slice(at * step, at * step + (count - 1) * stride + 1, stride),)]
            for at in range(kernel)
        )
        image = reduce(join, parts)
    return image
