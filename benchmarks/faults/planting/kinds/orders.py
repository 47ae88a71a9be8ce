"""Faults of order: a flattening, a concatenation, the batch; and a skip connection that is left out."""

from dataclasses import replace

import numpy as np
from fault_kinds import order_changed
from onnx import helper

from planting.change import Change, from_edit, with_input
from planting.graph import Site
from planting.kinds.kind import Kind
from planting.kinds.rewrite import afterwards, instead, raw
from planting.steps import Step


def _flattens(site: Site) -> bool:
    """Whether an image or a sequence becomes one row an observation."""
    if site.maker.op_type not in {"Flatten", "Reshape"} or site.maker.input[0] not in site.graph.shapes:
        return False
    read = site.graph.shapes[site.maker.input[0]]
    return len(read) > 2 and site.layer.shape == (read[0], int(np.prod(read[1:])))


def _channels_fastest(site: Site) -> Change | None:
    return from_edit(site.last, order_changed(site.graph, site.maker)) if _flattens(site) else None


def _column_major(site: Site) -> Change | None:
    """As MATLAB flattens height x width x channels: height fastest."""
    if not _flattens(site):
        return None
    read = site.graph.shapes[site.maker.input[0]]
    if len(read) != 4 or min(read[2:]) < 2:
        return None
    before = helper.make_node("Transpose", [site.maker.input[0]], [site.named("moved")], perm=[0, 1, 3, 2])
    return instead(site, [before, with_input(site.maker, 0, site.named("moved"))])


def _concatenation(site: Site) -> Change | None:
    inputs = list(site.maker.input)
    if site.maker.op_type != "Concat" or len(set(inputs)) < 2:
        return None
    changed = site.maker
    for index, name in enumerate(reversed(inputs)):
        changed = with_input(changed, index, name)
    return instead(site, [changed])


def _concatenation_step(step: Step) -> Step | None:
    return replace(step, inputs=step.inputs[::-1]) if step.op.lower().endswith("concatenationlayer") else None


def _skip_missing(site: Site) -> Change | None:
    """The value that was made last stays: the branch; the value that skips it is left out."""
    names = list(site.maker.input)
    known = site.graph.layers
    if site.maker.op_type != "Add" or not all(name in site.graph.shapes for name in names):
        return None
    if any(site.graph.shapes[name] != site.layer.shape for name in names):
        return None
    order = {layer.onnx_tensor: place for place, layer in enumerate(site.graph.bundle.manifest.layers)}
    branch = max((name for name in names if name in known), key=lambda name: order[name], default=None)
    return None if branch is None else instead(site, [helper.make_node("Identity", [branch], [site.tensor])])


def batch_axis(site: Site) -> int | None:
    """Where the observations lie: by the layer's dims, else axis 0 where it has the inputs' length."""
    if "N" in site.layer.dims:
        return site.layer.dims.index("N")
    batches = {item.shape[0] for item in site.graph.bundle.manifest.inputs if item.shape}
    return 0 if site.layer.shape and batches == {site.layer.shape[0]} else None


def shuffled(size: int, rng: np.random.Generator) -> list[int]:
    """Numbers below `size` in another order."""
    order = rng.permutation(size)
    while (order == np.arange(size)).all():
        order = rng.permutation(size)
    return [int(item) for item in order]


def _batch_shuffled(site: Site) -> Change | None:
    axis = batch_axis(site)
    if axis is None or site.layer.shape[axis] < 2:
        return None
    order = np.array(shuffled(site.layer.shape[axis], site.rng()), dtype=np.int64)
    gather = helper.make_node("Gather", [raw(site), site.named("order")], [site.tensor], axis=axis)
    return afterwards(site, [gather], {site.named("order"): order})


ORDER_KINDS = (
    Kind("flatten order: column-major", graph=_column_major),
    Kind("flatten order: channels last", graph=_channels_fastest),
    Kind("concat order", graph=_concatenation, step=_concatenation_step),
    Kind("residual missing", graph=_skip_missing),
    Kind("batch order shuffled", graph=_batch_shuffled),
)
