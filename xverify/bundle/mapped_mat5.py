"""Uncompressed MAT v5 files as memory maps: an array is read when it is looked at, and never copied.

Weights are hundreds of megabytes, and scipy copies each array twice on its way from the file. What is read here is what
`save -v6` and scipy write: numbers, text, cells and structs. A variable with anything else in it (sparse or complex arrays, damage)
is left to scipy, which then also says what is wrong with it; so is a file that is compressed, big-endian, or has objects.
"""

import mmap
import struct
from collections.abc import Iterator, Sequence
from functools import cached_property
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xverify.bundle.mat_contents import MatFile, Variable
from xverify.bundle.variable_path import Node, PathError, VariablePath, follow

Array = NDArray[Any]

_HEADER_BYTES = 128
_LITTLE_ENDIAN_V5 = b"\x00\x01IM"
_INT32, _MATRIX = 5, 14
_CELL, _STRUCT, _CHAR, _SPARSE = 1, 2, 4, 5
_COMPLEX, _LOGICAL = 0x08, 0x02
_MAX_RANK, _MAX_DEPTH = 32, 16
_CLASSES = {
    6: "double", 7: "single", 8: "int8", 9: "uint8", 10: "int16", 11: "uint16", 12: "int32", 13: "uint32", 14: "int64",
    15: "uint64",
}  # fmt: skip
_KINDS = {_CELL: "cell", _STRUCT: "struct", _CHAR: "char", _SPARSE: "sparse", **_CLASSES}
_STORED = {1: "i1", 2: "u1", 3: "<i2", 4: "<u2", 5: "<i4", 6: "<u4", 7: "<f4", 9: "<f8", 12: "<i8", 13: "<u8"}
_NUMPY = {"double": "float64", "single": "float32", "logical": "uint8"}
_CHARACTERS = {1: "latin1", 2: "latin1", 4: "utf-16-le", 16: "utf-8", 17: "utf-16-le"}
_TAG = struct.Struct("<II")


class _OtherFormError(Exception):
    """Something that is left to scipy."""


_NOT_HERE = (_OtherFormError, ValueError, IndexError, struct.error)
"""What is raised on a form that is not read here, or on damage."""


class MappedMat5File:
    """The variables of one file. The map lives as long as an array of it does."""

    def __init__(self, path: Path, data: mmap.mmap) -> None:
        self._path, self._reader = path, _Reader(data)
        self._elements = list(self._reader.variables())
        self.variables = [variable for variable, _, _ in self._elements]

    def node(self, path: VariablePath) -> Node:
        """The value at a path; of variables of one name the first.

        Raises:
            PathError: There is no such value.
            Exception: The variable is damaged; scipy says how.
        """
        for variable, start, end in self._elements:
            if variable.name == path.variable:
                try:
                    root = self._reader.matrix(start, end)
                except _NOT_HERE:
                    return self._by_scipy.node(path)
                return follow(root, path)
        raise PathError(f"there is no variable '{path.variable}'")

    @cached_property
    def _by_scipy(self) -> MatFile:
        from xverify.bundle.mat5file import Mat5File  # noqa: PLC0415 - scipy takes longer to import than all this takes

        return Mat5File(self._path)

    def close(self) -> None:
        """Closes the file; the map stays as long as an array of it."""
        if "_by_scipy" in self.__dict__:
            self._by_scipy.close()


class Mapped:
    """A value in a mapped file.

    Args:
        kind: MATLAB's class.
        shape: Its size in MATLAB.
        content: Numbers and text as an array.
        fields: Of a struct.
        items: The elements of a cell; of structs all fields of the first, then of the second.
    """

    def __init__(
        self,
        kind: str,
        shape: tuple[int, ...],
        content: Array | None = None,
        fields: tuple[str, ...] = (),
        items: Sequence["Mapped"] = (),
    ) -> None:
        self.kind, self.shape, self.fields = kind, shape, fields
        self._content, self._items = content, items

    def item(self, position: int) -> "Mapped":
        """The element at a column-major position."""
        if self.kind == "cell":
            return self._items[position]
        count = len(self.fields)
        return Mapped("struct", (1, 1), None, self.fields, self._items[position * count : (position + 1) * count])

    def member(self, name: str) -> "Mapped":
        """A field of a 1 x 1 struct."""
        return self._items[self.fields.index(name)]

    def value(self) -> Array:
        """The array, read-only; what is no array of numbers or text comes as an array of objects."""
        if self._content is not None:
            return self._content
        return np.broadcast_to(np.array(None, dtype=object), self.shape)


def map_file(path: Path) -> MappedMat5File | None:
    """Maps a file; None where it has another form, is damaged or cannot be opened: scipy then reads it, or says why not."""
    try:
        with path.open("rb") as file:
            if file.read(_HEADER_BYTES)[-4:] != _LITTLE_ENDIAN_V5:
                return None
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        return MappedMat5File(path, data)
    except (OSError, *_NOT_HERE):
        return None


