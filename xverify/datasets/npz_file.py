"""A .npz file with arrays `images` and `labels`, read image by image: numpy itself would decompress it whole."""

import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from xverify.datasets.source import UNKNOWN, Pixels, labels_of
from xverify.errors import XverifyError

_FORM = "It needs `images` (uint8, N x H x W x 3 or N x H x W) and may have `labels` (N integers from 0) and `classes` (names)."
_KNOWN = frozenset({"images", "labels", "classes"})
_DAMAGED = (OSError, ValueError, KeyError, RuntimeError, EOFError, zipfile.BadZipFile, zlib.error)


class NpzFile:
    """Images and labels that `numpy.savez` wrote.

    Raises:
        XverifyError: The file cannot be read, or its arrays are not images and labels.
    """

    kind = "npz file"

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            if not zipfile.is_zipfile(path):
                raise ValueError("it is no zip archive")
            with np.load(path, allow_pickle=False) as file:
                names = set(file.files)
                if "images" not in names or names - _KNOWN:
                    raise XverifyError(f"{path} holds the arrays {', '.join(sorted(names)) or 'none'}.", _FORM)
                labels = file["labels"] if "labels" in names else None
                self.classes = _checked_classes(path, file["classes"]) if "classes" in names else ()
            with zipfile.ZipFile(path) as archive, archive.open("images.npy") as member:
                shape, fortran, dtype = _header(member)
        except _DAMAGED as error:
            raise XverifyError(f"{path} is not a readable .npz file: {error}", _FORM) from error
        self._shape = _checked_shape(path, shape, dtype, fortran=fortran)
        self.labels = _checked_labels(path, labels, self._shape[0])
        self.names = [f"{index:06d}" for index in range(self._shape[0])]

    def images(self, indices: Sequence[int]) -> Iterator[Pixels]:
        """These images, in ascending order of their places in the file."""
        size = int(np.prod(self._shape[1:]))
        try:
            with zipfile.ZipFile(self._path) as archive, archive.open("images.npy") as member:
                _header(member)
                position = 0
                for index in indices:
                    _skip(member, (index - position) * size)
                    data = member.read(size)
                    if len(data) < size:
                        raise EOFError(f"it ends inside image {index}")
                    position = index + 1
                    image = np.frombuffer(data, dtype=np.uint8).reshape(self._shape[1:])
                    yield image[..., 0] if image.ndim == 3 and image.shape[2] == 1 else image
        except _DAMAGED as error:
            raise XverifyError(f"{self._path} is not a readable .npz file: {error}", _FORM) from error


def _header(member: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    version = np.lib.format.read_magic(member)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    return read(member)


def _skip(member: IO[bytes], count: int) -> None:
    """Reads over what is not wanted: a zip member may be compressed, and then knows no other way."""
    while count > 0:
        data = member.read(min(count, 1 << 20))
        if not data:
            raise EOFError("it ends too early")
        count -= len(data)


def _checked_shape(path: Path, shape: tuple[int, ...], dtype: np.dtype[Any], *, fortran: bool) -> tuple[int, ...]:
    colours = len(shape) == 4 and shape[3] in {1, 3}
    if dtype != np.uint8 or not (len(shape) == 3 or colours) or 0 in shape[1:]:
        raise XverifyError(f"`images` in {path} is {dtype}, {_size(shape)}.", _FORM)
    if shape[0] == 0:
        raise XverifyError(f"{path} holds no image.", _FORM)
    if fortran:
        raise XverifyError(
            f"`images` in {path} is stored column by column, so that no image lies in one piece.",
            "Save numpy.ascontiguousarray(images).",
        )
    return shape


def _checked_classes(path: Path, names: NDArray[Any]) -> tuple[str, ...]:
    if names.ndim != 1 or names.dtype.kind not in "US":
        raise XverifyError(f"`classes` in {path} is {names.dtype}, {_size(names.shape)}.", _FORM)
    return tuple(name.decode("utf-8", "replace") if isinstance(name, bytes) else name for name in names.tolist())


def _size(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape)) or "a single value"


def _checked_labels(path: Path, labels: NDArray[Any] | None, count: int) -> NDArray[np.int64]:
    if labels is None:
        return np.full(count, UNKNOWN, dtype=np.int64)
    if labels.dtype.kind not in "iu" or labels.shape != (count,):
        raise XverifyError(f"`labels` in {path} is {labels.dtype}, {_size(labels.shape)}, for {count} images.", _FORM)
    if labels.dtype.kind == "u" and bool((labels > np.iinfo(np.int64).max).any()):
        raise XverifyError(f"`labels` in {path} has a number beyond 2^63.", _FORM)  # it would wrap round to 'unknown'
    return labels_of(labels)
