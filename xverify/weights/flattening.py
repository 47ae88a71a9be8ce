"""The columns of a fully connected layer behind MATLAB's flattenLayer.

flattenLayer joins an image in MATLAB's order, height fastest; PyTorch, and MATLAB's ONNX importer, have width fastest.
build_NAME.m permutes the columns of the first fully connected layer accordingly: the same numbers in other places.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from numpy.typing import NDArray

from xverify.bundle.manifest import Manifest
from xverify.bundle.weights import Operation
from xverify.layouts.axes import rearrange
from xverify.matlab_code.network import plan
from xverify.weights.expected import ExpectedLayer
from xverify.weights.stored_network import StoredNetwork

Array = NDArray[Any]

CLASSES = frozenset({"flattenLayer", "nnet.cnn.layer.FlattenLayer"})
"""How a layer that flattens in MATLAB's order is called; the importer's own layers flatten in PyTorch's."""

_ORDERS = {
    3: ("O (C W H)", "O (C H W)"),
    4: ("O (C D W H)", "O (C D H W)"),
}
"""Number of joined axes -> columns behind a flattenLayer, and PyTorch's. A volume is height, width, depth in MATLAB."""


def with_columns(
    layers: Iterable[ExpectedLayer], manifest: Manifest, network: StoredNetwork
) -> tuple[ExpectedLayer, ...]:
    """The layers, and for each whether a flattenLayer stands before it in the network that build_NAME.m makes."""
    code = plan(manifest, network.steps, list(network.parameters.values()))
    values = {} if code.blockers else code.values
    return tuple(
        replace(layer, columns=tuple(values[layer.inputs[0]].flattened), flatten=_flatten_before(layer, network.steps))
        if layer.op == "fullyConnectedLayer" and layer.inputs and layer.inputs[0] in values
        else layer
        for layer in layers
    )


def _flatten_before(layer: ExpectedLayer, steps: Sequence[Operation]) -> str:
    makers = {name: step for step in steps for name in step.outputs}
    step = makers.get(layer.inputs[0])
    while step is not None and step.op != "Flatten" and step.inputs:
        step = makers.get(step.inputs[0])
    return (step.layer or step.outputs[0]) if step is not None and step.op == "Flatten" else ""


def in_pytorch_columns(weights: Array, sizes: Sequence[int]) -> Array:
    """Weights (outputs, inputs) behind a flattenLayer, with their columns in PyTorch's order.

    Args:
        weights: As MATLAB's layer has them.
        sizes: What was joined: height, width, channels, or height, width, depth, channels.
    """
    height, width, *depth, channels = sizes
    lengths = {"C": channels, "H": height, "W": width} | ({"D": depth[0]} if depth else {})
    found, wanted = _ORDERS.get(len(sizes), _ORDERS[3])
    return rearrange(weights, f"{found} -> {wanted}", **lengths)
