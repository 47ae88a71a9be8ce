"""One fault of a kind at a random suitable layer, and how much it changes that layer's value in float64."""

import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from planting.change import Array, Change
from planting.float64 import Float64
from planting.graph import FaultGraph, Site
from planting.kinds.kind import Kind
from planting.layer_parameters import parameters_of, written

Suits = Callable[[Kind, Site], bool]


@dataclass(frozen=True)
class Fault:
    """A fault.

    Attributes:
        kind: Its kind.
        site: The layer, the first of those that it makes wrong.
        change: Of model.onnx; None where saved values are wrong.
        values: The saved values that are wrong, by layer id; empty where model.onnx is.
        touched: Ids of all layers that it makes wrong by themselves.
        wrong: The layer's wrong value.
        effect: Root mean square of the change of the layer's value over that of the value, in float64. inf where the shape
            is another, or NaN comes in.
    """

    kind: Kind
    site: Site
    change: Change | None
    values: Mapping[str, Array]
    touched: frozenset[str]
    wrong: Array
    effect: float

    @property
    def reshapes(self) -> bool:
        """Whether the layer's value has another shape, so that what reads it may not run."""
        return self.wrong.shape != self.site.layer.shape


def find_fault(graph: FaultGraph, kind: Kind, seed: int, number: int, suits: Suits) -> Fault | None:
    """The fault at a layer that chance chooses among the suitable ones; None if there is none.

    Args:
        graph: The model.
        kind: The kind of fault.
        seed: The same seed gives the same faults, in all places where they can be planted.
        number: From 0: another number gives another layer.
        suits: Whether a kind can be planted at a layer in the place that is wanted.
    """
    found = (fault for site in _sites(graph, kind, seed) if (fault := _fault(kind, site, suits)) is not None)
    return next((fault for place, fault in enumerate(found) if place == number), None)


def _sites(graph: FaultGraph, kind: Kind, seed: int) -> Iterator[Site]:
    chance = (seed, zlib.crc32(kind.name.encode()))
    groups = list(graph.groups.items())
    for place in np.random.default_rng(list(chance)).permutation(len(groups)):
        name, places = groups[place]
        layer = graph.bundle.layers[name]
        if layer.dtype == "float32" and not layer.all_zero:
            yield Site(graph, layer, places, (*chance, int(place)))


def _fault(kind: Kind, site: Site, suits: Suits) -> Fault | None:
    change = change_of(kind, site)
    values = (kind.values(site) if kind.values else None) or {}
    if (change is None and not values) or not suits(kind, site):
        return None
    right, wrong = _values(site, change, values)
    effect = _effect(right, wrong)
    touched = frozenset(values) if change is None else site.graph.touched(change)
    return Fault(kind, site, change, values, touched, wrong, effect) if effect > 0 else None


def change_of(kind: Kind, site: Site) -> Change | None:
    """What a kind does to model.onnx at a layer."""
    if kind.graph is not None:
        return kind.graph(site)
    altered = altered_parameters(kind, site)
    return written(site, altered) if altered else None


def altered_parameters(kind: Kind, site: Site) -> Mapping[str, Array] | None:
    """The parameters that a kind changes at a layer, in PyTorch's axis order."""
    own = parameters_of(site) if kind.parameters else None
    return kind.parameters(own, site.rng()) if kind.parameters and own else None


def _values(site: Site, change: Change | None, values: Mapping[str, Array]) -> tuple[Array, Array]:
    """The layer's right and wrong value: both computed in float64 from PyTorch's inputs, or both recorded."""
    graph = site.graph
    if change is None:
        return graph.bundle.reference(site.layer), values[site.layer.id]
    recorded = graph.recorded(site.places)
    right = Float64(graph.nodes, graph.constants, recorded, graph.opset)
    wrong = Float64(change.applied(graph.nodes), {**graph.constants, **change.constants}, recorded, graph.opset)
    return right.computed(site.tensor).numpy(), wrong.computed(site.tensor).numpy()


def _effect(right: Array, wrong: Array) -> float:
    if right.shape != wrong.shape:
        return float("inf")
    a, b = right.astype(np.float64), wrong.astype(np.float64)
    usual = np.isfinite(a)
    if not np.array_equal(a[~usual], b[~usual], equal_nan=True) or not np.isfinite(b[usual]).all():
        return float("inf")
    size, change = _rms(a[usual]), _rms(b[usual] - a[usual])
    return change / size if size > 0 else (float("inf") if change > 0 else 0.0)


def _rms(values: Array) -> float:
    return float(np.sqrt(np.square(values).mean())) if values.size else 0.0
