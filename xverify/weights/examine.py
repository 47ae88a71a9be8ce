"""Every parameter of a bundle beside what a file has for it: the work that `weights` and `reimport` share."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import prod
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from xverify.bundle.manifest import Manifest
from xverify.bundle.weights import StoredParameter
from xverify.weights.columns import pytorch_columns
from xverify.weights.differences import change_of, explained, fitting_order
from xverify.weights.expected import ExpectedLayer
from xverify.weights.file_layer import FileLayer
from xverify.weights.folding import is_folded
from xverify.weights.mapped_arrays import mapped_array
from xverify.weights.orientation import matching_order
from xverify.weights.pairing import BY_MAP, FoundArray, Names, Pair, Pairing, found_arrays, pair_layers
from xverify.weights.results import ParameterResult
from xverify.weights.source import WeightsSource
from xverify.weights.ties import COUNTER, tied_to
from xverify.weights.weight_map import WeightMap, layout_of

Array = NDArray[Any]

NEUTRAL: Mapping[str, float] = {"Bias": 0.0, "Offset": 0.0, "Scale": 1.0}
"""The values with which a property does nothing: MATLAB's layers have these where PyTorch's have no such parameter."""


@dataclass(frozen=True)
class Expected:
    """A bundle's parameters as MATLAB's layers hold them.

    Attributes:
        manifest: Of the bundle.
        layers: Those with parameters.
        loose: Parameters that no MATLAB layer holds.
    """

    manifest: Manifest
    layers: tuple[ExpectedLayer, ...]
    loose: tuple[StoredParameter, ...]


@dataclass(frozen=True)
class Item:
    """One parameter, for what is done with it next.

    Attributes:
        result: What there is to say about it.
        stored: Where the bundle has it; None for what only the file has.
        op: MATLAB's constructor of its layer, or ''.
        array: The file's array in the shape and order of `stored`; None where there is none that fits.
        certain: Whether the order of its elements is known.
    """

    result: ParameterResult
    stored: StoredParameter | None = None
    op: str = ""
    array: Array | None = None
    certain: bool = True


def examine(
    expected: Expected, source: WeightsSource, mapping: WeightMap | None, names: Callable[[], Names], atol: float = 0.0
) -> list[Item]:
    """Every parameter of the bundle in the order of execution, then what only the file has.

    Args:
        expected: The bundle's side.
        source: The file's.
        mapping: What a map says.
        names: What MATLAB's importer calls the layers; asked only if they are not found otherwise.
        atol: Differences up to this count as equal.

    Raises:
        XverifyError: The map names something that the file does not have, or an array that does not fit.
    """
    return _Examination(expected, source, mapping, atol).items(names)


class _Examination:
    def __init__(self, expected: Expected, source: WeightsSource, mapping: WeightMap | None, atol: float) -> None:
        self.expected, self.source, self.map, self.atol = expected, source, mapping, atol

    def items(self, names: Callable[[], Names]) -> list[Item]:
        needed = [layer for layer in self.expected.layers if not self._is_mapped(layer)]
        mapped = self.map.layers if self.map else {}
        pairing = pair_layers(needed, self.source.layers, mapped, names)
        whole = [Pair(layer) for layer in self.expected.layers if self._is_mapped(layer)]
        order = {layer.id: place for place, layer in enumerate(self.expected.layers)}
        pairs = sorted([*pairing.pairs, *whole], key=lambda pair: order[pair.layer.id])
        items = [item for pair in pairs for item in self._of_layer(pair, pairing)]
        items = with_foldings(items, pairs)
        return [*items, *self._loose(), *self._extra_layers(pairing)]

    def _is_mapped(self, layer: ExpectedLayer) -> bool:
        """Whether a map says where all arrays of a layer lie, so that no layer of the file has to be found."""
        return self.map is not None and all(item.key in self.map.arrays for item in layer.properties.values())

    def _of_layer(self, pair: Pair, pairing: Pairing) -> Iterator[Item]:
        for name, stored, found in found_arrays(pair):
            yield self._item(pair.layer, name, stored, self._mapped(stored) or found, pairing)
        for part in pair.parts:
            yield from self._more(pair, part)

    def _mapped(self, stored: StoredParameter) -> FoundArray | None:
        if self.map is None or stored.key not in self.map.arrays:
            return None
        array, where = mapped_array(self.map.file, self.map.arrays[stored.key], stored, self.source)
        return FoundArray(array, where, BY_MAP)

    def _item(
        self, layer: ExpectedLayer, name: str, stored: StoredParameter, found: FoundArray | None, pairing: Pairing
    ) -> Item:
        result = ParameterResult(
            status="missing",
            layer=layer.id,
            property=name,
            names=stored.names,
            where=found.where if found else "",
            matched_by=found.matched_by if found else "",
            shape=stored.array.shape,
        )
        if found is None:
            return Item(msgspec.structs.replace(result, note=_candidates(stored, name, pairing)), stored, layer.op)
        return self._judged(result, stored, layer, found)

    def _judged(
        self, result: ParameterResult, stored: StoredParameter, layer: ExpectedLayer, found: FoundArray
    ) -> Item:
        result = msgspec.structs.replace(result, found_shape=found.array.shape)
        array = matching_order(found.array, stored.array.shape)
        if array is None:
            note = fitting_order(found.array, stored.array, layout_of(stored)) or "no order of its axes fits"
            return Item(msgspec.structs.replace(result, status="other shape", note=note), stored, layer.op)
        notes, certain = [], True
        if result.property == "Weights" and layer.columns and result.matched_by != BY_MAP:
            columns = pytorch_columns(array, stored.array, layer, self.source)
            array, certain = columns.weights, columns.certain
            notes.append(columns.note)
        return self._compared(result, stored, layer.op, array, notes, certain)

    def _compared(
        self,
        result: ParameterResult,
        stored: StoredParameter,
        op: str,
        array: Array,
        notes: Sequence[str],
        certain: bool,
    ) -> Item:
        change = change_of(array, stored.array)
        equal = change is None or change.max <= self.atol
        if change is not None and not equal:
            notes = [*notes, explained(array, stored.array, change, layout_of(stored))]
        note = "; ".join(filter(None, notes))
        judged = msgspec.structs.replace(result, status="equal" if equal else "changed", change=change, note=note)
        return Item(judged, stored, op, array, certain)

    def _more(self, pair: Pair, part: FileLayer) -> Iterator[Item]:
        """Properties that only MATLAB's layer has, unless they do nothing or became the bias."""
        for name, array in part.parameters.items():
            if (
                name in pair.layer.properties
                or (part.name, name) in self._mapped_properties
                or _does_nothing(name, array)
                or (name == "Offset" and _is_bias(pair, part))
            ):
                continue
            note = "PyTorch's layer has no such parameter"
            yield Item(_extra(pair.layer.id, part.name, name, array, note, pair.matched_by), array=array)

    @cached_property
    def _mapped_properties(self) -> set[tuple[str, str]]:
        """The layers of the file, and properties of them, that a map names one by one."""
        return {(item.entry.layer, item.property) for item in self.map.arrays.values()} if self.map else set()

    def _loose(self) -> Iterator[Item]:
        """Parameters that no MATLAB layer holds: a file has them only if it is a weights.mat, or a map names them."""
        for stored in self.expected.loose:
            name = stored.names[0]
            found = self._mapped(stored)
            tie = tied_to(name, self.expected.manifest, self.expected.loose)
            if found is None and name in self.source.loose and not tie:
                found = FoundArray(self.source.loose[name], name, "name")
            result = ParameterResult("missing", "", "", stored.names, "", "", stored.array.shape)
            yield (
                Item(_not_found(result, name, tie), stored)
                if found is None
                else self._loose_item(result, stored, found)
            )

    def _loose_item(self, result: ParameterResult, stored: StoredParameter, found: FoundArray) -> Item:
        result = msgspec.structs.replace(
            result, where=found.where, matched_by=found.matched_by, found_shape=found.array.shape
        )
        array = matching_order(found.array, stored.array.shape)
        if array is None:
            return Item(msgspec.structs.replace(result, status="other shape"), stored)
        return self._compared(result, stored, "", array, (), certain=True)

    def _extra_layers(self, pairing: Pairing) -> Iterator[Item]:
        """What the file has beside the layers that were found, but for arrays that a map names."""
        used = self._mapped_properties
        mapped = {layer for layer, _ in used}
        for layer in pairing.unused:
            note = "no entry of the map names it" if layer.name in mapped else "no layer of the bundle is called so"
            for name, array in layer.parameters.items():
                if (layer.name, name) in used or (layer.name in mapped and _does_nothing(name, array)):
                    continue
                yield Item(_extra("", layer.name, name, array, note, ""), array=array)