class _Reader:
    def __init__(self, data: mmap.mmap) -> None:
        self.data = data

    def variables(self) -> Iterator[tuple[Variable, int, int]]:
        """Each variable, and where its parts lie."""
        position = _HEADER_BYTES
        while position < len(self.data):
            start, size, kind, position = self._element(position, len(self.data))
            if kind != _MATRIX or not size:
                raise _OtherFormError
            code, flags, _, name, _ = self._described(start, start + size)
            if code not in _KINDS:
                raise _OtherFormError
            yield (
                Variable(name, "logical" if flags & _LOGICAL and code in _CLASSES else _KINDS[code]),
                start,
                start + size,
            )

    def matrix(self, position: int, end: int, depth: int = _MAX_DEPTH) -> Mapped:
        """The matrix whose parts lie between two positions."""
        if position == end:  # what writers store for []
            return Mapped("double", (0, 0), np.zeros((0, 0)))
        code, flags, shape, _, position = self._described(position, end)
        if flags & _COMPLEX or not depth:
            raise _OtherFormError
        if code == _CELL:
            return Mapped("cell", shape, items=self._matrices(position, end, prod(shape), depth))
        if code == _STRUCT:
            return self._structs(position, end, shape, depth)
        return self._array(position, end, shape, code, is_logical=bool(flags & _LOGICAL))

    def _described(self, position: int, end: int) -> tuple[int, int, tuple[int, ...], str, int]:
        """A matrix's class, flags, size and name, and where its content begins."""
        start, _, _, position = self._element(position, end)
        code, flags = self.data[start], self.data[start + 1]
        start, size, kind, position = self._element(position, end)
        rank = size // 4
        if kind != _INT32 or not 2 <= rank <= _MAX_RANK:
            raise _OtherFormError
        shape = struct.unpack_from(f"<{rank}i", self.data, start)
        if min(shape) < 0:
            raise _OtherFormError
        start, size, _, position = self._element(position, end)
        return code, flags, shape, self.data[start : start + size].decode("ascii"), position

    def _element(self, position: int, end: int) -> tuple[int, int, int, int]:
        """Where an element's data begins, its size in bytes, its type, and where the next element begins."""
        kind, size = _TAG.unpack_from(self.data, position)
        if kind >> 16:  # up to 4 bytes lie in the tag itself
            start, size, kind, after = position + 4, kind >> 16, kind & 0xFFFF, position + 8
        else:
            start = position + 8
            after = start + size if kind == _MATRIX else start + (size + 7) // 8 * 8
        if after > end or size > after - start:
            raise _OtherFormError
        return start, size, kind, after

    def _matrices(self, position: int, end: int, count: int, depth: int) -> list[Mapped]:
        items = []
        for _ in range(count):
            start, size, kind, position = self._element(position, end)
            if kind != _MATRIX:
                raise _OtherFormError
            items.append(self.matrix(start, start + size, depth - 1))
        return items

    def _structs(self, position: int, end: int, shape: tuple[int, ...], depth: int) -> Mapped:
        start, size, kind, position = self._element(position, end)
        width = int(self._numbers(start, size, kind)[0])
        if width < 1:
            raise _OtherFormError
        start, size, _, position = self._element(position, end)
        text = self.data[start : start + size]
        names = [text[place : place + width].partition(b"\0")[0].decode("ascii") for place in range(0, size, width)]
        items = self._matrices(position, end, prod(shape) * len(names), depth)
        return Mapped("struct", shape, None, tuple(names), items)

    def _array(self, position: int, end: int, shape: tuple[int, ...], code: int, *, is_logical: bool) -> Mapped:
        start, size, kind, _ = self._element(position, end)
        if code == _CHAR:
            return Mapped("char", shape, self._text(start, size, kind, shape))
        if code not in _CLASSES:
            raise _OtherFormError
        own = "logical" if is_logical else _CLASSES[code]
        array = self._numbers(start, size, kind).reshape(shape, order="F")
        # Writers store whole numbers as integers whatever their class.
        return Mapped(own, shape, array.astype(_NUMPY.get(own, own), copy=False))

    def _numbers(self, start: int, size: int, kind: int) -> Array:
        if kind not in _STORED:
            raise _OtherFormError
        dtype = np.dtype(_STORED[kind])
        return np.frombuffer(self.data, dtype, size // dtype.itemsize, start)

    def _text(self, start: int, size: int, kind: int, shape: tuple[int, ...]) -> Array:
        """Rows as texts, as scipy gives them."""
        if kind not in _CHARACTERS:
            raise _OtherFormError
        text = self.data[start : start + size].decode(_CHARACTERS[kind])
        if len(text) != prod(shape):
            raise _OtherFormError
        if shape[0] == 1 and text:
            return np.array([text])
        rows = [text[row :: shape[0]] for row in range(shape[0])] if text else []
        return np.array(rows, dtype=str)
