"""A layer's parameters in model.onnx: read in PyTorch's axis order, and written back changed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from onnx import NodeProto

from planting.change import Array, Change, attribute, with_input
from planting.graph import FaultGraph, Site
from planting.kinds.kind import Parameters

_ROLES: Mapping[str, Mapping[str, int]] = {
    "BatchNormalization": {"weight": 1, "bias": 2, "running_mean": 3, "running_var": 4},
    "Conv": {"weight": 1, "bias": 2},
    "ConvTranspose": {"weight": 1, "bias": 2},
    "Gemm": {"weight": 1, "bias": 2},
    "MatMul": {"weight": 1},
}


@dataclass(frozen=True)
class Home:
    """Where a parameter stands: an input of a node, and whether it is transposed there."""

    place: int
    index: int
    transposed: bool


def parameters_of(site: Site) -> Parameters | None:
    """The parameters of the layer's convolution, linear layer or BatchNorm; None where it has none."""
    homes = _homes(site)
    if "weight" not in homes:
        return None
    node = site.graph.nodes[homes["weight"].place]
    weight = _read(site.graph, homes["weight"])
    return Parameters(
        operator=node.op_type,
        arrays={role: _read(site.graph, home) for role, home in homes.items()},
        shape=site.layer.shape,
        groups=attribute(node, "group", 1),
        others=tuple(_others(site, node.op_type, weight)),
    )


def written(site: Site, altered: Mapping[str, Array]) -> Change:
    """The change that gives the layer's nodes other parameters, each under a name of its own."""
    homes = _homes(site)
    nodes, constants = dict[int, NodeProto](), dict[str, Array]()
    for role, array in altered.items():
        home, name = homes[role], site.named(role)
        stored = array.T if home.transposed else array
        constants[name] = np.ascontiguousarray(stored, dtype=site.graph.constants[_name(site.graph, home)].dtype)
        nodes[home.place] = with_input(nodes.get(home.place, site.graph.nodes[home.place]), home.index, name)
    return Change({place: [node] for place, node in nodes.items()}, constants)


def _homes(site: Site) -> dict[str, Home]:
    found = site.find(*_ROLES)
    if found is None:
        return {}
    place, node = found
    transposed = node.op_type == "MatMul" or (node.op_type == "Gemm" and not attribute(node, "transB", 0))
    homes = {
        role: Home(place, index, transposed and role == "weight")
        for role, index in _ROLES[node.op_type].items()
        if len(node.input) > index and node.input[index] in site.graph.constants
    }
    if node.op_type == "MatMul":
        homes |= dict(_added_bias(site, place))
    if "weight" in homes and node.op_type in {"Gemm", "MatMul"} and _read(site.graph, homes["weight"]).ndim != 2:
        return {}
    return homes


def _added_bias(site: Site, product: int) -> Iterator[tuple[str, Home]]:
    """The vector that is added to a product."""
    made = site.graph.nodes[product].output[0]
    for place in site.places:
        node = site.graph.nodes[place]
        if node.op_type == "Add" and made in node.input:
            for index, name in enumerate(node.input):
                if name in site.graph.constants and site.graph.constants[name].ndim == 1:
                    yield "bias", Home(place, index, transposed=False)


def _name(graph: FaultGraph, home: Home) -> str:
    return str(graph.nodes[home.place].input[home.index])


def _read(graph: FaultGraph, home: Home) -> Array:
    array = graph.constants[_name(graph, home)]
    return array.T if home.transposed else array


def _others(site: Site, operator: str, weight: Array) -> Iterator[Array]:
    graph = site.graph
    for name, places in graph.groups.items():
        if name == site.layer.id:
            continue
        homes = _homes(Site(graph, graph.bundle.layers[name], places, ()))
        if "weight" in homes and graph.nodes[homes["weight"].place].op_type == operator:
            other = _read(graph, homes["weight"])
            if other.shape == weight.shape and not np.array_equal(other, weight):
                yield other
