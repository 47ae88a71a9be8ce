"""Which array of a file is which parameter of the bundle.

A layer is found by the map; by its id, which is its name in a network that build_NAME.m made and in one that MATLAB imported
from the bundle; by the importer's naming rule; and, where a layer was replaced or renamed, by its values, if all of them are
exactly those of one layer of the file and of no other. Never by its position: a wrong pair would look like a change.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xverify.bundle.weights import StoredParameter
from xverify.weights.expected import ExpectedLayer
from xverify.weights.file_layer import FileLayer
from xverify.weights.orientation import matching_order

Array = NDArray[Any]
Names = Mapping[str, tuple[str, ...]]

BY_MAP, BY_ID, BY_RULE, BY_VALUES = "map", "layer id", "importer's naming rule", "equal values"

_FEW = 4
"""Fewer different values than this identify no layer: biases are often all zero."""


@dataclass(frozen=True)
class FoundArray:
    """One array of the file, as it lies there."""

    array: Array
    where: str
    matched_by: str


@dataclass
class Pair:
    """A layer of the bundle and the layers of the file that hold its parameters: two where a bias became one of its own."""

    layer: ExpectedLayer
    matched_by: str = ""
    parts: list[FileLayer] = field(default_factory=list)


@dataclass(frozen=True)
class Pairing:
    """All layers of both sides: the bundle's with what was found for them, and the file's that were not used."""

    pairs: tuple[Pair, ...]
    unused: tuple[FileLayer, ...]


def pair_layers(
    layers: Sequence[ExpectedLayer],
    file_layers: Sequence[FileLayer],
    mapped: Mapping[str, str],
    names: Callable[[], Names],
) -> Pairing:
    """Pairs layers; every layer of the file is used at most once.

    Args:
        layers: The bundle's.
        file_layers: The file's.
        mapped: What a map says: id -> MATLAB's name; those names exist.
        names: What MATLAB's importer calls them; asked only if a layer is not found otherwise.
    """
    free = {layer.name: layer for layer in file_layers}
    pairs = [Pair(layer) for layer in layers]
    for pair in pairs:
        if pair.layer.id in mapped:
            _take(pair, (mapped[pair.layer.id],), free, BY_MAP)
    reserved = {name: pair for pair in pairs for name in pair.layer.names}
    for pair in pairs:
        if not pair.parts:
            own = (name for name in pair.layer.names if name in free and reserved[name] is pair)
            _take(pair, tuple(own)[:1], free, BY_ID)
    if free and any(not is_complete(pair) for pair in pairs):
        imported = names()
        for pair in pairs:
            if not is_complete(pair):
                _take(pair, imported.get(pair.layer.id, ()), free, BY_RULE)
    _take_equal([pair for pair in pairs if not pair.parts], free)
    return Pairing(tuple(pairs), tuple(free.values()))


def is_complete(pair: Pair) -> bool:
    """Whether an array was found for every property."""
    return all(any(name in part.parameters for part in pair.parts) for name in pair.layer.properties)


def _take(pair: Pair, names: Sequence[str], free: dict[str, FileLayer], how: str) -> None:
    for name in names:
        if name in free:
            pair.parts.append(free.pop(name))
            pair.matched_by = pair.matched_by or how


def _take_equal(pairs: Sequence[Pair], free: dict[str, FileLayer]) -> None:
    candidates = {
        pair.layer.id: [name for name, layer in free.items() if _has_values(layer, pair.layer)] for pair in pairs
    }
    wanted = [name for found in candidates.values() for name in found]
    for pair in pairs:
        found = candidates[pair.layer.id]
        if len(found) == 1 and wanted.count(found[0]) == 1:
            _take(pair, found, free, BY_VALUES)


def _has_values(layer: FileLayer, expected: ExpectedLayer) -> bool:
    telling = False
    for name, stored in expected.properties.items():
        if name not in layer.parameters:
            return False
        array = matching_order(layer.parameters[name], stored.array.shape)
        if array is None or not np.array_equal(array, stored.array):
            return False
        telling = telling or len(np.unique(stored.array)) >= _FEW
    return telling


def found_arrays(pair: Pair) -> Iterator[tuple[str, StoredParameter, FoundArray | None]]:
    """Each property of a paired layer: its name, where the bundle has it, and the file's array."""
    for name, stored in pair.layer.properties.items():
        yield name, stored, _found(pair, name)


def _found(pair: Pair, name: str) -> FoundArray | None:
    own = next((part for part in pair.parts if name in part.parameters), None)
    found = None if own is None else FoundArray(own.parameters[name], f"{own.name}.{name}", pair.matched_by)
    shift = offset_layer(pair)
    if name != "Bias" or shift is None:
        return found
    offset = shift.parameters["Offset"]
    if found is not None and np.any(found.array):  # both were trained: the network adds both
        offset = found.array.reshape(offset.shape, order="F") + offset
    return FoundArray(offset, f"{shift.name}.Offset", pair.matched_by)


def offset_layer(pair: Pair) -> FileLayer | None:
    """The affine layer that the importer made of a fully connected layer's bias, if it adds and does not scale."""
    if len(pair.parts) < 2 or "Bias" not in pair.layer.properties:
        return None
    affine = [part for part in pair.parts if "Offset" in part.parameters and "Weights" not in part.parameters]
    return next((part for part in affine if _only_adds(part, pair)), None)


def _only_adds(affine: FileLayer, pair: Pair) -> bool:
    scale = affine.parameters.get("Scale", np.ones(1))
    return bool(np.all(scale == 1)) and affine.parameters["Offset"].size == pair.layer.properties["Bias"].array.size
