"""Transposed convolutions of one to three dimensions: each pixel adds its multiple of the kernel to the value."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from xverify.diagnosis.kernels.spots import Spots

Array = NDArray[Any]
Sizes = tuple[int, ...]


@dataclass(frozen=True)
class TransposedConvolution:
    """A transposed convolution with all that it needs but its image.

    Attributes:
        weight: (in, out / groups, *kernel).
        bias: (out,), or None.
        stride: From one pixel's kernel to the next.
        before: Rows and columns that are cut off in front: PyTorch's padding.
        after: The same behind, the output padding taken off.
        dilation: From one element of the kernel to the next.
        groups: Each takes its own part of the channels.
    """

    weight: Array
    bias: Array | None
    stride: Sizes
    before: Sizes
    after: Sizes
    dilation: Sizes
    groups: int = 1

    def with_weight(self, weight: Array) -> Self:
        """The same with another weight."""
        return replace(self, weight=weight)

    def output_shape(self, shape: Sizes) -> Sizes | None:
        """The value's shape for an image of this shape (batch, channels, ...); None where it does not take such an image."""
        if len(shape) != self.weight.ndim or shape[1] != len(self.weight):
            return None
        spread = self._spread(shape[2:])
        kept = (max(size - b - a, 0) for size, b, a in zip(spread, self.before, self.after, strict=True))
        return (shape[0], self.weight.shape[1] * self.groups, *kept)

    def __call__(self, image: Array) -> Array:
        """The value for an image."""
        value = np.stack([self._one(item) for item in image])
        if self.bias is not None:
            value += self.bias.reshape(-1, *(1,) * (value.ndim - 2))
        return value

    def at(self, image: Array, spots: Spots) -> Array:
        """The value at a few places: (point, channel). Other channels and images are not worked out."""
        images, numbers = np.unique(spots.points[:, 0], return_inverse=True)
        out = self.weight.shape[1]
        value = np.empty((len(spots.points), len(spots.channels)), np.result_type(image, self.weight))
        for group in np.unique(spots.channels // out):
            chosen = spots.channels // out == group
            part = np.array_split(np.arange(image.shape[1]), self.groups)[group]
            small = replace(self, weight=self.weight[part][:, spots.channels[chosen] % out], bias=None, groups=1)
            found = np.moveaxis(small(image[images][:, part]), 1, -1)
            value[:, chosen] = found[numbers, *spots.points[:, 1:].T]
        return value if self.bias is None else value + self.bias[spots.channels]

    def _one(self, image: Array) -> Array:
        extents, kernel = image.shape[1:], self.weight.shape[2:]
        weight = self.weight.reshape(self.groups, len(self.weight) // self.groups, -1)
        pixels = image.reshape(self.groups, weight.shape[1], -1)
        out = self.weight.shape[1] * self.groups
        parts = (weight.transpose(0, 2, 1) @ pixels).reshape(out, *kernel, *extents)
        spread = self._spread(extents)
        whole = tuple(size + max(-after, 0) for size, after in zip(spread, self.after, strict=True))
        value = np.zeros((out, *whole), parts.dtype)
        for place, target in self._targets(extents):
            value[target] += parts[place]
        kept = (slice(b, size - a) for b, a, size in zip(self.before, self.after, spread, strict=True))
        return value[(slice(None), *kept)]

    def _targets(self, extents: Sizes) -> Iterator[tuple[tuple[Any, ...], tuple[Any, ...]]]:
        """For each element of the kernel, where among the parts it is and where in the value it goes."""
        for place in product(*map(range, self.weight.shape[2:])):
            firsts = (element * step for element, step in zip(place, self.dilation, strict=True))
            axes = zip(firsts, self.stride, extents, strict=True)
            target = (slice(first, first + stride * (extent - 1) + 1, stride) for first, stride, extent in axes)
            yield (slice(None), *place), (slice(None), *target)

    def _spread(self, extents: Sizes) -> Sizes:
        axes = zip(extents, self.stride, self.dilation, self.weight.shape[2:], strict=True)
        return tuple((extent - 1) * stride + step * (size - 1) + 1 for extent, stride, step, size in axes)
