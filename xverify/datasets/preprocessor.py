"""Applies a bundle's preprocessing: from decoded pixels to the network's input, the same bytes as xverify.evaluate makes in MATLAB."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from xverify.bundle.manifest import Preprocessing
from xverify.datasets.source import Pixels
from xverify.errors import XverifyError

Tensor = NDArray[np.float32]


class Preprocessor:
    """One preprocessing, ready to be applied.

    Args:
        preprocessing: What to do.
        size: Height and width of the network's input.
    """

    def __init__(self, preprocessing: Preprocessing, size: tuple[int, int]) -> None:
        self._plan, self._size = preprocessing, size
        # A byte has 256 values: what the arithmetic makes of each is computed once, and looked up.
        values = np.arange(256, dtype=np.float32)
        scaled = values / np.float32(preprocessing.scale)
        self._tables = [
            (scaled - np.float32(mean)) / np.float32(std)
            for mean, std in zip(preprocessing.mean, preprocessing.std, strict=True)
        ]

    def in_mode(self, image: Pixels) -> Pixels:
        """The image in the network's colour mode, H x W x 3 or H x W: grey is repeated, colours become luma.

        Luma is Pillow's integer formula of ITU-R 601-2: (19595 R + 38470 G + 7471 B + 2^15) / 2^16, rounded down.
        """
        if self._plan.channels != "L":
            return image if image.ndim == 3 else np.repeat(image[..., None], 3, axis=2)
        if image.ndim == 2:
            return image
        red, green, blue = (image[..., channel].astype(np.uint32) for channel in range(3))
        return ((red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16).astype(np.uint8)

    def sized(self, image: Pixels, name: str) -> Pixels:
        """The image resized and cropped.

        Args:
            image: In the network's colour mode.
            name: What the sample is called, for messages.

        Raises:
            XverifyError: It is smaller than the crop, or has not the size of the network's input in the end.
        """
        resized = self._resized(image)
        if self._plan.crop:
            resized = _cropped(resized, (self._plan.crop[0], self._plan.crop[1]), name)
        if resized.shape[:2] != self._size:
            found, wanted = resized.shape, self._size
            raise XverifyError(
                f"{name} is {found[1]} x {found[0]} pixels; the network takes {wanted[1]} x {wanted[0]}.",
                f"Say how images get that size: --resize {wanted[0]}x{wanted[1]}, or --resize and --crop as in training.",
            )
        return resized

    def tensor(self, images: Sequence[Pixels]) -> Tensor:
        """Float32 `(N, C, H, W)` of images of the network's size and colour mode."""
        stacked = np.stack(images)
        if stacked.ndim == 3:
            stacked = stacked[..., None]
        channels = range(stacked.shape[3])
        result = np.empty((len(images), len(channels), *stacked.shape[1:3]), dtype=np.float32)
        order = reversed(channels) if self._plan.channels == "BGR" else channels
        for place, (channel, table) in enumerate(zip(order, self._tables, strict=True)):
            np.take(table, stacked[..., channel], out=result[:, place], mode="clip")
        return result

    def _resized(self, image: Pixels) -> Pixels:
        if not self._plan.resize:
            return image
        height, width = _target(self._plan.resize, image.shape[0], image.shape[1])
        if (height, width) == image.shape[:2]:
            return image
        from PIL import Image  # noqa: PLC0415 - data that need no resizing need no Pillow

        method = Image.Resampling[self._plan.interpolation.upper()]
        # Rows first, in a call of their own: Pillow 13 may begin with the columns, and rounds to bytes between the two.
        rows = Image.fromarray(image).resize((width, image.shape[0]), method)
        return np.asarray(rows.resize((width, height), method))


def _target(resize: tuple[int, ...], height: int, width: int) -> tuple[int, int]:
    """Height and width after resizing; of one number torchvision's rule: the longer side is rounded down."""
    if len(resize) == 2:
        return resize[0], resize[1]
    (shorter,) = resize
    if height <= width:
        return shorter, int(shorter * width / height)
    return int(shorter * height / width), shorter


def _cropped(image: Pixels, crop: tuple[int, int], name: str) -> Pixels:
    """The centre; an odd rest is split as torchvision does, with Python's round."""
    if image.shape[0] < crop[0] or image.shape[1] < crop[1]:
        raise XverifyError(
            f"{name} is {image.shape[1]} x {image.shape[0]} pixels before it is cropped to {crop[1]} x {crop[0]}.",
            "Resize first (--resize), or leave small images out: none is padded.",
        )
    top, left = (round((have - want) / 2.0) for have, want in zip(image.shape, crop, strict=False))
    return image[top : top + crop[0], left : left + crop[1]]
