"""One image file to uint8 pixels, without a guess: what has no one meaning on both sides is refused by name."""

from pathlib import Path

import numpy as np
from PIL import Image

from xverify.datasets.source import Pixels
from xverify.errors import XverifyError

_GREY = frozenset({"1", "L", "LA", "La"})
_COLOUR = frozenset({"P", "PA", "RGB", "RGBA", "RGBX", "RGBa"})
_UNREADABLE = (OSError, SyntaxError, ValueError, Image.DecompressionBombError)


def decode(path: Path) -> Pixels:
    """The image as H x W x 3 (RGB) or, where the file is grey, H x W. Alpha is dropped; EXIF's rotation is not applied.

    Raises:
        XverifyError: The file is damaged, has 16 bits a channel or several images, or colours that are neither grey nor RGB.
    """
    try:
        with Image.open(path) as image:
            if _is_deep(image):
                raise XverifyError(
                    f"{path} has 16 bits a channel or more.",
                    "Its range is not known (4095? 65535?): convert it to 8 bits the way the network was trained.",
                )
            if getattr(image, "n_frames", 1) > 1 and image.format != "MPO":  # of an MPO the first is the photograph
                raise XverifyError(
                    f"{path} holds {getattr(image, 'n_frames', 1)} images.",
                    "Which one is meant cannot be guessed: keep one, in a file of its own.",
                )
            if image.mode not in _GREY | _COLOUR:
                raise XverifyError(
                    f"{path} has the colour mode {image.mode}.",
                    "Convert it to RGB: conversions differ between programs.",
                )
            return np.asarray(image.convert("L" if image.mode in _GREY else "RGB"))
    except _UNREADABLE as error:
        raise XverifyError(
            f"{path} is not a readable image: {error}", "Replace the file or remove it; nothing is skipped."
        ) from error


def _is_deep(image: Image.Image) -> bool:
    """Whether the file has more than 8 bits a channel. Pillow drops the lower ones of colour images without a word."""
    if image.mode[0] in "IF":
        return True
    for tile in getattr(image, "tile", ()):
        arguments = tile[3] if isinstance(tile[3], tuple) else (tile[3],)
        if any(isinstance(item, str) and ";16" in item for item in arguments):
            return True
        if tile[0] in {"ppm", "ppm_plain"} and isinstance(arguments[-1], int) and arguments[-1] > 255:
            return True
    return False
