"""Which failing layers are wrong by themselves, and from which of them the others have their error.

A layer that was fed with PyTorch's inputs and fails is a fault, whatever lies before it. Without such runs the best that can be
said is that a layer fails while nothing that it reads does.
"""

from collections.abc import Collection, Mapping, Sequence

import msgspec

from xverify.bundle.bundle import Bundle
from xverify.bundle.manifest import Layer
from xverify.comparison.results import LayerResult, Status


def find_faults(
    bundle: Bundle, results: Sequence[LayerResult], *, has_local: bool, without_local: Collection[str] = ()
) -> tuple[str, ...]:
    """Ids of the faulty layers, in topological order; an alias is never one.

    Args:
        bundle: The bundle.
        results: The verdict on each of its layers.
        has_local: Whether layers also ran alone.
        without_local: Ids of layers that could not: of them the same is said as where none did.
    """
    failing = {item.id: item for item in results if item.status is Status.FAILED and not item.alias_of}
    return tuple(
        name
        for name, item in failing.items()
        if (
            item.local is None or not item.local.passed
            if has_local and name not in without_local
            else not failing.keys() & set(_read(bundle, bundle.layers[name]))
        )
    )


def inherit(bundle: Bundle, results: Sequence[LayerResult], faults: Sequence[str]) -> tuple[LayerResult, ...]:
    """The results, with the faults that each layer inherits its error from: the nearest ones on every path that leads to it."""
    sources: dict[str, tuple[str, ...]] = {}
    for layer in bundle.manifest.layers:
        above = [
            name for read in _read(bundle, layer) for name in ((read,) if read in faults else sources.get(read, ()))
        ]
        sources[layer.id] = tuple(dict.fromkeys(above))
    return tuple(msgspec.structs.replace(item, inherited_from=_inherited(item, faults, sources)) for item in results)


def _inherited(item: LayerResult, faults: Sequence[str], sources: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    return sources.get(item.id, ()) if item.status is Status.FAILED and item.id not in faults else ()


def _read(bundle: Bundle, layer: Layer) -> list[str]:
    """Ids of the layers that hold what a layer reads; an alias stands for the layer whose value it has."""
    if layer.alias_of:
        return [layer.alias_of]
    known = [bundle.layers[name] for name in layer.inputs if name in bundle.layers]
    return [item.alias_of or item.id for item in known]
