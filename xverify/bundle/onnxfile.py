"""model.onnx, read in place: the names of its nodes and values, and where each initializer's bytes lie in the file.

The onnx package would copy every weight into memory, and its import alone takes a good part of a comparison. What
`compare` needs is little: the graph without its weights, and the offset of each weight. So this reads the protobuf wire
format directly; the field numbers are those of onnx.proto (IR version 3 and later, unchanged since).
"""

from collections.abc import Iterator
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np

from xverify.errors import XverifyError

# onnx.proto: TensorProto.DataType -> numpy's name of the same type. Types that numpy does not have are left out: no
# float32 network holds them, and an initializer of such a type is reported, not skipped.
ELEMENT_TYPES = {
    1: "float32",
    2: "uint8",
    3: "int8",
    4: "uint16",
    5: "int16",
    6: "int32",
    7: "int64",
    9: "bool",
    10: "float16",
    11: "float64",
}
ELEMENT_CODES = {name: code for code, name in ELEMENT_TYPES.items()}

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5

_VARINT_BITS = 70
"""A 64-bit number takes at most ten bytes of seven bits."""


class Field(NamedTuple):
    """One field of a protobuf message: its number, wire type, and where its payload (or whole value) lies."""

    number: int
    wire: int
    start: int
    end: int
    value: int
    """The number itself for a varint; for other wire types 0."""
    tag_start: int


class Initializer(NamedTuple):
    """One weight: its name, type, shape, and where its raw little-endian bytes lie in the file."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    offset: int
    nbytes: int
    message: tuple[int, int]
    """Start and end of its whole TensorProto."""


class Node(NamedTuple):
    """One operation: its names, and where its NodeProto lies."""

    name: str
    operation: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    message: tuple[int, int]


class OnnxFile:
    """A mapped ONNX file. Use as a context manager: the mapping is closed at the end.

    Raises:
        XverifyError: The file is missing or is no ONNX model with inline weights.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with path.open("rb") as file:
                self.data = mmap(file.fileno(), 0, access=ACCESS_READ)
        except FileNotFoundError:
            raise XverifyError(f"{path} does not exist.", "Export the bundle again.") from None
        except ValueError:
            raise XverifyError(f"{path} is empty.", "Export the bundle again.") from None
        except OSError as error:
            raise XverifyError(f"{path} cannot be read: {error.strerror}.", "Export the bundle again.") from error
        try:
            self._parse()
        except (IndexError, KeyError, UnicodeDecodeError, StopIteration) as error:
            self.data.close()
            raise XverifyError(
                f"{path} is not an ONNX model that xverify wrote ({error!r}).", "Export the bundle again."
            ) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.data.close()

    def _parse(self) -> None:
        self.model_fields = list(fields(self.data, 0, len(self.data)))
        graphs = [field for field in self.model_fields if field.number == 7]
        if len(graphs) != 1:  # protobuf would merge several: what was appended must not go unseen
            raise KeyError(f"{len(graphs)} graphs")
        self.graph_fields = list(fields(self.data, graphs[0].start, graphs[0].end))
        self.nodes = [self._node(field) for field in self.graph_fields if field.number == 1]
        self.initializers = {item.name: item for item in map(self._initializer, self._of(5))}
        self.inputs = [self._name_of(field) for field in self._of(11)]
        self.outputs = [self._name_of(field) for field in self._of(12)]

    def _of(self, number: int) -> Iterator[Field]:
        return (field for field in self.graph_fields if field.number == number)

    def _text(self, field: Field) -> str:
        return self.data[field.start : field.end].decode()

    def _name_of(self, message: Field) -> str:
        return next(self._text(field) for field in fields(self.data, message.start, message.end) if field.number == 1)

    def _node(self, message: Field) -> Node:
        parts = list(fields(self.data, message.start, message.end))
        texts = {number: [self._text(part) for part in parts if part.number == number] for number in (1, 2, 3, 4)}
        name = texts[3][0] if texts[3] else ""
        return Node(name, texts[4][0], tuple(texts[1]), tuple(texts[2]), (message.start, message.end))

    def _initializer(self, message: Field) -> Initializer:
        name, dtype, shape, raw, elsewhere = "", 0, list[int](), None, False
        for field in fields(self.data, message.start, message.end):
            if field.number == 1:
                shape += [field.value] if field.wire == _VARINT else list(_packed(self.data, field))
            elif field.number == 2:
                dtype = field.value
            elif field.number == 8:
                name = self._text(field)
            elif field.number == 9:
                raw = field
            elif field.number in {4, 5, 6, 7, 10, 11, 13, 14}:
                elsewhere = True
        if elsewhere:
            raise KeyError(f"initializer {name} is not stored as raw bytes")
        offset, nbytes = (raw.start, raw.end - raw.start) if raw else (message.end, 0)
        kind = ELEMENT_TYPES.get(dtype, f"type {dtype}")
        return Initializer(name, kind, tuple(shape), offset, nbytes, (message.start, message.end))

    def array(self, item: Initializer) -> np.ndarray[tuple[int, ...], np.dtype[np.generic]]:
        """The initializer's value: a copy, so that the mapping can be closed."""
        raw = np.frombuffer(self.data, dtype=np.uint8, count=item.nbytes, offset=item.offset).copy()
        return raw.view(np.dtype(item.dtype).newbyteorder("<")).reshape(item.shape)


def fields(data: bytes | mmap, start: int, end: int) -> Iterator[Field]:
    """The fields of the protobuf message that lies at data[start:end], without descending into them."""
    position = start
    while position < end:
        tag_start = position
        key, position = _varint(data, position)
        wire, value = key & 7, 0
        if wire == _VARINT:
            begin = position
            value, position = _varint(data, position)
        elif wire == _BYTES:
            length, begin = _varint(data, position)
            position = begin + length
        elif wire in (_FIXED64, _FIXED32):
            begin, position = position, position + (8 if wire == _FIXED64 else 4)
        else:
            raise KeyError(f"wire type {wire}")
        if position > end:
            raise IndexError("a field passes the end of its message")
        yield Field(key >> 3, wire, begin, position, value, tag_start)


def _packed(data: bytes | mmap, field: Field) -> Iterator[int]:
    position = field.start
    while position < field.end:
        value, position = _varint(data, position)
        yield value


def _varint(data: bytes | mmap, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
        shift += 7
        if shift >= _VARINT_BITS:
            raise IndexError("a number has more than ten bytes")


def encode_varint(value: int) -> bytes:
    """A non-negative integer in protobuf's base-128 encoding."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def message(number: int, payload: bytes) -> bytes:
    """A length-delimited field: a string, bytes or an embedded message."""
    return encode_varint(number << 3 | _BYTES) + encode_varint(len(payload)) + payload


def number(number_: int, value: int) -> bytes:
    """A varint field."""
    return encode_varint(number_ << 3 | _VARINT) + encode_varint(value)
