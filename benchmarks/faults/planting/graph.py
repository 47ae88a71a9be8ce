"""A bundle's model.onnx by layers: which nodes compute each layer from recorded values, and copies of the bundle with a change."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from faults import Model, copied
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, numpy_helper

from planting.change import Change
from planting.steps import WeightsFile
from xverify.bundle.bundle import Bundle
from xverify.bundle.manifest import Input, Layer

Array = NDArray[Any]


class FaultGraph(Model):
    """A model in which faults are planted layer by layer.

    A layer is what its nodes make of recorded values: those of other layers and of the inputs. A fault in one of these nodes
    makes this layer wrong by itself, and every other layer that the node belongs to.
    """

    def __init__(self, bundle: Bundle) -> None:
        super().__init__(bundle)
        self.inputs: Mapping[str, Input] = {item.onnx_tensor: item for item in bundle.manifest.inputs}
        self.shapes = {**self.shapes, **{name: item.shape for name, item in self.inputs.items()}}
        self.opset = next(item.version for item in self.proto.opset_import if item.domain == "")
        self._makers = {name: place for place, node in enumerate(self.nodes) for name in node.output}

    @cached_property
    def groups(self) -> Mapping[str, tuple[int, ...]]:
        """Layer id -> positions of the nodes that compute it, in the graph's order; layers without nodes are left out."""
        found = {layer.id: tuple(sorted(self._group(tensor))) for tensor, layer in self.layers.items()}
        return {name: places for name, places in found.items() if places}

    @cached_property
    def weights_file(self) -> WeightsFile:
        """The bundle's weights.mat, to look at."""
        return WeightsFile(self.bundle.path)

    def _group(self, tensor: str) -> set[int]:
        found: set[int] = set()
        waiting = [tensor]
        while waiting:
            place = self._makers.get(waiting.pop())
            if place is None or place in found:
                continue
            found.add(place)
            waiting.extend(name for name in self.nodes[place].input if name not in self.shapes)
        return found

    def touched(self, change: Change) -> frozenset[str]:
        """Ids of the layers that are wrong by themselves with a change."""
        return frozenset(name for name, places in self.groups.items() if not change.nodes.keys().isdisjoint(places))

    def recorded(self, places: tuple[int, ...]) -> dict[str, Array]:
        """The recorded values that some nodes read, by tensor name."""
        read = {name for place in places for name in self.nodes[place].input}
        known: dict[str, Layer | Input] = {**self.layers, **self.inputs}
        return {name: self.bundle.reference(known[name]) for name in sorted(read) if name in known}

    @contextmanager
    def with_change(self, change: Change, folder: Path) -> Iterator[Bundle]:
        """A copy of the bundle with the change in its model, hashes recomputed; removed at the end."""
        planted = ModelProto()
        planted.CopyFrom(self.proto)
        del planted.graph.node[:]
        planted.graph.node.extend(change.applied(self.nodes))
        planted.graph.initializer.extend(
            numpy_helper.from_array(np.asarray(array, order="C"), name) for name, array in change.constants.items()
        )
        with copied(self.bundle, folder, planted.SerializeToString()) as bundle:
            yield bundle


@dataclass(frozen=True)
class Site:
    """A layer where a fault may be planted.

    Attributes:
        graph: The model.
        layer: The layer.
        places: Positions of its nodes.
        seed: Of whatever the fault leaves to chance. `rng` starts anew at each call, so that every place gets one fault.
    """

    graph: FaultGraph
    layer: Layer
    places: tuple[int, ...]
    seed: tuple[int, ...]

    def rng(self) -> np.random.Generator:
        """Random numbers that depend on the seed alone."""
        return np.random.default_rng(list(self.seed))

    @property
    def tensor(self) -> str:
        """The layer's value in model.onnx."""
        return self.layer.onnx_tensor

    @property
    def last(self) -> int:
        """Position of the node that makes the layer's value."""
        return next(place for place in self.places if self.tensor in self.graph.nodes[place].output)

    @property
    def maker(self) -> NodeProto:
        """The node that makes the layer's value."""
        node: NodeProto = self.graph.nodes[self.last]
        return node

    @property
    def reads(self) -> tuple[str, ...]:
        """Tensor names of the recorded values that it is computed from."""
        names = [name for place in self.places for name in self.graph.nodes[place].input if name in self.graph.shapes]
        return tuple(dict.fromkeys(names))

    def find(self, *operators: str) -> tuple[int, NodeProto] | None:
        """The first of its nodes that is one of these operators."""
        nodes = ((place, self.graph.nodes[place]) for place in self.places)
        return next(((place, node) for place, node in nodes if node.op_type in operators), None)

    def named(self, suffix: str) -> str:
        """A new tensor name of this layer."""
        return f"{self.tensor}_planted_{suffix}"
