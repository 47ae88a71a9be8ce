"""MAT files: written as v5 through scipy.io, read whatever their version.

scipy.io takes longer to import than a small comparison runs, so it is imported when a file is written or a foreign one
is read, and h5py when that is v7.3. Arrays of a bundle's own reference files are mapped by the offset that the manifest
recorded.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from math import prod
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from xverify.bundle.mat_contents import MatFile, Variable
from xverify.bundle.variable_path import Node, PathError, VariablePath
from xverify.errors import XverifyError

MAX_VARIABLE_BYTES = 1_500_000_000
"""MATLAB's v5 format ends at 2 GiB a variable, and Octave loses the next variable silently: stay well below."""

_HDF5 = b"\x89HDF\r\n\x1a\n"

Array = NDArray[Any]


def cell(items: list[Any]) -> Array:
    """A MATLAB cell column of `items`. A plain list of strings would become a padded character matrix."""
    column = np.empty((len(items), 1), dtype=object)
    for index, item in enumerate(items):
        column[index, 0] = item
    return column


class MatWriter:
    """Writes variables one after the other, so that a file never has to fit into memory.

    scipy writes the file's header only at position 0; each further call appends a variable. The handle must be able to
    seek back (scipy patches sizes): never open it for appending.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._names: set[str] = set()
        self._file: Any = path.open("w+b")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    @property
    def size(self) -> int:
        """Bytes written so far."""
        end: int = self._file.seek(0, 2)
        return end

    def write(self, name: str, value: object) -> None:
        """Appends one variable: an array, a struct (dict), a cell, or text (ASCII)."""
        from scipy.io import savemat

        if name in self._names:
            raise ValueError(f"variable {name} is already in {self.path.name}")
        self._names.add(name)
        self._file.seek(0, 2)
        savemat(self._file, {name: value}, do_compression=False, long_field_names=True, oned_as="column")

    def write_array(self, name: str, array: Array) -> int:
        """Appends a numeric array, and returns the offset at which its column-major data begins.

        Raises:
            XverifyError: The array is larger than a MAT v5 variable may be.
        """
        if array.nbytes > MAX_VARIABLE_BYTES:
            raise XverifyError(
                f"{name} has {array.nbytes / 1e9:.1f} GB; a variable of a MAT v5 file holds at most {MAX_VARIABLE_BYTES / 1e9} GB.",
                "Use a smaller input (`--input`).",
            )
        self.write(name, array)
        end = self.size
        # Up to 4 bytes travel inside the element's own tag; everything larger is padded to a multiple of 8.
        return end - 4 if array.nbytes <= 4 else end - (array.nbytes + 7) // 8 * 8


def read_at(path: Path, offset: int, dtype: str, shape: tuple[int, ...], permutation: tuple[int, ...]) -> Array:
    """Reads one array of a file that `MatWriter` wrote, in PyTorch's axis order, C-contiguous.

    Args:
        path: The .mat file.
        offset: Where the array's data begins, in bytes.
        dtype: numpy's name of the element type as stored.
        shape: The shape in PyTorch's axis order.
        permutation: PyTorch's axes to the stored ones.

    Raises:
        XverifyError: The file cannot be read, or ends too early.
    """
    flat = _elements(path, offset, np.dtype(dtype), prod(shape))
    stored = flat.reshape([shape[axis] for axis in permutation], order="F")
    # Not np.ascontiguousarray: that would make a scalar one-dimensional.
    return np.asarray(stored.transpose(np.argsort(permutation)), order="C")


def _elements(path: Path, offset: int, dtype: np.dtype[Any], count: int) -> Array:
    try:
        if offset + count * dtype.itemsize <= path.stat().st_size:
            return np.fromfile(path, dtype=dtype, count=count, offset=offset)
    except OSError as error:
        raise XverifyError(f"{path} cannot be read: {error.strerror}.", "Export the bundle again.") from error
    raise XverifyError(
        f"{path.name} ends before its array at byte {offset}.", "The bundle is damaged: export it again."
    )


class OpenedFile:
    """A file of any version; whatever goes wrong while it is read names it."""

    def __init__(self, path: Path, file: MatFile) -> None:
        self.path, self._file = path, file

    @property
    def variables(self) -> list[Variable]:
        """The variables, in the file's order, duplicates included."""
        return self._file.variables

    def node(self, path: VariablePath) -> Node:
        """The value at a path, not necessarily read yet; of variables of one name the first.

        Raises:
            PathError: There is no such value.
            XverifyError: The file cannot be read.
        """
        with _explained(self.path):
            return self._file.node(path)

    def value(self, node: Node) -> Array:
        """Reads a value: an array in MATLAB's axis order, of objects where it is neither numbers nor text.

        Raises:
            XverifyError: The file cannot be read.
        """
        with _explained(self.path):
            return node.value()


@contextmanager
def opened(path: Path, *, mapped: bool = False) -> Iterator[OpenedFile]:
    """Opens a MAT file of any version.

    Args:
        path: The file.
        mapped: Whether arrays may be read-only maps of the file, where its form allows it: for files that are read once.

    Raises:
        XverifyError: The file cannot be read.
    """
    with _explained(path):
        file = (_mapped(path) if mapped else None) or _open(path)
    with closing(file):
        yield OpenedFile(path, file)


def variables(path: Path) -> list[Variable]:
    """The variables of a MAT file, in its order, duplicates included.

    Raises:
        XverifyError: The file cannot be read.
    """
    with opened(path) as file:
        return file.variables


def read(path: Path, variable: Variable) -> Any:
    """Reads one variable of a file; before v7.3 a struct comes as attribute record, a cell as object array.

    Raises:
        XverifyError: The file cannot be read.
    """
    with opened(path) as file:
        return file.value(file.node(VariablePath(variable.name)))


def _mapped(path: Path) -> MatFile | None:
    from xverify.bundle.mapped_mat5 import map_file

    return map_file(path)


def _open(path: Path) -> MatFile:
    from xverify.bundle.mat5file import Mat4File, Mat5File, major_version

    if path.stat().st_size == 0:
        raise ValueError("it is empty.")
    with path.open("rb") as file:
        if file.read(len(_HDF5)) == _HDF5:
            raise ValueError("it is HDF5 without MATLAB's header, so that its axis order is not known.")
    version = major_version(path)
    if version == 2:
        from xverify.bundle.hdf5file import Hdf5File

        return Hdf5File(path)
    return Mat5File(path) if version == 1 else Mat4File(path)


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Turns what the readers raise on a file that they cannot read into a message about that file."""
    if not path.is_file():  # scipy's own error for that names no file
        raise XverifyError(f"{path} {'is not a file' if path.exists() else 'does not exist'}.", "Check the path.")
    try:
        path.open("rb").close()  # nor does its error for a file that may not be read
    except OSError as error:
        raise XverifyError(f"{path} cannot be read: {error.strerror}.", "Check its permissions.") from error
    try:
        yield
    except (PathError, XverifyError):
        raise
    except Exception as error:  # on damaged files scipy and h5py raise nearly everything, UnboundLocalError included
        raise XverifyError(
            f"{path} is not a readable MAT file: {error}",
            "If it was copied, copy it again. In MATLAB, save it with save(..., '-v6').",
        ) from error
