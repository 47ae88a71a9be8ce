"""Faults put into a bundle's model.onnx, and how far each moves its layer in float64.

A fault is one that an export, an import or a person makes: kernel height and width exchanged, another epsilon, a bias lost, a
tensor flattened in another order, padding on the wrong side. Each changes one node and leaves every shape as it is.
"""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import onnx
from fault_kinds import KINDS, Edit
from float64_truth import Truth
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, numpy_helper

from xverify.bundle.bundle import MANIFEST, MODEL, Bundle, load_bundle, rehash
from xverify.bundle.manifest import Input, Layer
from xverify.bundle.onnxfile import OnnxFile

Array = NDArray[Any]
Item = TypeVar("Item")

SURELY_VISIBLE = 30
"""A fault whose float64 effect is this many noise floors must be found: five tolerances, so that rounding cannot hide it."""


@dataclass(frozen=True)
class Fault:
    """One fault: where it is, and what it does there in float64.

    Attributes:
        kind: A key of `KINDS`.
        layer: The layer whose value the changed node makes.
        position: Of the node in the graph.
        edit: The change.
        effect: Largest absolute change of the layer's value, computed in float64 on the recorded inputs.
        ratio: Largest change over the local noise floor at that element; inf where the layer must be exact.
    """

    kind: str
    layer: str
    position: int
    edit: Edit
    effect: float
    ratio: float

    def __str__(self) -> str:
        return f"{self.kind} at {self.layer} ({self.ratio:.3g} x floor)"


def spread(items: Sequence[Item], count: int) -> list[Item]:
    """`count` of the items, from the first to the last; the middle one if one is asked for, all if there are no more."""
    if len(items) <= count:
        return list(items)
    places = np.linspace(0, len(items) - 1, count) if count > 1 else np.array([len(items) // 2])
    return [items[place] for place in places.round().astype(int)]


def _tolerances(layer: Layer) -> Array:
    """The layer's local tolerance for each of its elements: one for all, or one a channel."""
    channels = layer.tolerance.channels
    if channels is None:
        return np.full(layer.shape, layer.tolerance.local)
    along = [len(channels.local) if axis == channels.axis else 1 for axis in range(len(layer.shape))]
    return np.broadcast_to(np.reshape(channels.local, along), layer.shape)


class Model:
    """A bundle's model.onnx with what is needed to choose and measure faults in it."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self.proto = onnx.load(bundle.model_path)
        self.nodes = list(self.proto.graph.node)
        self.constants: Mapping[str, Array] = {
            item.name: numpy_helper.to_array(item) for item in self.proto.graph.initializer
        }
        self.layers = {
            layer.onnx_tensor: layer for layer in bundle.manifest.layers if layer.onnx_tensor and not layer.alias_of
        }
        self.shapes: Mapping[str, tuple[int, ...]] = {tensor: layer.shape for tensor, layer in self.layers.items()}
        self._readers: dict[str, list[NodeProto]] = {}
        for node in self.nodes:
            for name in node.input:
                self._readers.setdefault(name, []).append(node)

    def layer_of(self, node: NodeProto) -> Layer | None:
        """The layer whose value a node makes, through unnamed values with one reader; None where there is no such layer."""
        while len(node.output) == 1:
            if node.output[0] in self.layers:
                return self.layers[node.output[0]]
            readers = self._readers.get(node.output[0], [])
            if len(readers) != 1:
                return None
            node = readers[0]
        return None

    def faults(self, kind: str, count: int) -> list[Fault]:
        """Up to `count` faults of a kind, spread over the nodes that can have one."""
        return [self._measured(kind, position) for position in spread(self.places(kind), count)]

    def places(self, kind: str) -> list[int]:
        """Positions of the nodes that can have a fault of a kind."""
        return [
            i
            for i, node in enumerate(self.nodes)
            if self.layer_of(node) is not None and KINDS[kind](self, node) is not None
        ]

    def _measured(self, kind: str, position: int) -> Fault:
        layer, edit = self.layer_of(self.nodes[position]), KINDS[kind](self, self.nodes[position])
        assert layer is not None
        assert edit is not None
        tensors: dict[str, Layer | Input] = {
            **self.layers,
            **{item.onnx_tensor: item for item in self.bundle.manifest.inputs},
        }
        recorded = {name: self.bundle.reference(tensors[name]) for name in self._read_by(layer) if name in tensors}
        right = Truth(self.nodes, self.constants, recorded).computed(layer.onnx_tensor)
        changed = [*self.nodes[:position], *edit.nodes, *self.nodes[position + 1 :]]
        wrong = Truth(changed, {**self.constants, **edit.constants}, recorded).computed(layer.onnx_tensor)
        assert wrong.shape == right.shape == layer.shape
        change = (wrong - right).abs().numpy()
        floor = _tolerances(layer) / self.bundle.manifest.noise.k_local
        with np.errstate(divide="ignore", invalid="ignore"):  # 0 / 0 where an exact layer did not change
            ratio = float(np.nanmax(change / floor, initial=0.0))
        return Fault(kind, layer.id, position, edit, float(change.max()), ratio)

    def _read_by(self, layer: Layer) -> set[str]:
        """Tensors that lead to a layer's value: what its nodes read, as far as the recorded values."""
        makers = {name: node for node in self.nodes for name in node.output}
        found, waiting = set[str](), [layer.onnx_tensor]
        while waiting:
            for name in makers[waiting.pop()].input:
                if name not in found:
                    found.add(name)
                    if name in makers and name not in self.layers:
                        waiting.append(name)
        return found

    @contextmanager
    def planted(self, fault: Fault, folder: Path) -> Iterator[Bundle]:
        """A copy of the bundle with the fault in its model, hashes recomputed; removed at the end."""
        planted = ModelProto()
        planted.CopyFrom(self.proto)
        del planted.graph.node[:]
        planted.graph.node.extend([*self.nodes[: fault.position], *fault.edit.nodes, *self.nodes[fault.position + 1 :]])
        planted.graph.initializer.extend(
            numpy_helper.from_array(array, name) for name, array in fault.edit.constants.items()
        )
        with copied(self.bundle, folder, planted.SerializeToString()) as bundle:
            yield bundle


@contextmanager
def copied(bundle: Bundle, folder: Path, model: bytes) -> Iterator[Bundle]:
    """A copy of a bundle with another model.onnx, its hashes recomputed; removed at the end.

    Files that stay are hard links; the manifest is a copy, because its hashes change.
    """
    folder.mkdir()
    for file in bundle.path.iterdir():
        if file.name == MANIFEST:
            shutil.copy(file, folder)
        elif file.name != MODEL:
            (folder / file.name).hardlink_to(file)
    (folder / MODEL).write_bytes(model)
    rehash(folder)
    try:
        yield load_bundle(folder)
    finally:
        shutil.rmtree(folder)


@contextmanager
def flipped(bundle: Bundle, folder: Path, initializer: str) -> Iterator[Bundle]:
    """A copy of a bundle with the lowest bit of the middle element of a float32 initializer flipped: 1.2e-7 of it at most."""
    with OnnxFile(bundle.model_path) as model:
        item = model.initializers[initializer]
    data = bytearray(bundle.model_path.read_bytes())
    data[item.offset + item.nbytes // 8 * 4] ^= 1
    with copied(bundle, folder, bytes(data)) as changed:
        yield changed
