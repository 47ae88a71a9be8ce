"""Reads a data set that is laid out as folders of image files: `train/<class>/*` and `test/<class>/*`."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
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
MISSING_HINT = (
    "`xverify train --data DIRECTORY --download` fetches CIFAR-10 (170 MB) into it; "
    "or name a folder with train/<class>/*.png and test/<class>/*.png."
)
_NAMED = 5


@dataclass(frozen=True)
class _ImageFile:
    path: Path
    label: int


@dataclass(frozen=True)
class _Fault:
    path: Path
    reason: str


def read_image_folder(root: Path) -> DataSet:
    """Decodes every image below `root/train` and `root/test`.

    Raises:
        XverifyError: a folder is missing or empty, the classes of the two folders differ, files cannot be read (they are
            counted, and the first ones named), or two images differ in size.
    """
    if not root.is_dir():
        raise XverifyError(f"There is no folder {root}.", MISSING_HINT)
    classes = _class_names(root / "train")
    _require_same_classes(root, classes)
    train, test = (_list_files(root / part, classes) for part in ("train", "test"))
    files = [*train, *test]
    pixels = _decoded(files)
    paths = tuple(file.path.relative_to(root).as_posix() for file in files)
    labels = np.array([file.label for file in files], dtype=np.int64)
    parts = (slice(0, len(train)), slice(len(train), None))
    return DataSet("image folder", classes, *(Images(pixels[part], labels[part], paths[part]) for part in parts))


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


def _decoded(files: Sequence[_ImageFile]) -> npt.NDArray[np.uint8]:
    """All images `(N, H, W, 3)`, those of both parts together: every fault is found before anything is refused."""
    pixels: npt.NDArray[np.uint8] | None = None
    faults: list[_Fault] = []
    with ThreadPoolExecutor() as pool:  # decoding releases the interpreter lock
        for index, image in enumerate(pool.map(_decode, (file.path for file in files))):
            if isinstance(image, _Fault):
                faults.append(image)
                continue
            if pixels is None:
                pixels = np.empty((len(files), *image.shape), dtype=np.uint8)
            _require_size(files[index].path, image, pixels.shape[1:])
            pixels[index] = image
    if faults or pixels is None:
        raise _unreadable(faults, len(files))
    return pixels


def _require_size(path: Path, image: npt.NDArray[np.uint8], size: tuple[int, ...]) -> None:
    if image.shape != size:
        raise XverifyError(
            f"{path} is {image.shape[1]} x {image.shape[0]} pixels; the first image is {size[1]} x {size[0]}.",
            "Resize the images to one size first: they are trained as they are.",
        )


def _decode(path: Path) -> "npt.NDArray[np.uint8] | _Fault":
    try:
        with Image.open(path) as image:
            return np.asarray(image.convert("RGB"))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        return _Fault(path, str(error))


def _unreadable(faults: Sequence[_Fault], total: int) -> XverifyError:
    first, others = faults[0], [fault.path.name for fault in faults[1:_NAMED]]
    more = f" (others: {', '.join(others)}{', ...' if len(faults) > _NAMED else ''})" if others else ""
    return XverifyError(
        f"{len(faults)} of {total} images cannot be read; {first.path} is not a readable image: {first.reason}{more}",
        "Replace these files or remove them.",
    )
