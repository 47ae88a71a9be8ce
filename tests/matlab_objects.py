"""Objects of MATLAB classes in MAT v5 files, byte by byte: no Python package writes a dlarray.

The layout is the one of the objects in scipy's reader, and of the network objects that MATLAB saved (tests that have them
read both).
"""

import struct
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import scipy.io

_OPAQUE, _CELL, _MATRIX, _BYTES = 17, 1, 14, 1
_HEADER = b"MATLAB 5.0 MAT-file".ljust(116) + bytes(8) + b"\x00\x01IM"


def with_objects(path: Path, content: dict[str, Any], objects: dict[str, str], *, in_cell: str = "") -> Path:
    """Writes plain variables, then objects (name -> class); those and a number in one cell, if a name is given for it."""
    stream: Any = BytesIO()  # scipy-stubs leave streams out
    scipy.io.savemat(stream, content)
    plain = stream.getvalue() if content else _HEADER
    made = [opaque("" if in_cell else name, kind) for name, kind in objects.items()]
    path.write_bytes(plain + (cell(in_cell, [number(1.5), *made]) if in_cell else b"".join(made)))
    return path


def opaque(name: str, matlab_class: str) -> bytes:
    return element(
        _MATRIX,
        _flags(_OPAQUE)
        + text(name)
        + text("MCOS")
        + text(matlab_class)
        + array("", np.array([[0xDD000000, 2]], np.uint32)),
    )


def cell(name: str, items: list[bytes]) -> bytes:
    dimensions = element(5, struct.pack("<ii", 1, len(items)))
    return element(_MATRIX, _flags(_CELL) + dimensions + text(name) + b"".join(items))


def number(value: float) -> bytes:
    return array("", np.array([[value]]))


def array(name: str, value: Any) -> bytes:
    kind, stored = {"uint32": (13, 6), "float64": (6, 9)}[str(value.dtype)]
    dimensions = element(5, struct.pack("<ii", *value.shape))
    return element(_MATRIX, _flags(kind) + dimensions + text(name) + element(stored, value.tobytes(order="F")))


def text(value: str) -> bytes:
    return element(_BYTES, value.encode())


def element(kind: int, content: bytes) -> bytes:
    return struct.pack("<II", kind, len(content)) + content + bytes(-len(content) % 8)


def _flags(matlab_class: int) -> bytes:
    return element(6, struct.pack("<II", matlab_class, 0))
