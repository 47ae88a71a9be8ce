"""From the program and its ONNX model to weights.mat: parameters in MATLAB's layouts and the steps that use them.

Parameters come from the model's state_dict, never from model.onnx. A layer that MATLAB has is one step, whatever number of
ONNX nodes it takes, so that its weight is stored once; any other layer is its ONNX nodes, with their constants as they are.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx_ir as ir
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.fx import Node

from xverify.bundle.manifest import MatlabParameter
from xverify.bundle.weights import Attribute, Operation, StoredParameter
from xverify.layouts.as_is import AsIs
from xverify.layouts.layout import Layout
from xverify.layouts.table import layout_for
from xverify.onnx_export.matlab_layers import MATLAB_LAYERS
from xverify.onnx_export.provenance import as_array
from xverify.onnx_export.ready import ReadyModel
from xverify.program.layers import Network, ProgramLayer, maker_of, operation_of

Array = NDArray[Any]


@dataclass(frozen=True)
class MatlabLayer:
    """What MATLAB calls a layer, or why it has none; and its settings."""

    name: str
    note: str
    attributes: Mapping[str, Attribute]
    layout: Layout | None
    roles: Mapping[str, str]
    """PyTorch role ('weight') -> name in the state_dict."""


@dataclass
class MatlabNetwork:
    """Everything that weights.mat holds of the network."""

    layers: dict[str, MatlabLayer]
    graph: list[Operation] = field(default_factory=list)
    parameters: list[StoredParameter] = field(default_factory=list)
    homes: dict[str, list[MatlabParameter]] = field(default_factory=dict)
    """state_dict name -> where its values went."""


def build(network: Network, ready: ReadyModel, parameters: Mapping[str, Array]) -> MatlabNetwork:
    """The MATLAB side of a network.

    Args:
        network: The program's layers.
        ready: The ONNX model of the same network.
        parameters: The state_dict, as arrays.
    """
    result = MatlabNetwork({layer.id: describe(layer, network, parameters) for layer in network.layers})
    keys: dict[str, dict[str, str]] = {}
    by_node: dict[Node, dict[str, str]] = {}
    for layer in network.layers:
        maker = maker_of(
            layer.node
        )  # the elements of a tuple (LSTM's output and states) share their maker's parameters
        if maker not in by_node:
            by_node[maker] = _store_layer(result, layer, parameters)
        keys[layer.id] = by_node[maker]
    _store_unread(result, parameters)
    result.graph = list(_Graph(network, ready, result, keys).operations())
    return result


def describe(layer: ProgramLayer, network: Network, parameters: Mapping[str, Array]) -> MatlabLayer:
    """Which MATLAB layer a layer is, with its settings and the roles of its parameters."""
    operation = operation_of(layer.node)
    source = maker_of(layer.node)
    attributes = _settings(source)
    roles = _roles(source, network)
    arrays = {role: parameters[name] for role, name in roles.items() if name in parameters}
    if not arrays:
        name = MATLAB_LAYERS.get(operation, "")
        return MatlabLayer(name, "" if name else f"no MATLAB layer for {layer.operation}", attributes, None, {})
    layout = layout_for(operation, _layout_attributes(source), arrays)
    note = layout.reason if isinstance(layout, AsIs) else ""
    return MatlabLayer(layout.matlab_layer, note, attributes, layout, {role: roles[role] for role in arrays})


def _layout_attributes(node: Node) -> dict[str, Any]:
    named = _named_arguments(node)
    data = next(
        (
            value.meta["val"]
            for value in named.values()
            if isinstance(value, Node) and isinstance(value.meta.get("val"), Tensor)
        ),
        None,
    )
    rank = data.dim() if data is not None else 4
    return {
        "groups": named.get("groups", 1),
        "transposed": bool(named.get("transposed", False)) or operation_of(node).startswith("conv_transpose"),
        "spatial_rank": max(rank - 2, 0),
    }


def _named_arguments(node: Node) -> dict[str, Any]:
    """The node's arguments by the operator's own names, defaults included."""
    if not isinstance(node.target, torch._ops.OpOverload):
        return {str(index): value for index, value in enumerate(node.args)} | dict(node.kwargs)
    named: dict[str, Any] = {}
    for index, argument in enumerate(node.target._schema.arguments):
        if index < len(node.args):
            named[argument.name] = node.args[index]
        elif argument.name in node.kwargs:
            named[argument.name] = node.kwargs[argument.name]
        elif argument.has_default_value():
            named[argument.name] = argument.default_value
    return named


def _settings(node: Node) -> dict[str, Attribute]:
    settings: dict[str, Attribute] = {}
    for name, value in _named_arguments(node).items():
        if isinstance(value, (bool, int, float, str)):
            settings[name] = value if isinstance(value, str) else float(value)
        elif isinstance(value, (list, tuple)) and all(isinstance(item, (bool, int, float)) for item in value):
            settings[name] = [float(item) for item in value]
    return settings


def _roles(node: Node, network: Network) -> dict[str, str]:
    """PyTorch role -> state_dict name, for each parameter that a node takes directly."""
    roles: dict[str, str] = {}
    for name, value in _named_arguments(node).items():
        if isinstance(value, Node) and value.name in network.constants:
            roles[name] = network.constants[value.name]
        elif isinstance(value, (list, tuple)):
            for item in value:
                if isinstance(item, Node) and item.name in network.constants:
                    parameter = network.constants[item.name]
                    roles[parameter.rsplit(".", 1)[-1]] = parameter
    return roles


def _store_layer(result: MatlabNetwork, layer: ProgramLayer, parameters: Mapping[str, Array]) -> dict[str, str]:
    """Stores the parameters of one layer; returns property -> key."""
    matlab = result.layers[layer.id]
    if matlab.layout is None:
        return {}
    keys = {}
    stored = matlab.layout.to_matlab({role: parameters[name] for role, name in matlab.roles.items()})
    for property_, item in stored.items():
        names = tuple(matlab.roles[role] for role in item.sources)
        key = f"{layer.id}_{property_}"
        result.parameters.append(StoredParameter(key, item.array, item.axes, names))
        for name in names:
            result.homes.setdefault(name, []).append(MatlabParameter(key=key, property=property_, axes=item.axes))
        keys[property_] = key
    return keys


def _store_unread(result: MatlabNetwork, parameters: Mapping[str, Array]) -> None:
    """Parameters and buffers that no layer takes directly (positional embeddings, num_batches_tracked), as they are."""
    for number, name in enumerate(name for name in parameters if name not in result.homes):
        stored = AsIs({"value": parameters[name].shape}, "").to_matlab({"value": parameters[name]})["value"]
        key = f"other_{number + 1}"
        result.parameters.append(StoredParameter(key, stored.array, stored.axes, (name,)))
        result.homes[name] = [MatlabParameter(key=key, property="value", axes=stored.axes)]


class _Graph:
    """The steps in execution order: a MATLAB layer is one, any other layer is its ONNX nodes."""

    def __init__(
        self, network: Network, ready: ReadyModel, result: MatlabNetwork, keys: Mapping[str, dict[str, str]]
    ) -> None:
        self.network, self.ready, self.result, self.keys = network, ready, result, keys
        self.layers = {layer.id: layer for layer in network.layers}
        self.names = {tensor: identifier for identifier, tensor in ready.tensors.items() if tensor}
        self.names |= {item.node.name: item.id for item in network.inputs}
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
            inputs=tuple(self._survivor(name) for name in layer.inputs),
            outputs=tuple(elements),
            attributes=matlab.attributes,
            parameters=self.keys[layer.id],
        )

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
        return self.names.get(value.name, value.name)

    def _constant(self, value: ir.Value) -> str:
        """Stores an initializer in ONNX's own axis order, once."""
        assert value.name is not None
        if value.name not in self.constants:
            array = as_array(value)
            stored = AsIs({"value": array.shape}, "").to_matlab({"value": array})["value"]
            key = f"constant_{len(self.constants) + 1}"
            self.result.parameters.append(StoredParameter(key, stored.array, stored.axes, (value.name,)))
            self.constants[value.name] = key
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
            raise NotImplementedError(
                f"attribute {name} of {node.op_type} is a {np.shape(value)} {type(value).__name__}"
            )
