"""MATLAB layers without parameters that an operation is only for some of its arguments: sums, products, joins, global pooling.

Each function gives the layer and the values that it reads in order, or None where the arguments are not such a layer's: a sum
with a constant is no `additionLayer`, a mean over channels no global pooling.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor
from torch.fx import Node

Dims = Mapping[Node, str]
"""What the axes of inputs and layers mean: 'NCHW', or '' where that is not known."""

_SPATIAL_AXES = {"NCL": 1, "NCHW": 2, "NCDHW": 3}


@dataclass(frozen=True)
class Chosen:
    """A MATLAB layer, and the values that it reads: one that reads a value twice lists it twice.

    `settings` are those that the operation's name implies and its arguments do not have.
    """

    name: str
    operands: tuple[Node, ...]
    settings: Mapping[str, float] = field(default_factory=dict)


def layer_by_arguments(operation: str, arguments: Mapping[str, Any], values: Dims) -> Chosen | None:
    """The layer of an operation with these arguments.

    Args:
        operation: ATen's name: 'add'.
        arguments: By the operator's own names, defaults included.
        values: The network's inputs and layers; other nodes are constants, or tuples.
    """
    choose = _CHOICES.get(operation)
    return choose(arguments, values) if choose else None


def _addition(arguments: Mapping[str, Any], values: Dims) -> Chosen | None:
    operands = _operands([arguments["self"], arguments["other"]], values)
    if operands is None or arguments.get("alpha", 1) != 1 or _shape(operands[0]) != _shape(operands[1]):
        return None
    return Chosen("additionLayer", operands)


def _multiplication(arguments: Mapping[str, Any], values: Dims) -> Chosen | None:
    """MATLAB's layer expands axes of size 1 (documented), but has no other ranks."""
    operands = _operands([arguments["self"], arguments["other"]], values)
    if operands is None or len(_shape(operands[0])) != len(_shape(operands[1])):
        return None
    return Chosen("multiplicationLayer", operands)


def _concatenation(arguments: Mapping[str, Any], values: Dims) -> Chosen | None:
    operands = _operands(arguments["tensors"], values)
    if operands is None:
        return None
    rank = len(_shape(operands[0]))
    deep = arguments["dim"] % rank == 1 and all(values[node] in _SPATIAL_AXES for node in operands)
    return Chosen("depthConcatenationLayer" if deep else "concatenationLayer", operands)


def _mean(arguments: Mapping[str, Any], values: Dims) -> Chosen | None:
    if not arguments.get("keepdim") or arguments.get("dtype") is not None:
        return None
    return _global_pooling("Average", arguments["self"], arguments["dim"], values)


def _maximum(arguments: Mapping[str, Any], values: Dims) -> Chosen | None:
    return _global_pooling("Max", arguments["self"], arguments["dim"], values) if arguments.get("keepdim") else None


def _adaptive_average(arguments: Mapping[str, Any], values: Dims) -> Chosen | None:
    source = arguments["self"]
    if set(arguments["output_size"]) != {1} or values.get(source, "") not in _SPATIAL_AXES:
        return None
    return Chosen(f"globalAveragePooling{_SPATIAL_AXES[values[source]]}dLayer", (source,))


def _global_pooling(kind: str, source: Node, axes: Any, values: Dims) -> Chosen | None:
    dims = values.get(source, "")
    if dims not in _SPATIAL_AXES or not isinstance(axes, (list, tuple)):
        return None
    if {axis % len(dims) for axis in axes} != set(range(2, len(dims))):
        return None
    return Chosen(f"global{kind}Pooling{_SPATIAL_AXES[dims]}dLayer", (source,))


def _clipped_relu(arguments: Mapping[str, Any], values: Dims) -> Chosen | None:
    """Only a lower bound of 0 is clippedReluLayer's."""
    clipped = arguments.get("min_val") == 0 and arguments.get("max_val", 0) > 0
    return Chosen("clippedReluLayer", (arguments["self"],)) if clipped and arguments["self"] in values else None


def _relu6(arguments: Mapping[str, Any], values: Dims) -> Chosen | None:
    if arguments["self"] not in values:
        return None
    return Chosen("clippedReluLayer", (arguments["self"],), {"min_val": 0.0, "max_val": 6.0})


def _operands(nodes: Any, values: Dims) -> tuple[Node, ...] | None:
    """The values, if all are the network's and of floating type: MATLAB's layers know no integers."""
    found = tuple(node for node in nodes if isinstance(node, Node) and node in values)
    if len(found) != len(nodes) or len(found) < 2:
        return None
    return found if all(_value(node).is_floating_point() for node in found) else None


def _value(node: Node) -> Tensor:
    value: Tensor = node.meta["val"]
    return value


def _shape(node: Node) -> tuple[int, ...]:
    return tuple(_value(node).shape)


_CHOICES: dict[str, Callable[[Mapping[str, Any], Dims], Chosen | None]] = {
    "add": _addition,
    "mul": _multiplication,
    "cat": _concatenation,
    "mean": _mean,
    "amax": _maximum,
    "adaptive_avg_pool1d": _adaptive_average,
    "adaptive_avg_pool2d": _adaptive_average,
    "_adaptive_avg_pool2d": _adaptive_average,
    "_adaptive_avg_pool3d": _adaptive_average,
    "hardtanh": _clipped_relu,
    "relu6": _relu6,
}
"""ATen operation -> how its arguments decide."""
