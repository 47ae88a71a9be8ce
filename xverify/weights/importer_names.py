"""What MATLAB's ONNX importer calls the layers that hold a bundle's parameters.

For the bundle's own model.onnx: the nodes that belong to a layer, by the importer's naming rule. A fully connected layer may
be two nodes there (MatMul and Add), and two MATLAB layers after the import; a module of several recurrent layers is one node
each.

For another ONNX file of the same network, exported earlier or by another tool: its weights, before they were trained on,
say bit for bit which of its nodes is which layer of the bundle; the naming rule says what MATLAB calls that node.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import GraphProto, NodeProto, numpy_helper

from xverify.bundle.manifest import Manifest
from xverify.compat.naming import graph_names
from xverify.errors import XverifyError
from xverify.weights.expected import ExpectedLayer
from xverify.weights.restoring import in_pytorch

Array = NDArray[Any]
Names = Mapping[str, tuple[str, ...]]
"""Id of an expected layer -> what MATLAB may call the layers that hold its parameters."""

_RECURRENT = frozenset({"LSTM", "GRU"})


def names_in_own_model(path: Path, manifest: Manifest, layers: Sequence[ExpectedLayer]) -> Names:
    """The names after an import of the bundle's model.onnx."""
    graph = _graph(path)
    tensors = {layer.onnx_tensor: layer.id for layer in manifest.layers if layer.onnx_tensor}
    owners = _owners(graph, tensors)
    imported = graph_names(graph).layers
    nodes: dict[str, list[tuple[NodeProto, str]]] = {}
    for node, name, owner in zip(graph.node, imported, owners, strict=True):
        if owner:
            nodes.setdefault(owner, []).append((node, name))
    return {layer.id: _of_cell(layer, _own_nodes(layer, nodes)) for layer in layers}


def names_in_other_model(path: Path, manifest: Manifest, layers: Sequence[ExpectedLayer]) -> Names:
    """The names after an import of another ONNX file that has the bundle's weights.

    Both rules are tried: that of importNetworkFromONNX, and that of about R2019 (the node's name with `/` as `|`).
    """
    graph = _graph(path)
    weights = {item.name: numpy_helper.to_array(item) for item in graph.initializer}
    known = _Owners(manifest, layers)
    names: dict[str, tuple[str, ...]] = {}
    for node, name in zip(graph.node, graph_names(graph).layers, strict=True):
        found = known.of([weights[item] for item in node.input if item in weights])
        if found:
            names[found] = (*names.get(found, ()), name, node.name.replace("/", "|"))
    return names


def _graph(path: Path) -> GraphProto:
    try:
        return onnx.load(path, load_external_data=False).graph
    except Exception as error:  # protobuf raises a class of its own on files that are no ONNX
        raise XverifyError(f"{path} is no readable ONNX file: {error}", "Check the path, or copy it again.") from error


def _owners(graph: GraphProto, tensors: Mapping[str, str]) -> list[str]:
    """For each node the layer whose value, through values that are no layers only, it leads to; '' where several do."""
    readers: dict[str, list[int]] = {}
    for index, node in enumerate(graph.node):
        for name in node.input:
            readers.setdefault(name, []).append(index)
    owners: list[set[str]] = [set() for _ in graph.node]
    for index in reversed(range(len(graph.node))):
        for name in graph.node[index].output:
            if name in tensors:
                owners[index].add(tensors[name])
            else:
                owners[index].update(*(owners[reader] for reader in readers.get(name, [])))
    return [next(iter(found)) if len(found) == 1 else "" for found in owners]


def _own_nodes(layer: ExpectedLayer, nodes: Mapping[str, list[tuple[NodeProto, str]]]) -> list[tuple[NodeProto, str]]:
    """The nodes that lead to a layer, or to any other value of its step."""
    return [item for name in dict.fromkeys((layer.layer, *layer.names)) for item in nodes.get(name, [])]


def _of_cell(layer: ExpectedLayer, nodes: Sequence[tuple[NodeProto, str]]) -> tuple[str, ...]:
    """The names of a layer's nodes; of one of several recurrent layers that of its own, which stand in PyTorch's order."""
    recurrent = [name for node, name in nodes if node.op_type in _RECURRENT]
    if recurrent:
        return (recurrent[layer.cell],) if len(recurrent) == layer.cells else ()
    return tuple(name for _, name in nodes)


class _Owners:
    """Which layer of the bundle has exactly these arrays, in PyTorch's order or transposed, as MatMul takes them."""

    def __init__(self, manifest: Manifest, layers: Iterable[ExpectedLayer]) -> None:
        shapes = {item.name: item.shape for item in manifest.parameters}
        self._layers: dict[tuple[tuple[int, ...], bytes], set[str]] = {}
        for layer in layers:
            for stored in layer.properties.values():
                for array in in_pytorch(stored, stored.array, layer.op, shapes).values():
                    for view in (array, array.T) if array.ndim == 2 else (array,):
                        self._layers.setdefault(_key(view), set()).add(layer.id)

    def of(self, arrays: Sequence[Array]) -> str:
        """The layer that all of the arrays belong to, if it is the only one; ''."""
        found = [self._layers[_key(array)] for array in arrays if _key(array) in self._layers]
        common = set.intersection(*found) if found else set()
        return next(iter(common)) if len(common) == 1 else ""


def _key(array: Array) -> tuple[tuple[int, ...], bytes]:
    return array.shape, np.ascontiguousarray(array).tobytes()
