"""Reads what xverify.dlt.exportWeights wrote: one struct a layer, and xverify_info with names and types.

A file of such structs without xverify_info, written by hand, is read in the same way.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xverify.bundle.class_objects import is_object, refuse_objects
from xverify.bundle.matfile import OpenedFile
from xverify.bundle.reference import INFO
from xverify.bundle.variable_path import Step, VariablePath
from xverify.errors import XverifyError
from xverify.weights.file_layer import PARAMETERS, STATE, FileLayer

Array = NDArray[Any]

LABEL = "types"
"""The field of xverify_info that files of weights have and files of activations do not."""


@dataclass(frozen=True)
class Structs:
    """The layers of a file, and what it says about them."""

    layers: tuple[FileLayer, ...]
    types: Mapping[str, str] = field(default_factory=dict)
    producer: str = ""


def read_structs(file: OpenedFile) -> Structs:
    """The layers that a file holds as structs.

    Raises:
        XverifyError: A parameter is an object of a class, sparse, complex, or no array of numbers.
    """
    names, types, producer = _label(file)
    layers = []
    for item in file.variables:
        if item.kind != "struct" or item.name == INFO:
            continue
        fields = [name for name in fields_of(file, item.name) if name not in STATE]
        if item.name in names or set(fields) & set(PARAMETERS):
            found = {name: _array(file, item.name, name) for name in fields}
            own = names.get(item.name, item.name)
            layers.append(FileLayer(own, found, types.get(own, "")))
    return Structs(tuple(layers), types, producer)


def is_labelled_as_weights(file: OpenedFile) -> bool:
    """Whether xverify_info, which a file has, is that of a file of weights."""
    return LABEL in fields_of(file, INFO)


def fields_of(file: OpenedFile, variable: str) -> tuple[str, ...]:
    """The fields of a struct; none of anything else."""
    node = file.node(VariablePath(variable))
    return tuple(node.fields) if prod(node.shape) == 1 else ()


def _label(file: OpenedFile) -> tuple[dict[str, str], dict[str, str], str]:
    """Variable -> layer, layer -> class, and the producer; empty where the file has no label."""
    if not any(item.name == INFO for item in file.variables):
        return {}, {}, ""
    present = fields_of(file, INFO)
    names = dict(_pairs(file, "names")) if "names" in present else {}
    types = dict(_pairs(file, LABEL)) if LABEL in present else {}
    producer = file.value(file.node(_path(INFO, "producer"))) if "producer" in present else np.array([])
    return names, types, str(producer.flat[0]) if producer.size and producer.dtype.kind == "U" else ""


def _pairs(file: OpenedFile, name: str) -> Iterator[tuple[str, str]]:
    """The rows of a cell with two columns of texts."""
    node = file.node(_path(INFO, name))
    rows, columns = (*node.shape, 1)[:2]
    if node.kind != "cell" or columns != 2:
        return
    for row in range(rows):
        first, second = (_text(file, node.item(row + rows * column)) for column in range(2))
        yield first, second


def _text(file: OpenedFile, node: Any) -> str:
    value = file.value(node)
    return str(value.flat[0]) if value.size and value.dtype.kind == "U" else ""


def _array(file: OpenedFile, variable: str, name: str) -> Array:
    node = file.node(_path(variable, name))
    where = f"{variable}.{name}"
    if is_object(node.kind):
        refuse_objects(file.path, [(where, node.kind)])
    return numbers_of(np.asarray(file.value(node)), f"{file.path}: {where}", node.kind)


def numbers_of(array: Array, where: str, kind: str = "") -> Array:
    """An array of real numbers, as it is.

    Raises:
        XverifyError: It is anything else; the message begins with `where`.
    """
    if kind == "sparse":
        raise XverifyError(f"{where} is sparse.", "Save full(...) of it.")
    if array.dtype.kind == "c":
        raise XverifyError(f"{where} is complex.", "Save its real part, if that is the parameter.")
    if array.dtype.kind not in "fiub":
        raise XverifyError(f"{where} is no array of numbers ({kind or array.dtype}).", "Save it as single.")
    return array


def _path(variable: str, *fields: str) -> VariablePath:
    return VariablePath(variable, tuple(Step(".", field=name) for name in fields))
