"""Reads weights.mat back: the steps and parameters that `bundle.weights` wrote, whoever saved the file since.

MATLAB and Octave may have loaded and saved it again, also as v7.3, so that it is read through `matfile` like any foreign
file: trailing dimensions of size 1 may be gone, and numbers that are whole may be stored as integers.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xverify.bundle.matfile import OpenedFile, opened
from xverify.bundle.variable_path import Node, PathError, VariablePath
from xverify.bundle.weights import Attribute, Operation, StoredParameter
from xverify.errors import XverifyError

Array = NDArray[Any]

VARIABLES = frozenset({"bundle_id", "graph", "parameters"})
"""What tells weights.mat from other files."""


@dataclass(frozen=True)
class StoredNetwork:
    """The content of a weights.mat that says something about parameters.

    Attributes:
        bundle_id: Of the bundle that it was written for.
        steps: In execution order.
        parameters: By key, in the file's order.
    """

    bundle_id: str
    steps: tuple[Operation, ...]
    parameters: Mapping[str, StoredParameter]


def read_stored_network(path: Path) -> StoredNetwork:
    """Reads a weights.mat.

    Raises:
        XverifyError: The file cannot be read, or is no weights.mat that xverify wrote.
    """
    with opened(path, mapped=True) as file:
        try:
            bundle_id = _text(_variable(file, "bundle_id"))
            steps = tuple(_step(node) for node in _items(_variable(file, "graph")))
            stored = _variable(file, "parameters")
            parameters = {key: _parameter(key, stored.member(key)) for key in stored.fields}
        except (PathError, ValueError, AttributeError, KeyError) as error:
            raise XverifyError(
                f"{path} is no weights.mat that xverify wrote: {error}.",
                "Copy the bundle's weights.mat again, or write the network's weights with xverify.dlt.exportWeights.",
            ) from error
    return StoredNetwork(bundle_id, steps, parameters)


def _variable(file: OpenedFile, name: str) -> Any:
    return file.node(VariablePath(name))


def _step(node: Any) -> Operation:
    return Operation(
        op=_text(node.member("op")),
        layer=_text(node.member("layer")),
        inputs=_texts(node.member("inputs")),
        outputs=_texts(node.member("outputs")),
        attributes={name: _attribute(value) for name, value in _members(node.member("attributes"))},
        parameters={name: _text(value) for name, value in _members(node.member("parameters"))},
        input_order=_texts(node.member("input_order")),
    )


def _parameter(key: str, node: Any) -> StoredParameter:
    array = np.asarray(node.member("value").value())
    shape = tuple(int(size) for size in node.member("shape").value().ravel())
    if array.size == prod(shape):
        array = array.reshape(shape, order="F")
    return StoredParameter(key, array, _text(node.member("axes")), _texts(node.member("names")))


def _members(node: Any) -> Iterator[tuple[str, Any]]:
    yield from ((name, node.member(name)) for name in node.fields)


def _items(node: Any) -> Iterator[Any]:
    yield from (node.item(position) for position in range(prod(node.shape)))


def _text(node: Node) -> str:
    flat = np.asarray(node.value()).ravel()
    return str(flat[0]) if flat.size and flat.dtype.kind == "U" else ""


def _texts(node: Any) -> tuple[str, ...]:
    return tuple(_text(item) for item in _items(node))


def _attribute(node: Node) -> Attribute:
    array = np.asarray(node.value())
    if array.dtype.kind == "U":
        return str(array.ravel()[0]) if array.size else ""
    return float(array.ravel()[0]) if array.size == 1 else [float(item) for item in array.ravel()]
