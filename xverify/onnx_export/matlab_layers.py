"""Which MATLAB layer a layer of the program is.

Where it has no parameters the table here says so, or its arguments do (layers_by_arguments.py); otherwise xverify/layouts.
Names only: what MATLAB's importer makes of an ONNX file is another question, with another table (xverify/compat).
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.fx import Node

from xverify.bundle.weights import Attribute
from xverify.layouts.as_is import AsIs
from xverify.layouts.layout import Layout
from xverify.layouts.table import layout_for
from xverify.onnx_export.layers_by_arguments import Dims, layer_by_arguments
from xverify.program.layers import Network, ProgramLayer, maker_of, operation_of

Array = NDArray[Any]

MATLAB_LAYERS = {
    "relu": "reluLayer",
    "leaky_relu": "leakyReluLayer",
    "elu": "eluLayer",
    "gelu": "geluLayer",
    "silu": "swishLayer",
    "sigmoid": "sigmoidLayer",
    "tanh": "tanhLayer",
    "softmax": "softmaxLayer",
    "_softmax": "softmaxLayer",
    "max_pool1d": "maxPooling1dLayer",
    "max_pool2d": "maxPooling2dLayer",
    "max_pool3d": "maxPooling3dLayer",
    "avg_pool1d": "averagePooling1dLayer",
    "avg_pool2d": "averagePooling2dLayer",
    "avg_pool3d": "averagePooling3dLayer",
    "dropout": "dropoutLayer",
    "upsample_nearest2d": "resize2dLayer",
    "upsample_bilinear2d": "resize2dLayer",
}
"""ATen operation -> MATLAB layer function."""


_RECURRENT = {"lstm", "gru"}


@dataclass(frozen=True)
class MatlabLayer:
    """What MATLAB calls a layer, or why it has none; and its settings."""

    name: str
    note: str
    attributes: Mapping[str, Attribute]
    layout: Layout | None
    roles: Mapping[str, str]
    """PyTorch role ('weight') -> name in the state_dict."""
    operands: tuple[Node, ...] = ()
    """The values that it reads, in order and as often as it does; () where they are the layer's inputs as they are."""


def describe(layer: ProgramLayer, network: Network, parameters: Mapping[str, Array], values: Dims) -> MatlabLayer:
    """Which MATLAB layer a layer is, with its settings and the roles of its parameters.

    Args:
        layer: One layer of the network.
        network: The program's layers.
        parameters: The state_dict, as arrays; only names and shapes are used.
        values: What the axes of every input and layer mean.
    """
    operation = operation_of(layer.node)
    source = maker_of(layer.node)
    attributes = _settings(source)
    roles = _roles(source, network)
    arrays = {role: parameters[name] for role, name in roles.items() if name in parameters}
    if not arrays:
        if chosen := layer_by_arguments(operation, _named_arguments(source), values):
            return MatlabLayer(chosen.name, "", {**attributes, **chosen.settings}, None, {}, chosen.operands)
        name = MATLAB_LAYERS.get(operation, "")
        return MatlabLayer(name, "" if name else f"no MATLAB layer for {layer.operation}", attributes, None, {})
    layout = layout_for(operation, _layout_attributes(source), arrays)
    operands = _data(source, {roles[role] for role in arrays}, network, values)
    if operands is None:
        layout = AsIs({role: array.shape for role, array in arrays.items()}, "it reads a constant that is no parameter")
    note = layout.reason if isinstance(layout, AsIs) else ""
    held = {role: roles[role] for role in arrays}
    return MatlabLayer(layout.matlab_layer, note, attributes, layout, held, operands or ())


def _data(node: Node, parameters: Set[str], network: Network, values: Dims) -> tuple[Node, ...] | None:
    """The values that a layer with parameters reads: its data and, of a recurrent layer, its initial states.

    None where it reads anything else: a bias that is computed, states that are constants other than zero. MATLAB's layer
    would leave that out, and compute something else.
    """
    read = [item for value in _named_arguments(node).values() for item in _nodes(value)]
    others = [item for item in read if network.constants.get(item.name) not in parameters]
    if not others or others[0] not in values:
        return None
    data, *states = others
    if operation_of(node) in _RECURRENT and states:
        if all(state in values for state in states):
            return (data, *states)
        return (data,) if all(map(_is_zero, states)) else None
    return None if states else (data,)


def _nodes(value: Any) -> list[Node]:
    if isinstance(value, Node):
        return [value]
    return [item for item in value if isinstance(item, Node)] if isinstance(value, (list, tuple)) else []


def _is_zero(node: Node) -> bool:
    if operation_of(node) in {"full", "new_full"}:
        value = node.args[-1]
        return isinstance(value, (int, float)) and value == 0
    return operation_of(node) in {"zeros", "new_zeros", "zeros_like"}


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
