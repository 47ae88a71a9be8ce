"""A few places of a layer at which a changed layer is worked out first, because working it out everywhere takes long.

All the chosen points have the same channels: so a convolution needs the windows of the points and the weights of the channels.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Indices = NDArray[np.intp]

POINTS, CHANNELS = 48, 12
IMAGES = 2
"""Of a batch: each image that is looked at may cost a whole image's work."""


@dataclass(frozen=True)
class Spots:
    """Points on all axes but the channels', and channels.

    Attributes:
        points: A row for each point: its place on every axis but the channels', in order.
        channels: The channels.
        axis: The channels' axis.
    """

    points: Indices
    channels: Indices
    axis: int

    def of(self, value: Array) -> Array:
        """The values there: (point, channel)."""
        index: list[Indices] = [self.points[:, axis, None] for axis in range(self.points.shape[1])]
        index.insert(self.axis, self.channels[None, :])
        found: Array = value[tuple(index)]
        return found


def choose(shape: tuple[int, ...], axis: int = 1) -> Spots:
    """Spots of a layer of this shape, the same ones each time. Half of the points lie on a border: there padding shows."""
    random = np.random.default_rng(0)
    extents = [size for other, size in enumerate(shape) if other != axis]
    points = np.stack([random.integers(0, size, POINTS) for size in extents], axis=1)
    points[:, 0] %= min(IMAGES, extents[0])
    for row in range(POINTS // 2 if len(extents) > 1 else 0):
        side = 1 + row // 2 % (len(extents) - 1)
        points[row, side] = (0, extents[side] - 1)[row % 2]
    count = min(CHANNELS, shape[axis])
    return Spots(points, np.sort(random.choice(shape[axis], count, replace=False)), axis)
