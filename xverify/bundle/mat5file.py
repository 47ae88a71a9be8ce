"""Reads MAT files before v7.3 through scipy.io, one variable at a time.

scipy gives up on a whole v5 file that holds one object of a class, and reads through all headers for each variable. So
each variable is handed to scipy as if it were a file of its own.
"""

import struct
from collections.abc import Iterator
from io import BufferedReader, RawIOBase
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from scipy.io import loadmat, whosmat
from scipy.io.matlab import MatlabFunction, MatlabObject, MatlabOpaque, mat_struct, matfile_version
from scipy.sparse import issparse

from xverify.bundle.class_objects import is_object
from xverify.bundle.mat_contents import Variable
from xverify.bundle.variable_path import PathError, VariablePath, follow

Array = NDArray[Any]

_HEADER_BYTES = 128
_TAG_BYTES = 8
_WORKSPACE = "__function_workspace__"
"""scipy's name of the part that holds the data of objects; it is no variable."""
_CLASSES = {"double": np.float64, "single": np.float32}


def major_version(path: Path) -> int:
    """0 for MAT v4, 1 for v5 to v7, 2 for v7.3.

    Raises:
        Exception: It is none of these; scipy says why.
    """
    major: int = matfile_version(str(path), appendmat=False)[0]
    return major


class Mat4File:
    """MAT v4: matrices only, in files that scipy reads through for each."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.variables = [Variable(name, kind) for name, _, kind in whosmat(path)]

    def node(self, path: VariablePath) -> "Loaded":
        """The value at a path.

        Raises:
            PathError: There is no such value.
        """
        kind = _kind_in(self.variables, path.variable)
        content = loadmat(self._path, variable_names=[path.variable])[path.variable]
        return follow(Loaded(content, kind), path)

    def close(self) -> None:
        """Nothing stays open."""


class Mat5File:
    """MAT v5, v6 or v7: a header, then one element a variable.

    Raises:
        Exception: The file is damaged. On damaged files scipy raises nearly everything.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        try:
            self._header = self._file.read(_HEADER_BYTES)
            elements = [(self._described(part), part) for part in _elements(self._file, self._header)]
        except BaseException:
            self._file.close()
            raise
        self._elements = [(variable, part) for variable, part in elements if variable.name != _WORKSPACE]
        self._last: tuple[str, bool, Any] | None = None

    @property
    def variables(self) -> list[Variable]:
        """The variables, in the file's order, duplicates included."""
        return [variable for variable, _ in self._elements]

    def _described(self, part: tuple[int, int]) -> Variable:
        try:
            ((name, _, kind),) = whosmat(self._alone(part))
        except TypeError:  # an object has no dimensions
            for value in loadmat(self._alone(part)).values():
                if isinstance(value, MatlabOpaque):
                    return Variable(value[0]["s0"].decode("latin1"), _class_of(value))
            raise
        return Variable(name, kind)

    def _alone(self, part: tuple[int, int]) -> Any:
        return BufferedReader(_Element(self._file, self._header, *part))

    def node(self, path: VariablePath) -> "Loaded":
        """The value at a path; of variables of one name the first.

        Raises:
            PathError: There is no such value.
            Exception: The file is damaged.
        """
        kind = _kind_in(self.variables, path.variable)
        if is_object(kind):
            return Loaded(None, kind)
        node = follow(Loaded(self._load(path.variable), kind), path)
        if node.is_stored_as_integer:
            return node.of_class(follow(Loaded(self._load(path.variable, as_class=True), kind), path))
        return node

    def _load(self, name: str, *, as_class: bool = False) -> Any:
        """One variable. The last one is kept: many paths may lead into one cell."""
        if self._last is None or self._last[:2] != (name, as_class):
            self._last = None
            part = next(part for variable, part in self._elements if variable.name == name)
            content = loadmat(self._alone(part), variable_names=[name], struct_as_record=False, mat_dtype=as_class)[
                name
            ]
            if isinstance(content, str):  # scipy's way to say that one variable cannot be read
                raise ValueError(content)
            self._last = (name, as_class, content)
        return self._last[2]

    def close(self) -> None:
        """Closes the file."""
        self._file.close()


