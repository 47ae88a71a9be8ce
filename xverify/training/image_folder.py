"""Reads a data set that is laid out as folders of image files: `train/<class>/*` and `test/<class>/*`."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from xverify.errors import XverifyError
from xverify.training.data import DataSet, Images

IMAGE_SUFFIXES = frozenset({".bmp", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp"})

LAYOUT_HINT = (
    "An image folder looks like this: train/<class>/*.png and test/<class>/*.png. "
    "`--download` fetches CIFAR-10 into the folder instead."
)


@dataclass(frozen=True)
class _ImageFile:
    path: Path
    label: int


def read_image_folder(root: Path) -> DataSet:
    """Decodes every image below `root/train` and `root/test`.

    Raises:
        XverifyError: a folder is missing or empty, the classes of the two folders differ, a file cannot be read, or
            two images differ in size.
    """
    classes = _class_names(root / "train")
    _require_same_classes(root, classes)
    train, test = (_list_files(root / part, classes) for part in ("train", "test"))
    size = _decode(train[0].path).shape
    return DataSet("image folder", classes, _read(root, train, size), _read(root, test, size))


def _class_names(folder: Path) -> tuple[str, ...]:
    if not folder.is_dir():
        raise XverifyError(f"There is no folder {folder}.", LAYOUT_HINT)
    names = sorted(entry.name for entry in folder.iterdir() if entry.is_dir() and not entry.name.startswith("."))
    if len(names) < 2:
        raise XverifyError(f"{folder} holds {len(names)} class folders; at least two are needed.", LAYOUT_HINT)
    return tuple(names)


def _require_same_classes(root: Path, classes: Sequence[str]) -> None:
    tested = _class_names(root / "test")
    for missing_in, names in (("test", set(classes) - set(tested)), ("train", set(tested) - set(classes))):
        if names:
            raise XverifyError(
                f"{root / missing_in} lacks the class folders {', '.join(sorted(names))}.",
                "train and test must have the same class folders: a label is a folder's place in the sorted list.",
            )


def _list_files(folder: Path, classes: Sequence[str]) -> list[_ImageFile]:
    files: list[_ImageFile] = []
    for label, name in enumerate(classes):
        paths = sorted(path for path in (folder / name).iterdir() if path.suffix.lower() in IMAGE_SUFFIXES)
        if not paths:
            raise XverifyError(
                f"There is no image in {folder / name}.", f"Known image files: {', '.join(sorted(IMAGE_SUFFIXES))}."
            )
        files.extend(_ImageFile(path, label) for path in paths)
    return files


def _read(root: Path, files: Sequence[_ImageFile], size: tuple[int, ...]) -> Images:
    pixels = np.empty((len(files), *size), dtype=np.uint8)
    with ThreadPoolExecutor() as pool:  # decoding releases the interpreter lock
        for index, image in enumerate(pool.map(_decode_sized, (file.path for file in files), repeat(size))):
            pixels[index] = image
    labels = np.array([file.label for file in files], dtype=np.int64)
    return Images(pixels, labels, tuple(file.path.relative_to(root).as_posix() for file in files))


def _decode_sized(path: Path, size: tuple[int, ...]) -> npt.NDArray[np.uint8]:
    image = _decode(path)
    if image.shape != size:
        raise XverifyError(
            f"{path} is {image.shape[1]} x {image.shape[0]} pixels; the first image is {size[1]} x {size[0]}.",
            "Resize the images to one size first: they are trained as they are.",
        )
    return image


def _decode(path: Path) -> npt.NDArray[np.uint8]:
    try:
        with Image.open(path) as image:
            return np.asarray(image.convert("RGB"))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise XverifyError(f"{path} is not a readable image: {error}", "Replace the file or remove it.") from error
