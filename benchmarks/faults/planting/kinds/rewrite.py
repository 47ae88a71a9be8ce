"""Ways to change what a layer's nodes compute, whatever they are."""

from collections.abc import Mapping, Sequence

from onnx import NodeProto, helper

from planting.change import Array, Change, copy_of
from planting.graph import Site


def instead(site: Site, nodes: Sequence[NodeProto], constants: Mapping[str, Array] | None = None) -> Change | None:
    """Other nodes in place of the one that makes the layer's value, which makes nothing else."""
    return Change({site.last: nodes}, constants or {}) if len(site.maker.output) == 1 else None


def identity(site: Site) -> Change | None:
    """The layer's only input as its value."""
    if len(site.reads) != 1 or site.graph.shapes[site.reads[0]] != site.layer.shape:
        return None
    return instead(site, [helper.make_node("Identity", [site.reads[0]], [site.tensor])])


def afterwards(site: Site, nodes: Sequence[NodeProto], constants: Mapping[str, Array] | None = None) -> Change:
    """The layer's value under the name `raw(site)`, and nodes that make the layer's own of it."""
    maker = copy_of(site.maker)
    maker.output[list(maker.output).index(site.tensor)] = raw(site)
    return Change({site.last: [maker, *nodes]}, constants or {})


def raw(site: Site) -> str:
    """The layer's value before what `afterwards` does to it."""
    return site.named("raw")


def twice(site: Site) -> Change | None:
    """The layer's nodes again, on their own result."""
    if len(site.reads) != 1 or site.graph.shapes[site.reads[0]] != site.layer.shape:
        return None
    if len(site.maker.output) != 1 or len(site.places) > 12:
        return None
    return afterwards(site, [_again(site, site.graph.nodes[place]) for place in site.places])


def _again(site: Site, node: NodeProto) -> NodeProto:
    inner = {name for place in site.places for name in site.graph.nodes[place].output} - {site.tensor}
    copy = copy_of(node)
    copy.name = ""  # of which no two may be alike
    for index, name in enumerate(node.input):
        if name == site.reads[0]:
            copy.input[index] = raw(site)
        elif name in inner:
            copy.input[index] = f"{name}_again"
    for index, name in enumerate(node.output):
        copy.output[index] = f"{name}_again" if name in inner else name
    return copy
