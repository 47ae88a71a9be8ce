"""Reads MAT v7.3 files, which are HDF5, through h5py: what `save` writes where a variable passes 2 GB, or with '-v7.3'.

MATLAB documents no layout. What is read here is what its files show, and what other readers agree on:

- a dataset has MATLAB's dimensions in reverse order, because HDF5 is row-major;
- the attribute `MATLAB_class` names the class; `MATLAB_empty` marks an empty array, whose dataset holds its size instead;
- a cell is a dataset of references; a 1 x 1 struct is a group; of an array of structs each field is a dataset of
  references without a class of its own;
- complex numbers are pairs (real, imag); a sparse matrix is a group with the attribute `MATLAB_sparse`;
- an object of a class has the attribute `MATLAB_object_decode`, and integers that say where its data lies.

Only what a path leads to is read, so that a cell of all layers need not fit into memory.
"""

from math import prod
from pathlib import Path
from typing import Any

import h5py  # type: ignore[import-untyped]
import numpy as np
from numpy.typing import NDArray

from xverify.bundle.mat_contents import Variable
from xverify.bundle.variable_path import PathError, VariablePath, follow

Array = NDArray[Any]

_NO_VARIABLES = {"#refs#", "#subsystem#"}
_NUMBERS: dict[str, type[np.generic]] = {
    "double": np.float64, "single": np.float32, "logical": np.uint8,
    "int8": np.int8, "int16": np.int16, "int32": np.int32, "int64": np.int64,
    "uint8": np.uint8, "uint16": np.uint16, "uint32": np.uint32, "uint64": np.uint64,
}  # fmt: skip
_CANONICAL_EMPTY = "canonical empty"
"""What MATLAB writes for `[]` inside a cell."""


class Hdf5File:
    """A MAT v7.3 file.

    Raises:
        Exception: The file is damaged; HDF5 says why.
    """

    def __init__(self, path: Path) -> None:
        self._file = h5py.File(path, "r", locking=False)  # locks fail on some network drives
        try:
            names = [name for name in self._file if name not in _NO_VARIABLES]
            self.variables = [Variable(name, Stored(self._file, self._member(name)).kind) for name in names]
        except BaseException:
            self._file.close()
            raise

    def _member(self, name: str) -> Any:
        return _own_member(self._file, name)

    def node(self, path: VariablePath) -> "Stored":
        """The value at a path, not read yet.

        Raises:
            PathError: There is no such value.
        """
        if path.variable not in {variable.name for variable in self.variables}:
            raise PathError(f"there is no variable '{path.variable}'")
        return follow(Stored(self._file, self._member(path.variable)), path)

    def close(self) -> None:
        """Closes the file."""
        self._file.close()


class Stored:
    """A value in an HDF5 file.

    Args:
        file: The file.
        content: A dataset or a group.
        position: Which struct of an array of structs is meant; None for the whole.
    """

    def __init__(self, file: Any, content: Any, position: int | None = None) -> None:
        self._file, self._content, self._position = file, content, position

    @property
    def kind(self) -> str:
        """MATLAB's class."""
        attributes = self._content.attrs
        if "MATLAB_sparse" in attributes:
            return "sparse"
        name = _text(attributes.get("MATLAB_class", b""))
        if not name:
            raise ValueError(f"{self._content.name} has no MATLAB_class: MATLAB did not write it.")
        return "double" if name == _CANONICAL_EMPTY else name

    @property
    def shape(self) -> tuple[int, ...]:
        """Its size in MATLAB."""
        if self._is_empty:
            return tuple(int(size) for size in np.ravel(self._content[()]))
        if isinstance(self._content, h5py.Dataset):
            return _reversed(self._content)
        if self.kind == "sparse":
            return int(self._content.attrs["MATLAB_sparse"]), len(self._content["jc"]) - 1
        columns = self._columns
        return _reversed(columns[0]) if columns and self._position is None else (1, 1)

    @property
    def _is_empty(self) -> bool:
        return bool(self._content.attrs.get("MATLAB_empty", 0))

    @property
    def _columns(self) -> list[Any]:
        """The fields of an array of structs, each a dataset of references; none for a 1 x 1 struct."""
        members = [_own_member(self._content, name) for name in self._content]
        return members if all(_is_references(member) for member in members) else []

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields of a struct, by name: MATLAB's order lies in an attribute that only messages would need."""
        return tuple(self._content) if isinstance(self._content, h5py.Group) else ()

    def item(self, position: int) -> "Stored":
        """The element at a column-major position: of a cell its content, of an array of structs one struct."""
        if self.kind == "cell":
            return self._referred(self._content, position)
        return Stored(self._file, self._content, position)

    def member(self, name: str) -> "Stored":
        """A field of one struct."""
        member = _own_member(self._content, name)
        return self._referred(member, self._position or 0) if self._columns else Stored(self._file, member)

    def _referred(self, references: Any, position: int) -> "Stored":
        reference = references[np.unravel_index(position, references.shape)]  # reversed axes, row-major: column-major
        return Stored(self._file, self._file[reference])

    def value(self) -> Array:
        """The array; what is no array of numbers or text comes as an array of objects."""
        kind = self.kind
        if kind in _NUMBERS:
            return self._empty(_NUMBERS[kind]) if self._is_empty else _numbers(self._content[()])
        if kind == "char":
            return _characters(self._empty(np.uint16) if self._is_empty else self._content[()].T)
        return np.broadcast_to(np.array(None, dtype=object), self.shape)

    def _empty(self, dtype: type[np.generic]) -> Array:
        if 0 not in self.shape:
            raise ValueError(f"{self._content.name} is marked as empty, but has the size {self.shape}.")
        return np.zeros(self.shape, dtype)


def _own_member(group: Any, name: str) -> Any:
    """A member that lies in this file: a link that leads elsewhere would let a .mat file read another file."""
    link = group.get(name, getlink=True)
    if not isinstance(link, h5py.HardLink):
        raise ValueError(f"{name} is a link, which MATLAB does not write.")
    return group[name]


def _is_references(member: Any) -> bool:
    return (
        isinstance(member, h5py.Dataset)
        and h5py.check_ref_dtype(member.dtype) is not None
        and "MATLAB_class" not in member.attrs
    )


def _reversed(dataset: Any) -> tuple[int, ...]:
    return tuple(int(size) for size in dataset.shape[::-1])


def _numbers(array: Array) -> Array:
    """A dataset's content in MATLAB's axis order and this machine's byte order; complex where it has two parts."""
    if array.dtype.names:
        return np.asarray(array["real"] + 1j * array["imag"]).T
    return array.astype(array.dtype.newbyteorder("="), copy=False).T


def _characters(codes: Array) -> Array:
    """Rows of UTF-16 code units as texts, as scipy gives them."""
    rows = codes.reshape(codes.shape[0], prod(codes.shape[1:]))
    return np.array([row.astype("<u2").tobytes().decode("utf-16-le", "replace") for row in rows], dtype=str)


def _text(value: Any) -> str:
    return value.decode("latin1") if isinstance(value, bytes) else str(value)