def _not_found(result: ParameterResult, name: str, tie: str) -> ParameterResult:
    """What is said about a parameter that no MATLAB layer holds."""
    if name.endswith(COUNTER):
        return msgspec.structs.replace(result, status="kept", note="counts training steps; MATLAB has no such number")
    if tie:
        return msgspec.structs.replace(result, status="kept", note=f"the same parameter as {tie}")
    note = "no MATLAB layer holds it: it is part of an operator, or was folded into a constant at export"
    return msgspec.structs.replace(result, note=note)


def _extra(layer: str, part: str, name: str, array: Array, note: str, how: str) -> ParameterResult:
    return ParameterResult("extra", layer, name, (), f"{part}.{name}", how, array.shape, array.shape, note=note)


def _does_nothing(name: str, array: Array) -> bool:
    return name in NEUTRAL and bool(np.all(array == NEUTRAL[name]))


def _is_bias(pair: Pair, part: FileLayer) -> bool:
    return any(found is not None and found.where == f"{part.name}.Offset" for _, _, found in found_arrays(pair))


def _candidates(stored: StoredParameter, name: str, pairing: Pairing) -> str:
    """Layers of the file that nothing was found for, and that would fit."""
    fits = [
        layer.name
        for layer in pairing.unused
        if name in layer.parameters and matching_order(layer.parameters[name], stored.array.shape) is not None
    ]
    if not fits or prod(stored.array.shape) < 2:
        return ""
    more = f" and {len(fits) - 3} more" if len(fits) > 3 else ""
    return f"it would fit {', '.join(fits[:3])}{more}: --map says which layer is which"


def with_foldings(items: list[Item], pairs: Sequence[Pair]) -> list[Item]:
    """The items, in which a normalization that was folded into the layer before it is called so, and that layer too."""
    by_layer: dict[str, list[int]] = {}
    for place, item in enumerate(items):
        by_layer.setdefault(item.result.layer, []).append(place)
    makers = {name: pair for pair in pairs for name in pair.layer.names}
    folded: dict[int, str] = {}
    for pair in pairs:
        maker = makers.get(pair.layer.inputs[0]) if pair.layer.inputs else None
        if pair.layer.op == "batchNormalizationLayer" and not pair.parts and maker is not None and maker.parts:
            places = by_layer[maker.layer.id]
            if is_folded(
                {items[p].result.property: a for p in places if (a := items[p].array) is not None},
                maker.layer,
                pair.layer,
            ):
                folded |= dict.fromkeys(places, f"{pair.layer.id} was folded into it")
                folded |= dict.fromkeys(by_layer[pair.layer.id], f"it was folded into {maker.layer.id}")
    return [
        replace(item, result=msgspec.structs.replace(item.result, status="folded", note=folded[place]))
        if place in folded
        else item
        for place, item in enumerate(items)
    ]
