"""Faults before the network: images in 0..255, not normalised, or normalised twice. What reads the input gets other values."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from onnx import NodeProto, helper

from planting.change import Array, Change, copy_of
from planting.graph import FaultGraph, Site
from planting.kinds.kind import Kind

MEAN = np.array([0.485, 0.456, 0.406], dtype=np.float32).reshape(1, 3, 1, 1)
DEVIATION = np.array([0.229, 0.224, 0.225], dtype=np.float32).reshape(1, 3, 1, 1)
"""ImageNet's, as torchvision's weights use them."""


def _image(graph: FaultGraph) -> str | None:
    """The first input that is an image of three channels."""
    inputs = graph.inputs.items()
    return next(
        (name for name, item in inputs if len(item.shape) == 4 and item.shape[1] == 3 and item.dtype == "float32"), None
    )


def _reads_first(site: Site, tensor: str) -> bool:
    """Whether the layer is the first that reads the input: the fault is planted there once."""
    readers = [name for name, places in site.graph.groups.items() if _read(site, tensor, places)]
    return bool(readers) and readers[0] == site.layer.id


def _read(site: Site, tensor: str, places: tuple[int, ...]) -> bool:
    return any(tensor in site.graph.nodes[place].input for place in places)


def _input_changed(scale: Array, offset: Array) -> Callable[[Site], Change | None]:
    """Every reader of the image reads image * scale + offset."""

    def graph(site: Site) -> Change | None:
        image = _image(site.graph)
        if image is None or not _reads_first(site, image):
            return None
        before = [
            helper.make_node("Mul", [image, site.named("scale")], [site.named("scaled")]),
            helper.make_node("Add", [site.named("scaled"), site.named("offset")], [site.named("input")]),
        ]
        return _before_readers(site, image, before, {site.named("scale"): scale, site.named("offset"): offset})

    return graph


def _before_readers(site: Site, image: str, before: Sequence[NodeProto], constants: Mapping[str, Array]) -> Change:
    """Nodes that make the input that every reader of the image reads instead."""
    nodes = site.graph.nodes
    readers = [place for place, node in enumerate(nodes) if image in node.input]
    changed = {}
    for place in readers:
        reader = copy_of(nodes[place])
        for index, name in enumerate(reader.input):
            reader.input[index] = site.named("input") if name == image else name
        changed[place] = [*before, reader] if place == readers[0] else [reader]
    return Change(changed, constants)


def _channels_reversed(site: Site) -> Change | None:
    """Every reader of the image reads its channels backwards: BGR for RGB."""
    image = _image(site.graph)
    if image is None or not _reads_first(site, image):
        return None
    order = {site.named("order"): np.array([2, 1, 0], dtype=np.int64)}
    return _before_readers(
        site, image, [helper.make_node("Gather", [image, *order], [site.named("input")], axis=1)], order
    )


_NONE = np.zeros((1, 1, 1, 1), dtype=np.float32)

PREPROCESSING_KINDS = (
    Kind("input / 255 missing", graph=_input_changed(np.full((1, 1, 1, 1), 255, dtype=np.float32), _NONE)),
    Kind("input mean/std missing", graph=_input_changed(DEVIATION, MEAN)),
    Kind("input RGB/BGR", graph=_channels_reversed),
    Kind("input mean/std doubled", graph=_input_changed(1 / DEVIATION, -MEAN / DEVIATION)),
)
