"""From the program and its ONNX model to weights.mat: parameters in MATLAB's layouts and the steps that use them.

Parameters come from the model's state_dict, never from model.onnx. A layer that MATLAB has is one step, whatever number of
ONNX nodes it takes, so that its weight is stored once; any other layer is its ONNX nodes, with their constants as they are.
"""

import operator
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
import onnx_ir as ir
from numpy.typing import NDArray
from torch.fx import Node

from xverify.bundle.manifest import MatlabParameter
from xverify.bundle.weights import Attribute, Operation, StoredParameter
from xverify.layouts.as_is import AsIs
from xverify.layouts.layout import Stored
from xverify.onnx_export.matlab_layers import MatlabLayer, describe
from xverify.onnx_export.provenance import as_array
from xverify.onnx_export.ready import ReadyModel
from xverify.program.layers import Network, ProgramLayer, maker_of

Array = NDArray[Any]


@dataclass
class MatlabNetwork:
    """Everything that weights.mat holds of the network."""

    layers: dict[str, MatlabLayer]
    graph: list[Operation] = field(default_factory=list)
    parameters: list[StoredParameter] = field(default_factory=list)
    homes: dict[str, list[MatlabParameter]] = field(default_factory=dict)
    """state_dict name -> where its values went."""
    keys: dict[tuple[tuple[str, ...], str], str] = field(default_factory=dict)
    """Names and axes of a layer's stored parameter -> its key: a module used twice stores its weight once."""


def build(
    network: Network, ready: ReadyModel, parameters: Mapping[str, Array], dims: Mapping[Node, str]
) -> MatlabNetwork:
    """The MATLAB side of a network.

    Args:
        network: The program's layers.
        ready: The ONNX model of the same network.
        parameters: The state_dict, as arrays.
        dims: What the axes of every input and layer mean (`program.dims.axis_meanings`).
    """
    nodes = [item.node for item in network.inputs] + [layer.node for layer in network.layers]
    values = {node: dims.get(node, "") for node in nodes}
    result = MatlabNetwork({layer.id: describe(layer, network, parameters, values) for layer in network.layers})
    keys = {layer.id: _store_layer(result, layer, parameters) for layer in network.layers}
    result.graph = list(_Graph(network, ready, result, keys).operations())
    _store_unread(result, parameters)
    return result


def _store_layer(result: MatlabNetwork, layer: ProgramLayer, parameters: Mapping[str, Array]) -> dict[str, str]:
    """Stores the parameters of one layer that MATLAB has; returns property -> key. Others are constants of ONNX steps."""
    matlab = result.layers[layer.id]
    if matlab.layout is None or not matlab.name:
        return {}
    keys = {}
    stored = matlab.layout.to_matlab({role: parameters[name] for role, name in matlab.roles.items()})
    for property_, item in stored.items():
        names = tuple(matlab.roles[role] for role in item.sources)
        if (names, item.axes) not in result.keys:
            key = result.keys[names, item.axes] = f"{layer.id}_{property_}"
            result.parameters.append(StoredParameter(key, item.array, item.axes, names))
            for name in names:
                result.homes.setdefault(name, []).append(MatlabParameter(key=key, property=property_, axes=item.axes))
        keys[property_] = result.keys[names, item.axes]
    return keys


def _store_unread(result: MatlabNetwork, parameters: Mapping[str, Array]) -> None:
    """Parameters and buffers that no step takes as they are (folded into a constant, num_batches_tracked)."""
    for number, name in enumerate(name for name in parameters if name not in result.homes):
        stored = _as_is(parameters[name])
        key = f"other_{number + 1}"
        result.parameters.append(StoredParameter(key, stored.array, stored.axes, (name,)))
        result.homes[name] = [MatlabParameter(key=key, property="value", axes=stored.axes)]


def _as_is(array: Array) -> Stored:
    return AsIs({"value": array.shape}, "").to_matlab({"value": array})["value"]


