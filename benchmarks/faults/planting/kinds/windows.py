"""Faults in what slides over an image: padding, where windows begin, how many there are; and resizing."""

from collections.abc import Mapping

import numpy as np
from fault_kinds import pad_moved
from onnx import NodeProto, helper

from planting.change import Array, Change, attribute, from_edit, with_attributes, with_input
from planting.graph import Site
from planting.kinds.kind import Kind
from planting.steps import Step

_SLIDING = ("Conv", "MaxPool", "AveragePool")
_CORNERS = {b"half_pixel": "align_corners", b"pytorch_half_pixel": "align_corners", b"align_corners": "half_pixel"}


def _pad_moved(site: Site) -> Change | None:
    found = site.find("Conv", "MaxPool", "Pad")
    return from_edit(found[0], pad_moved(site.graph, found[1])) if found else None


def _pads(node: NodeProto, rank: int) -> list[int]:
    return list(attribute(node, "pads", (0,) * 2 * rank))


def _edge_padding(site: Site) -> Change | None:
    """The image's edge repeated where zeros belong."""
    return _padded_before(site, {}, mode="edge")


def _padding_of_ones(site: Site) -> Change | None:
    """Ones where zeros belong."""
    return _padded_before(site, {site.named("one"): np.asarray(np.float32(1))}, mode="constant")


def _padded_before(site: Site, value: Mapping[str, Array], mode: str) -> Change | None:
    """A convolution without padding of its own, on an image that is padded before."""
    found = site.find("Conv")
    rank = len(site.layer.shape) - 2
    if found is None or not any(_pads(found[1], rank)):
        return None
    place, node = found
    pads = _pads(node, rank)
    sizes = np.array([0, 0, *pads[:rank], 0, 0, *pads[rank:]], dtype=np.int64)
    before = helper.make_node("Pad", [node.input[0], site.named("pads"), *value], [site.named("edges")], mode=mode)
    after = with_input(with_attributes(node, pads=[0] * 2 * rank), 0, site.named("edges"))
    return Change({place: [before, after]}, {site.named("pads"): sizes, **value})


def _count_include_pad(site: Site) -> Change | None:
    found = site.find("AveragePool")
    if found is None or not any(_pads(found[1], len(site.layer.shape) - 2)):
        return None
    place, node = found
    counted = attribute(node, "count_include_pad", 0)
    return Change({place: [with_attributes(node, count_include_pad=1 - counted)]})


def _count_step(step: Step) -> Step | None:
    if not step.op.startswith("averagePooling") or not np.any(step.attributes.get("padding", 0)):
        return None
    return step.with_setting("count_include_pad", 1 - step.number("count_include_pad", 1.0))


def _stride_offset(site: Site) -> Change | None:
    """Windows that begin one pixel later, where the stride leaves a choice."""
    found = site.find(*_SLIDING)
    if found is None or not any(stride > 1 for stride in attribute(found[1], "strides", (1,))):
        return None
    if attribute(found[1], "ceil_mode", 0):
        return None
    place, node = found
    strides = attribute(node, "strides", (1,))
    pads, rank = _pads(node, len(strides)), len(strides)
    late = [axis for axis in range(rank) if strides[axis] > 1]
    cut = [axis for axis in late if pads[axis] == 0]
    for axis in late:
        pads[axis] = max(pads[axis] - 1, 0)
        pads[axis + rank] += 1
    # A window that lies in padding alone has no largest or mean value.
    if node.op_type != "Conv" and any(
        pads[axis + rank] >= size for axis, size in enumerate(attribute(node, "kernel_shape", ()))
    ):
        return None
    moved = with_attributes(node, pads=pads)
    return Change({place: [moved]}) if not cut else _without_first(site, place, moved, cut)


def _without_first(site: Site, place: int, node: NodeProto, axes: list[int]) -> Change:
    numbers = {"starts": [1] * len(axes), "ends": [2**31 - 1] * len(axes), "axes": [axis + 2 for axis in axes]}
    constants: dict[str, Array] = {site.named(name): np.array(value, np.int64) for name, value in numbers.items()}
    before = helper.make_node("Slice", [node.input[0], *constants], [site.named("later")])
    return Change({place: [before, with_input(node, 0, site.named("later"))]}, constants)


def _ceil_mode(site: Site) -> Change | None:
    """The other rounding of the number of windows, where it gives another number."""
    found = site.find("MaxPool", "AveragePool")
    if found is None or found[1].input[0] not in site.graph.shapes:
        return None
    place, node = found
    kernel, sizes = attribute(node, "kernel_shape", ()), site.graph.shapes[node.input[0]][2:]
    strides, pads = attribute(node, "strides", (1,) * len(kernel)), _pads(node, len(kernel))
    rests = [
        (size + pads[axis] + pads[axis + len(kernel)] - kernel[axis]) % strides[axis] for axis, size in enumerate(sizes)
    ]
    if not any(rests):
        return None
    return Change({place: [with_attributes(node, ceil_mode=1 - attribute(node, "ceil_mode", 0))]})


def _align_corners(site: Site) -> Change | None:
    found = site.find("Resize")
    if found is None or attribute(found[1], "mode", b"nearest") != b"linear":
        return None
    mode = _CORNERS.get(attribute(found[1], "coordinate_transformation_mode", b"half_pixel"))
    return Change({found[0]: [with_attributes(found[1], coordinate_transformation_mode=mode)]}) if mode else None


def _corners_step(step: Step) -> Step | None:
    if step.op != "resize2dLayer" or "align_corners" not in step.attributes:
        return None
    return step.with_setting("align_corners", 1 - step.number("align_corners"))


WINDOW_KINDS = (
    Kind("padding moved", graph=_pad_moved),
    Kind("padding by the edge", graph=_edge_padding),
    Kind("padding of ones", graph=_padding_of_ones),
    Kind("count_include_pad", graph=_count_include_pad, step=_count_step),
    Kind("stride offset", graph=_stride_offset),
    Kind("ceil mode", graph=_ceil_mode),
    Kind("resize align_corners", graph=_align_corners, step=_corners_step),
)
