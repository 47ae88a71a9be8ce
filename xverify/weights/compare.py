"""Compares the parameters of a bundle with those of a file."""

import re
from collections.abc import Callable, Iterator, Sequence

from xverify.bundle.bundle import WEIGHTS, Bundle
from xverify.errors import XverifyError
from xverify.weights.examine import Expected, Item, examine
from xverify.weights.expected import expected_layers, loose_parameters
from xverify.weights.flattening import with_columns
from xverify.weights.mapped_arrays import known_layers
from xverify.weights.pairing import BY_MAP, BY_VALUES, Names
from xverify.weights.results import WeightsComparison
from xverify.weights.source import WeightsSource
from xverify.weights.stored_network import read_stored_network
from xverify.weights.weight_map import WeightMap

_MAP_EXAMPLE = (
    'A map says which variable is which parameter: ["PYTORCH.NAME"] with variable = "w1" and, where needed, '
    'axes = "H W I O" and flip = "I".'
)

_LISTED = 5


def read_expected(bundle: Bundle) -> Expected:
    """The bundle's parameters, from its weights.mat.

    Raises:
        XverifyError: weights.mat cannot be read.
    """
    network = read_stored_network(bundle.path / WEIGHTS)
    layers = with_columns(expected_layers(network), bundle.manifest, network)
    return Expected(bundle.manifest, layers, loose_parameters(network))


def examined(
    expected: Expected, source: WeightsSource, mapping: WeightMap | None, names: Callable[[], Names], atol: float
) -> list[Item]:
    """What `examine` finds, after a check that the file can be matched at all.

    Raises:
        XverifyError: The file holds plain arrays without a map, or nothing in it is a parameter of the bundle.
    """
    if mapping is None and source.form == "arrays":
        raise XverifyError(f"{source.path} holds no layers: which array is which parameter is not known.", _MAP_EXAMPLE)
    if mapping is not None:
        _require_layers(mapping, source)
    items = examine(expected, source, mapping, names, atol)
    if not any(item.result.where and item.stored for item in items) and not source.loose:
        raise XverifyError(
            f"No layer of {source.path} is one of this bundle, by its name or by its values.",
            f"{known_layers(source)} If it is the same network, --map says which layer is which, or --onnx which ONNX file "
            "MATLAB imported.",
        )
    return items


def _require_layers(mapping: WeightMap, source: WeightsSource) -> None:
    known = {layer.name for layer in source.layers}
    for layer, name in mapping.layers.items():
        if name not in known:
            raise XverifyError(f"{mapping.file}: [{layer}]: {source.path} has no layer '{name}'.", known_layers(source))
    names = list(mapping.layers.values())
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise XverifyError(
            f"{mapping.file} gives '{twice[0]}' to several layers.", "Each layer of the file is one of the bundle's."
        )


def comparison_of(expected: Expected, source: WeightsSource, items: Sequence[Item], atol: float) -> WeightsComparison:
    """The items as a record."""
    manifest = expected.manifest
    return WeightsComparison(
        bundle_id=manifest.bundle_id,
        model=manifest.model.name,
        file=source.path.name,
        form=source.form,
        producer=source.producer,
        atol=atol,
        parameters=tuple(item.result for item in items),
        notes=tuple(_notes(expected, source, items)),
    )


def _notes(expected: Expected, source: WeightsSource, items: Sequence[Item]) -> Iterator[str]:
    if source.bundle_id and source.bundle_id != expected.manifest.bundle_id:
        yield f"the file is the weights.mat of another bundle ({source.bundle_id})"
    renamed = {
        item.result.layer: item.result.where.rpartition(".")[0] for item in items if item.result.matched_by == BY_VALUES
    }
    if renamed:
        pairs = [f"{layer} is {name}" for layer, name in renamed.items()]
        yield f"layers of another name in the file, found by their values: {_some(pairs)}"
    named = {re.split(r"[.({]", item.result.where)[0] for item in items if item.result.matched_by == BY_MAP}
    if named and (unused := [name for name in source.variables if name not in named]):
        yield f"not used, because the map does not name them: {_some(unused)}"
    folded = sorted({item.result.layer for item in items if item.result.status == "folded"})
    if folded:
        yield f"batch normalizations were folded into the layers before them: {', '.join(folded)}"


def _some(names: Sequence[str]) -> str:
    more = f", and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return ", ".join(names[:_LISTED]) + more