class _Graph:
    """The steps in execution order: a MATLAB layer is one, any other layer is its ONNX nodes."""

    def __init__(
        self, network: Network, ready: ReadyModel, result: MatlabNetwork, keys: Mapping[str, dict[str, str]]
    ) -> None:
        self.network, self.ready, self.result, self.keys = network, ready, result, keys
        self.layers = {layer.id: layer for layer in network.layers}
        self.names = {tensor: identifier for identifier, tensor in ready.tensors.items() if tensor}
        given = ready.inputs
        self.names |= {given[item.node.name]: item.id for item in network.inputs if item.node.name in given}
        self.ids = {layer.node: layer.id for layer in network.layers}
        self.ids |= {item.node: item.id for item in network.inputs}
        self.constants: dict[str, str] = {}
        self.elements: dict[Node, list[str]] = {}
        """Maker of a tuple (or of one value) -> ids of its layers: an LSTM is one step with several outputs."""
        for layer in network.layers:
            self.elements.setdefault(maker_of(layer.node), []).append(layer.id)

    def operations(self) -> Iterator[Operation]:
        """Each step once, in topological order."""
        nodes = list(self.ready.model.graph)
        makers = self._makers(nodes)
        last = {maker: node for node, maker in makers.items()}
        yield from self._constant_steps()
        for node in nodes:
            maker = makers.get(node)
            if maker is None or not self.result.layers[self.elements[maker][0]].name:
                yield self._node_step(node)
            elif last[maker] is node:
                yield self._layer_step(self.elements[maker])

    def _constant_steps(self) -> Iterator[Operation]:
        """Layers that are the same for every input (outputs such as a detector's anchors): no node makes them."""
        for value in self.ready.model.graph.initializers.values():
            if value.name in self.names:
                key = self._constant(value)
                name = self.names[value.name]
                yield Operation(op="Constant", layer=name, inputs=(), outputs=(name,), parameters={"value": key})

    def _makers(self, nodes: list[ir.Node]) -> dict[ir.Node, Node]:
        """For each ONNX node the program's node that it belongs to: whose value, through unnamed values only, it leads to."""
        found: dict[ir.Node, set[Node]] = {}
        for node in reversed(nodes):
            own = {maker_of(self.layers[name].node) for name in self._layer_names(node)}
            readers = {use.node for value in node.outputs if value.name not in self.names for use in value.uses()}
            found[node] = own.union(*(found[reader] for reader in readers))
        return {node: next(iter(found[node])) for node in nodes if len(found[node]) == 1}

    def _layer_names(self, node: ir.Node) -> list[str]:
        return [self.names[value.name] for value in node.outputs if value.name in self.names]

    def _layer_step(self, elements: list[str]) -> Operation:
        layer, matlab = self.layers[elements[0]], self.result.layers[elements[0]]
        return Operation(
            op=matlab.name,
            layer=layer.id,
            inputs=tuple(self._survivor(name) for name in self._inputs(layer, matlab)),
            outputs=tuple(elements),
            attributes={**matlab.attributes, **self._positions(elements)},
            parameters=self.keys[layer.id],
        )

    def _inputs(self, layer: ProgramLayer, matlab: MatlabLayer) -> Sequence[str]:
        """Ids of what a step reads: a sum of a value with itself reads it twice."""
        return [self.ids[node] for node in matlab.operands] or layer.inputs

    def _positions(self, elements: list[str]) -> dict[str, Attribute]:
        """Which elements of its tuple a step's outputs are, from 0: an LSTM's sequence, hidden or cell state."""
        nodes = [self.layers[identifier].node for identifier in elements]
        positions = [float(cast("int", node.args[1])) for node in nodes if node.target is operator.getitem]
        return {"elements": positions} if positions else {}

    def _node_step(self, node: ir.Node) -> Operation:
        inputs, parameters, order = [], {}, []
        for index, value in enumerate(node.inputs):
            if value is None:
                order.append("")
            elif value.is_initializer():
                parameters[f"operand_{index + 1}"] = self._constant(value)
                order.append(f"operand_{index + 1}")
            else:
                inputs.append(self._name(value))
                order.append("value")
        outputs = tuple(self._name(value) for value in node.outputs)
        produced = self._layer_names(node)
        return Operation(
            op=node.op_type,
            layer=produced[0] if produced else "",
            inputs=tuple(inputs),
            outputs=outputs,
            attributes=dict(_onnx_attributes(node)),
            parameters=parameters,
            input_order=tuple(order),
        )

    def _survivor(self, identifier: str) -> str:
        """The id under which a value is made: an alias has no step of its own."""
        tensor = self.ready.aliases.get(identifier)
        return identifier if tensor is None else self.names[tensor]

    def _name(self, value: ir.Value) -> str:
        assert value.name is not None
        # Two underscores end no id: an inner value `val_0` stays apart from a module of that name.
        inner = f"{value.name}__" if value.name in self.layers else value.name
        return self.names.get(value.name, inner)

    def _constant(self, value: ir.Value) -> str:
        """Stores an initializer in ONNX's own axis order, once."""
        assert value.name is not None
        if value.name not in self.constants:
            stored = _as_is(as_array(value))
            key = f"constant_{len(self.constants) + 1}"
            raw = self.ready.original(value.name)
            names = (raw,) if raw in self.network.program.state_dict else ()
            self.result.parameters.append(StoredParameter(key, stored.array, stored.axes, names))
            self.constants[value.name] = key
            if names:
                home = MatlabParameter(key=key, property="value", axes=stored.axes)
                self.result.homes.setdefault(raw, []).append(home)
        return self.constants[value.name]


def _onnx_attributes(node: ir.Node) -> Iterator[tuple[str, Attribute]]:
    for name, attribute in node.attributes.items():
        value = attribute.value
        if isinstance(value, (bool, int, float)):
            yield name, float(value)
        elif isinstance(value, str):
            yield name, value
        elif isinstance(value, Sequence) and all(isinstance(item, (int, float)) for item in value):
            yield name, [float(item) for item in value]
        elif isinstance(value, Sequence) and all(isinstance(item, str) for item in value):
            yield name, ",".join(value)
        else:
            raise NotImplementedError(f"attribute {name} of {node.op_type}: {type(value).__name__} {np.shape(value)}")