class Loaded:
    """A value that scipy has read."""

    def __init__(self, content: Any, kind: str = "") -> None:
        self._content = content
        self.kind = kind or _kind_of(content)

    @property
    def shape(self) -> tuple[int, ...]:
        """Its size in MATLAB."""
        shape: tuple[int, ...] = getattr(self._content, "shape", (1, 1))
        return shape

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields of a 1 x 1 struct."""
        return tuple(getattr(self._struct, "_fieldnames", ()))

    @property
    def _struct(self) -> Any:
        return self._content.flat[0] if isinstance(self._content, np.ndarray) and self._content.size else self._content

    def item(self, position: int) -> "Loaded":
        """The element at a column-major position."""
        return Loaded(self._content.ravel(order="F")[position])

    def member(self, name: str) -> "Loaded":
        """A field of a 1 x 1 struct."""
        return Loaded(getattr(self._struct, name))

    @property
    def is_stored_as_integer(self) -> bool:
        """Whether the class has to be looked up: MATLAB stores whole numbers as integers whatever their class."""
        return isinstance(self._content, np.ndarray) and self._content.dtype.kind in "iu"

    def of_class(self, cast: "Loaded") -> "Loaded":
        """This value as floating numbers, if MATLAB's class is one.

        Args:
            cast: The value as scipy reads it with `mat_dtype`, which casts to MATLAB's class, but drops imaginary parts:
                so it is only asked where the stored values are integers.
        """
        return cast if cast.kind in _CLASSES else self

    def value(self) -> Array:
        """The array; what is no array of numbers or text comes as an array of objects."""
        if isinstance(self._content, np.ndarray):
            return self._content
        return np.broadcast_to(np.array(None, dtype=object), self.shape)


class _Element(RawIOBase):
    """One element of a v5 file, seen as a file of its own: the file's header, then that element's bytes."""

    def __init__(self, file: BinaryIO, header: bytes, start: int, end: int) -> None:
        self._file, self._header, self._start = file, header, start
        self._size = len(header) + end - start
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        self._position = offset + (0, self._position, self._size)[whence]
        return self._position

    def readinto(self, buffer: Any) -> int:
        data = self._bytes(min(len(buffer), max(0, self._size - self._position)))
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)

    def _bytes(self, count: int) -> bytes:
        inside = self._position - len(self._header)
        if inside < 0:
            return self._header[self._position : self._position + count]
        self._file.seek(self._start + inside)
        return self._file.read(count)


def _elements(file: BinaryIO, header: bytes) -> Iterator[tuple[int, int]]:
    """Where each element begins and ends. Only its tag is read: a type and a length."""
    tag = struct.Struct("<II" if header[126:128] == b"IM" else ">II")
    size, position = file.seek(0, 2), _HEADER_BYTES
    while position < size:
        file.seek(position)
        data = file.read(_TAG_BYTES)
        end = position + _TAG_BYTES + (tag.unpack(data)[1] if len(data) == _TAG_BYTES else 0)
        if end > size or len(data) < _TAG_BYTES:
            raise ValueError(
                f"it is cut short: it ends at byte {size}, inside a variable that begins at byte {position}."
            )
        yield position, end
        position = end


def _kind_in(variables: list[Variable], name: str) -> str:
    for variable in variables:
        if variable.name == name:
            return variable.kind
    raise PathError(f"there is no variable '{name}'")


def _kind_of(content: Any) -> str:
    """MATLAB's class of a value inside a cell or a struct."""
    if isinstance(content, MatlabOpaque):
        return _class_of(content)
    if isinstance(content, MatlabObject):
        return content.classname or "object"
    if isinstance(content, MatlabFunction):
        return "function_handle"
    if issparse(content):
        return "sparse"
    if isinstance(content, mat_struct):
        return "struct"
    return _class_of_array(content)


def _class_of_array(array: Array) -> str:
    if array.dtype.kind == "O":
        return "struct" if array.size and isinstance(array.flat[0], mat_struct) else "cell"
    if array.dtype.kind in "US":
        return "char"
    names = {"b": "logical", "f": "single", "c": "single"} if array.dtype.itemsize in {1, 4} else {}
    return names.get(array.dtype.kind) or {"f": "double", "c": "double"}.get(array.dtype.kind, array.dtype.name)


def _class_of(opaque: MatlabOpaque) -> str:
    name: bytes = opaque[0]["s2"]
    return name.decode("latin1")
