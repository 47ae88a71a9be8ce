"""Correct networks and networks with one fault each, measured in floors: what any k would say of them."""

import math
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from measuring.journal import Journal
from measuring.work import attempt
from planting.fault import find_fault
from planting.graph import FaultGraph
from planting.kinds.table import KINDS
from planting.networks import network
from planting.places import PLACES

from floors.linear import Bound, bounds
from xverify.bundle.bundle import Bundle
from xverify.bundle.manifest import Layer
from xverify.comparison.measure import incomparable, measure
from xverify.comparison.policy import Policy
from xverify.errors import XverifyError
from xverify.program.floors import K_ACCUMULATED, K_LOCAL
from xverify.runtimes.engines import OCTAVE
from xverify.runtimes.matlab_language import MatlabLanguageRuntime
from xverify.runtimes.onnxruntime import OnnxRuntime
from xverify.runtimes.runtime import Activation, Runtime

ONNXRUNTIME, IN_OCTAVE = "onnxruntime", "Octave"
LEAST = 1.0
"""Accumulated errors of fewer floors are not kept: no k is that small."""


@dataclass(frozen=True)
class Item:
    """A correct network in a runtime, or one with a fault, which onnxruntime runs.

    `kind` is the fault's, or '' for none.
    """

    network: str
    seed: int
    runtime: str
    kind: str = ""

    @property
    def key(self) -> str:
        """The same for the same item."""
        return "|".join((self.network, str(self.seed), self.runtime, self.kind))


def items(networks: Sequence[str], seeds: Sequence[int]) -> Iterator[Item]:
    """All items, seed by seed."""
    kinds = [name for name, kind in KINDS.items() if kind.values is None]
    for seed in seeds:
        for name in networks:
            yield from (Item(name, seed, runtime) for runtime in (ONNXRUNTIME, IN_OCTAVE))
            yield from (Item(name, seed, ONNXRUNTIME, kind) for kind in kinds)


def work(batch: Sequence[Item], journal: Journal) -> None:
    """The items of one network and seed; each is in the journal at once."""
    with tempfile.TemporaryDirectory(prefix="xverify-") as scratch:
        folder = Path(scratch)
        made = attempt(partial(_made, batch[0], folder / "bundle"))
        for item in batch:
            record = attempt(partial(_measured, item, made, folder)) if isinstance(made, Made) else made
            journal.append({"key": item.key, **vars(item), **record})


@dataclass(frozen=True)
class Made:
    """A correct network, and what each element of its linear layers may be off by."""

    graph: FaultGraph
    bounds: Mapping[str, Bound]


def _made(item: Item, folder: Path) -> Made:
    graph = FaultGraph(network(item.network).export(item.seed, folder))
    return Made(graph, bounds(graph))


def _measured(item: Item, made: Made, folder: Path) -> dict[str, Any]:
    bundle = made.graph.bundle
    if not item.kind:
        octave = item.runtime == IN_OCTAVE
        runtime: Runtime = MatlabLanguageRuntime(OCTAVE, bundle, threads=1) if octave else OnnxRuntime(threads=1)
        return _floors(bundle, bundle, runtime, made.bounds)
    fault = find_fault(made.graph, KINDS[item.kind], item.seed, 0, PLACES["model.onnx"].suits)
    if fault is None:
        return {"skipped": "no layer can have it"}
    head = {"layer": fault.site.layer.id, "effect": fault.effect, "touched": sorted(fault.touched)}
    with PLACES["model.onnx"].plant(fault, folder / "planted") as planted:
        try:
            return {**head, **_floors(bundle, planted.bundle, planted.runtime, made.bounds)}
        except XverifyError:
            if not fault.reshapes:
                raise
            return {"skipped": "it does not run"}


def _floors(right: Bundle, run: Bundle, runtime: Runtime, linear: Mapping[str, Bound]) -> dict[str, Any]:
    """What each layer's errors are in floors, and in units of the bound for each element.

    Returns:
        local: Layer id -> floors. elements: id -> [k without the factor, the factor]. accumulated: [floors, floor over the layer's
        size] of the layers whose error is at least `LEAST` floors. layers: how many have an accumulated error. shares: floor over
        size of all of these.
    """
    references = {layer.id: right.reference(layer) for layer in right.manifest.layers if not layer.alias_of}
    local: dict[str, float] = {}
    elements: dict[str, tuple[float, float]] = {}
    for name, value in _values(runtime.local(run, references), references):
        local[name] = _used(right.layers[name], value, references[name], local=True)
        if name in linear:
            elements[name] = (linear[name].used(value, references[name]), linear[name].factor)
    whole = [
        (_used(right.layers[name], value, references[name], local=False), _share(right.layers[name]))
        for name, value in _values(runtime.accumulated(run), references)
    ]
    return {
        "local": local,
        "elements": elements,
        "accumulated": [item for item in whole if item[0] >= LEAST],
        "shares": [share for _, share in whole],
    }


def _values(values: Iterator[Activation] | None, known: Mapping[str, Any]) -> Iterator[Activation]:
    assert values is not None
    return (item for item in values if item.layer in known)


def _used(layer: Layer, value: Any, reference: Any, *, local: bool) -> float:
    """The smallest k with which the layer passes."""
    if incomparable(value, reference):
        return math.inf
    found = measure(layer, value, reference, Policy(), local=local)
    if found.problem:
        return math.inf
    return float(f"{found.ratio * (K_LOCAL if local else K_ACCUMULATED):.4g}")


def _share(layer: Layer) -> float:
    """The accumulated floor over the layer's size: times k, what must stay below 0.1% for the error to prove anything."""
    floor = layer.tolerance.accumulated / K_ACCUMULATED
    return float(f"{floor / layer.rms:.4g}") if layer.rms else math.inf
