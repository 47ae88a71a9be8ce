"""Faults of values: NaN or zeros that a layer makes; and arrays that were saved, not computed, in another order."""

from collections.abc import Mapping
from itertools import permutations

import numpy as np
from onnx import TensorProto, helper

from planting.change import Array, Change
from planting.graph import Site
from planting.kinds.kind import Kind
from planting.kinds.orders import batch_axis, shuffled
from planting.kinds.rewrite import afterwards, raw

_LARGEST = 4_000_000
"""Elements of a layer that gets a NaN: the array that brings it is as large."""


def _one_nan(site: Site) -> Change | None:
    size = int(np.prod(site.layer.shape))
    if not 0 < size <= _LARGEST:
        return None
    added = np.zeros(size, dtype=np.float32)
    added[site.rng().integers(size)] = np.nan
    node = helper.make_node("Add", [raw(site), site.named("nan")], [site.tensor])
    return afterwards(site, [node], {site.named("nan"): added.reshape(site.layer.shape)})


def _all_zero(site: Site) -> Change | None:
    node = helper.make_node("Mul", [raw(site), site.named("zero")], [site.tensor])
    return afterwards(site, [node], {site.named("zero"): np.zeros((), dtype=np.float32)})


def _dropout(site: Site) -> Change | None:
    """A fifth of the values zero, the rest 1.25 times as large: a dropout of 0.2 that is active."""
    size = int(np.prod(site.layer.shape))
    if not 64 <= size <= _LARGEST:
        return None
    mask = (site.rng().random(site.layer.shape) >= 0.2).astype(np.float32) / np.float32(0.8)
    node = helper.make_node("Mul", [raw(site), site.named("mask")], [site.tensor])
    return afterwards(site, [node], {site.named("mask"): mask})


def _dead_channel(site: Site) -> Change | None:
    """One channel of an image is zero."""
    shape = site.layer.shape
    if site.layer.dims != "NCHW" or shape[1] < 2:
        return None
    mask = np.ones((1, shape[1], 1, 1), dtype=np.float32)
    mask[0, site.rng().integers(shape[1])] = 0
    node = helper.make_node("Mul", [raw(site), site.named("mask")], [site.tensor])
    return afterwards(site, [node], {site.named("mask"): mask})


def _half(site: Site) -> Change | None:
    """The values rounded to float16."""
    nodes = [
        helper.make_node("Cast", [raw(site)], [site.named("half")], to=TensorProto.FLOAT16),
        helper.make_node("Cast", [site.named("half")], [site.tensor], to=TensorProto.FLOAT),
    ]
    return afterwards(site, nodes)


def _reference(site: Site) -> Array:
    return site.graph.bundle.reference(site.layer)


def _spatial_exchanged(site: Site) -> Mapping[str, Array] | None:
    """Height and width of a saved image exchanged."""
    if site.layer.dims != "NCHW" or min(site.layer.shape[2:]) < 2:
        return None
    return {site.layer.id: _reference(site).swapaxes(2, 3)}


def _axes_permuted(site: Site) -> Mapping[str, Array] | None:
    """A saved array with its axes in any other order."""
    shape = site.layer.shape
    axes = [axis for axis, size in enumerate(shape) if size > 1]
    if not 2 <= len(axes) <= 5:
        return None
    orders = [order for order in permutations(range(len(shape))) if [axis for axis in order if axis in axes] != axes]
    return {site.layer.id: _reference(site).transpose(orders[site.rng().integers(len(orders))])}


def _all_shuffled(site: Site) -> Mapping[str, Array] | None:
    """The observations of a whole file in another order. The layer is the first that has them."""
    graph = site.graph
    own = {layer.id: batch_axis(Site(graph, layer, (), ())) for layer in graph.layers.values()}
    sizes = {layer.shape[axis] for layer in graph.layers.values() if (axis := own[layer.id]) is not None}
    if (
        len(sizes) != 1
        or min(sizes) < 2
        or next(name for name, axis in own.items() if axis is not None) != site.layer.id
    ):
        return None
    order = shuffled(min(sizes), site.rng())
    layers = graph.bundle.layers
    return {
        name: np.take(graph.bundle.reference(layers[name]), order, axis)
        for name, axis in own.items()
        if axis is not None
    }


VALUE_KINDS = (
    Kind("NaN in one element", graph=_one_nan),
    Kind("output all zero", graph=_all_zero),
    Kind("one channel zero", graph=_dead_channel),
    Kind("dropout active", graph=_dropout),
    Kind("values rounded to float16", graph=_half),
    Kind("H/W exchanged in activations", values=_spatial_exchanged),
    Kind("axes permuted in activations", values=_axes_permuted),
    Kind("batch order shuffled in activations", values=_all_shuffled),
)
