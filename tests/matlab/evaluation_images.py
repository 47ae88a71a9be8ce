"""Image files of many kinds and sizes, and what Pillow and numpy make of them: what xverify.evaluate must make of them, too."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from xverify.bundle.manifest import Preprocessing

Array = NDArray[Any]

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def pixels(height: int, width: int, channels: int = 3, seed: int = 0) -> NDArray[np.uint8]:
    """Noise, and hard edges where the seed is odd: those make a bicubic filter overshoot."""
    values = np.random.default_rng([seed, height, width]).integers(0, 256, (height, width, channels), dtype=np.uint8)
    return np.where(values > 127, 255, 0).astype(np.uint8) if seed % 2 else values


@dataclass(frozen=True)
class Prepared:
    """One file, how it is prepared, and the network's input of it, `(H, W, C)` float32."""

    path: Path
    preprocessing: Preprocessing
    expected: Array

    def struct(self) -> dict[str, Any]:
        """The case as prepare_images.m reads it."""
        return {"file": str(self.path), "recipe": recipe(self.preprocessing, self.expected.shape)}


def recipe(preprocessing: Preprocessing, size: Sequence[int]) -> dict[str, Any]:
    """What xverify.internal.preprocessing gives."""
    fields = {name: getattr(preprocessing, name) for name in preprocessing.__struct_fields__}
    return {
        name: value if isinstance(value, str) else np.asarray(value, dtype=np.float64).reshape(1, -1)
        for name, value in (fields | {"size": size}).items()
    }


def expected_of(path: Path, preprocessing: Preprocessing) -> Array:
    """The network's input, `(H, W, C)`, by Pillow and numpy."""
    with Image.open(path) as opened:
        image = opened.convert("RGB")
    if preprocessing.channels == "L":
        image = image.convert("L")
    values = np.asarray(_sized(image, preprocessing))
    values = values[..., None] if values.ndim == 2 else values
    if preprocessing.channels == "BGR":
        values = values[..., ::-1]
    mean, std = (np.asarray(item, dtype=np.float32) for item in (preprocessing.mean, preprocessing.std))
    prepared = (values.astype(np.float32) / np.float32(preprocessing.scale) - mean) / std
    assert prepared.dtype == np.float32
    return np.asarray(prepared)


def _sized(image: Image.Image, preprocessing: Preprocessing) -> Image.Image:
    width, height = image.size
    if preprocessing.resize:
        if len(preprocessing.resize) == 2:
            height, width = preprocessing.resize
        else:
            short, long = sorted((width, height))
            other = int(preprocessing.resize[0] * long / short)
            height, width = (other, preprocessing.resize[0]) if width <= height else (preprocessing.resize[0], other)
        method = Image.Resampling[preprocessing.interpolation.upper()]
        # Rows first, always: which pass comes first in one call depends on Pillow's version.
        image = image.resize((width, image.size[1]), method).resize((width, height), method)
    if preprocessing.crop:
        rows, columns = preprocessing.crop
        top, left = round((height - rows) / 2.0), round((width - columns) / 2.0)
        image = image.crop((left, top, left + columns, top + rows))
    return image


def kinds(folder: Path) -> dict[str, Path]:
    """A file of every kind that is read: name -> path."""
    colours = Image.fromarray(pixels(13, 9))
    grey = Image.fromarray(pixels(13, 9, 1)[..., 0])
    palette = colours.quantize(16)
    images: Mapping[str, tuple[Image.Image, dict[str, Any]]] = {
        "rgb.png": (colours, {}),
        "grey.png": (grey, {}),
        "rgba.png": (Image.fromarray(pixels(13, 9, 4)), {}),
        "grey with alpha.png": (Image.fromarray(pixels(13, 9, 2)), {}),
        "palette.png": (palette, {}),
        "palette of two.png": (colours.quantize(2), {}),
        "transparent palette.png": (palette, {"transparency": 3}),
        "bits.png": (grey.point(lambda value: 255 * (value > 99)).convert("1"), {}),
        "black and white in colour.png": (Image.fromarray(pixels(13, 9, 1, seed=1).repeat(3, axis=2)), {}),
        "grey in colour.png": (Image.fromarray(pixels(13, 9, 1).repeat(3, axis=2)), {}),
        "one colour.png": (Image.new("RGB", (9, 13), (7, 8, 9)), {}),
        "black.png": (Image.new("RGB", (9, 13)), {}),
        "column.png": (Image.fromarray(pixels(13, 1)), {}),
        "row.png": (Image.fromarray(pixels(1, 9)), {}),
        "pixel.png": (Image.fromarray(pixels(1, 1)), {}),
        "interlaced.PNG": (colours, {"format": "PNG", "interlace": True}),
        "rgb.bmp": (colours, {}),
        "grey.bmp": (grey, {}),
        "palette.bmp": (palette, {}),
        "rgb.ppm": (colours, {}),
        "grey.pgm": (grey, {}),
        "rgb.tif": (colours, {}),
        "grey.TIFF": (grey, {}),
        "rgba.tif": (Image.fromarray(pixels(13, 9, 4)), {}),
        "palette.tif": (palette, {}),
        "packed.tiff": (colours, {"compression": "tiff_lzw"}),
    }
    folder.mkdir()
    for name, (image, options) in images.items():
        image.save(folder / name, **options)
    return {name: folder / name for name in images}


def plans() -> Iterator[tuple[Preprocessing, tuple[int, int]]]:
    """Preprocessings with the size of an image for each: up, down, both; every interpolation; odd and even margins."""
    sizes = [(13, 9), (9, 13), (40, 31), (31, 40), (7, 90), (90, 7), (64, 64), (5, 6), (1, 17), (23, 1)]
    targets = [(11,), (32,), (10, 23), (23, 10), (8, 8), (61, 3)]
    for number, size in enumerate(sizes):
        for place, target in enumerate(targets):
            for interpolation in ("nearest", "bilinear", "bicubic"):
                channels = ("RGB", "BGR", "L")[(number + place) % 3]
                crop = ((target[0] - 1 - place % 2, target[-1] - 2 - number % 2), ())[(number + place) % 2]
                plan = {"resize": target, "crop": crop, "interpolation": interpolation}
                yield _plan(channels, plan), size
    yield _plan("RGB", {"crop": (5, 4)}), (8, 9)
    yield _plan("RGB", {"crop": (5, 4)}), (10, 7)
    yield _plan("RGB", {"resize": (224,), "crop": (200, 190)}), (375, 500)


def _plan(channels: str, fields: Mapping[str, Any]) -> Preprocessing:
    count = len(channels)
    return Preprocessing(channels=channels, mean=MEAN[:count], std=STD[:count], **fields)  # type: ignore[arg-type]


def cases(folder: Path) -> list[Prepared]:
    """Every kind of file as RGB, BGR and grey, resized and not; and every plan on PNG files."""
    result = []
    for path in kinds(folder / "kinds").values():
        for channels in ("RGB", "BGR", "L"):
            for resize in ((), (6, 15)):
                plan = _plan(channels, {"resize": resize})
                result.append(Prepared(path, plan, expected_of(path, plan)))
    (folder / "sizes").mkdir()
    for number, (plan, size) in enumerate(plans()):
        path = folder / "sizes" / f"{number}.png"
        Image.fromarray(pixels(*size, seed=number)).save(path)
        result.append(Prepared(path, plan, expected_of(path, plan)))
    return result
