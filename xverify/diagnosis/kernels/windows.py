"""Where a convolution or a pooling lays its windows on an image: the same for all images, channels and kinds of layers.

Amounts of padding may be negative (rows are left out), so that every shift of the windows can be written.
"""

from dataclasses import dataclass, replace
from typing import Any, Literal, Self

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Array = NDArray[Any]
Sizes = tuple[int, ...]
Edge = Literal["constant", "edge", "reflect", "symmetric", "wrap"]
"""What stands in the padding, by numpy's names."""


@dataclass(frozen=True)
class Windows:
    """Windows on the spatial axes, the last ones of an image; one number an axis.

    Attributes:
        kernel: Elements of a window.
        stride: From one window to the next.
        before: Padding in front.
        after: Padding behind.
        dilation: From one element of a window to the next.
        edge: What stands in the padding.
        value: The number in it, where `edge` is 'constant'.
    """

    kernel: Sizes
    stride: Sizes
    before: Sizes
    after: Sizes
    dilation: Sizes
    edge: Edge = "constant"
    value: float = 0.0

    @property
    def rank(self) -> int:
        """Number of spatial axes."""
        return len(self.kernel)

    @property
    def reach(self) -> Sizes:
        """How many pixels a window spans."""
        return tuple(step * (size - 1) + 1 for size, step in zip(self.kernel, self.dilation, strict=True))

    def counts(self, extents: Sizes) -> Sizes:
        """Number of windows along each axis of an image of these extents; 0 where none fits."""
        axes = zip(extents, self.before, self.after, self.reach, self.stride, strict=True)
        return tuple(
            max((extent + first + last - reach) // stride + 1, 0) for extent, first, last, reach, stride in axes
        )

    def fitted(self, extents: Sizes, counts: Sizes, **changes: Any) -> Self:
        """The same windows with changes, and as much padding behind as gives this many of them."""
        changed = replace(self, **changes)
        axes = zip(extents, counts, changed.before, changed.reach, changed.stride, strict=True)
        after = tuple((count - 1) * stride + reach - extent - first for extent, count, first, reach, stride in axes)
        return replace(changed, after=after)

    def views(self, image: Array) -> Array:
        """All windows: (..., windows along each axis, elements along each axis), without a copy of the padded image."""
        axes = tuple(range(image.ndim - self.rank, image.ndim))
        windows = sliding_window_view(self._padded(image), self.reach, axes)
        index: list[Any] = [slice(None, None, step) for step in (*self.stride, *self.dilation)]
        return windows[(..., *index)]

    def gathered(self, image: Array, images: NDArray[np.intp], points: NDArray[np.intp]) -> Array:
        """Single windows of an image (batch, channel, ...): (window, elements along each axis, channel).

        Args:
            image: The image.
            images: For each window, its place in the batch.
            points: For each window a row: its place along each axis.
        """
        inside = np.ones((len(points), *self.kernel), dtype=bool)
        index: list[Any] = [images.reshape(-1, *(1,) * self.rank), slice(None)]
        for axis in range(self.rank):
            shape = (len(points), *(self.kernel[axis] if other == axis else 1 for other in range(self.rank)))
            first = points[:, axis, None] * self.stride[axis] - self.before[axis]
            place = (first + self.dilation[axis] * np.arange(self.kernel[axis])).reshape(shape)
            extent = image.shape[2 + axis]
            inside &= (place >= 0) & (place < extent)
            index.append(sources(place, extent, self.edge))
        # A slice between index arrays: numpy puts the channels last.
        found: Array = image[tuple(index)]
        if self.edge == "constant":
            found[~inside] = self.value
        return found

    def _padded(self, image: Array) -> Array:
        for axis, (first, last) in enumerate(zip(self.before, self.after, strict=True), image.ndim - self.rank):
            extent = image.shape[axis]
            if not first and not last:
                continue
            if self.edge == "constant":
                image = _cropped(image, axis, max(-first, 0), max(-last, 0))
                amounts = [(0, 0)] * image.ndim
                amounts[axis] = (max(first, 0), max(last, 0))
                image = np.pad(image, amounts, constant_values=self.value)
            else:
                image = image.take(sources(np.arange(-first, extent + last), extent, self.edge), axis)
        return image


def sources(places: NDArray[np.intp], extent: int, edge: Edge) -> NDArray[np.intp]:
    """Which pixels stand at places that may lie outside; the nearest one where the padding is a constant.

    >>> sources(np.array([-2, -1, 0, 3, 4]), 4, "reflect").tolist()
    [2, 1, 0, 3, 2]
    """
    if edge == "wrap":
        return places % extent
    if edge in {"reflect", "symmetric"} and extent > 1:
        shared = 1 if edge == "reflect" else 0
        period = 2 * (extent - shared)
        folded = places % period
        return np.where(folded < extent, folded, period - folded - 1 + shared)
    return places.clip(0, extent - 1)


def _cropped(image: Array, axis: int, first: int, last: int) -> Array:
    kept: list[slice] = [slice(None)] * image.ndim
    kept[axis] = slice(first, image.shape[axis] - last)
    return image[tuple(kept)]
