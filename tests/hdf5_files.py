"""MAT v7.3 files as MATLAB writes them: HDF5 behind a user block, dimensions reversed, classes as attributes."""

from itertools import count
from pathlib import Path
from typing import Any

import h5py  # type: ignore[import-untyped]
import numpy as np

HEADER = b"MATLAB 7.3 MAT-file, Platform: GLNXA64, Created on: Mon Jan 05 09:00:00 2026 HDF5 schema 1.00 ."
REFERENCE = h5py.ref_dtype
_NUMBERS = count()
_CLASSES = {"float64": "double", "float32": "single", "bool": "logical"}


def save_v73(path: Path, content: dict[str, Any]) -> Path:
    """Writes arrays, texts, structs (dict), arrays of structs (tuple of dict) and cells (list, or object array)."""
    with h5py.File(path, "w", userblock_size=512) as file:
        for name, value in content.items():
            put(file, name, value)
    with_header(path)
    return path


def with_header(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(HEADER.ljust(116) + bytes(8) + b"\x00\x02IM")


def put(group: Any, name: str, value: Any) -> Any:
    if isinstance(value, dict):
        made = group.create_group(name)
        made.attrs["MATLAB_class"] = np.bytes_("struct")
        for field, item in value.items():
            put(made, field, item)
        return made
    if isinstance(value, tuple):
        return _struct_array(group, name, value)
    if isinstance(value, list):
        cell = np.empty((1, len(value)), object)
        cell[0, :] = value
        value = cell
    if isinstance(value, str):
        codes = np.frombuffer(value.encode("utf-16-le"), np.uint16).reshape(1, -1)
        return array(group, name, codes, "char", MATLAB_int_decode=np.int32(2))
    value = np.atleast_2d(np.asarray(value))
    if value.dtype == object:
        return array(group, name, _references(group, value), "cell")
    if value.dtype == bool:
        return array(group, name, value.astype(np.uint8), "logical", MATLAB_int_decode=np.int32(1))
    if value.dtype.kind == "c":
        parts = np.dtype([("real", value.real.dtype), ("imag", value.real.dtype)])
        return array(group, name, value.view(parts).reshape(value.shape), _CLASSES[str(value.real.dtype)])
    return array(group, name, value, _CLASSES.get(str(value.dtype), str(value.dtype)))


def array(group: Any, name: str, value: Any, matlab_class: str, **attributes: Any) -> Any:
    """A dataset; an empty array is its size."""
    if value.size:
        made = group.create_dataset(name, data=value.T, compression="gzip" if value.size > 1000 else None)
    else:
        made = group.create_dataset(name, data=np.array(value.shape, np.uint64))
        attributes["MATLAB_empty"] = np.uint8(1)
    made.attrs["MATLAB_class"] = np.bytes_(matlab_class)
    for key, attribute in attributes.items():
        made.attrs[key] = attribute
    return made


def _references(group: Any, items: Any) -> Any:
    pool = group.file.require_group("#refs#")
    made = np.empty(items.shape, REFERENCE)
    for index in np.ndindex(items.shape):
        made[index] = put(pool, f"r{next(_NUMBERS)}", items[index]).ref
    return made


def _struct_array(group: Any, name: str, structs: tuple[dict[str, Any], ...]) -> Any:
    made = group.create_group(name)
    made.attrs["MATLAB_class"] = np.bytes_("struct")
    for field in structs[0]:
        column = np.empty((1, len(structs)), object)
        column[0, :] = [struct[field] for struct in structs]
        made.create_dataset(field, data=_references(group, column).T, dtype=REFERENCE)
    return made


def sparse(group: Any, name: str, rows: int, columns: int) -> None:
    made = group.create_group(name)
    made.attrs["MATLAB_class"] = np.bytes_("double")
    made.attrs["MATLAB_sparse"] = np.uint64(rows)
    made["jc"] = np.zeros(columns + 1, np.uint64)


def opaque(group: Any, name: str, matlab_class: str) -> Any:
    """An object of a class: what lies here are numbers that point to its data."""
    codes = np.array([[0xDD000000, 2, 1, 1, 1, 1]], np.uint32)
    return array(group, name, codes, matlab_class, MATLAB_object_decode=np.int32(3))
