"""A bound for every element of a convolution, linear layer or matrix product, instead of one number a layer.

|value - reference| of element i, less PyTorch's own error there, is held against eps32 * op(|x|, |w|)_i, with or without the factor
max(1, sqrt(n) / 8) of the floor. Truth and op(|x|, |w|) are computed in float64 by PyTorch and onnx alone.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto
from planting.change import attribute
from planting.float64 import Float64
from planting.graph import FaultGraph

from xverify.program.operations import EPS32

Array = NDArray[Any]

PRODUCTS = {"Conv", "Gemm", "MatMul"}
MOVEMENTS = {"Add", "Flatten", "Identity", "Reshape", "Squeeze", "Transpose", "Unsqueeze"}
"""What may stand beside a product: a bias is added, axes are moved."""


@dataclass(frozen=True)
class Bound:
    """What the elements of a linear layer may be off by, but for a factor.

    Attributes:
        own: PyTorch's own error.
        unit: eps32 * op(|x|, |w|).
        factor: max(1, sqrt(n) / 8).
    """

    own: Array
    unit: Array
    factor: float

    def used(self, value: Array, reference: Array) -> float:
        """The smallest k with which all elements are within own + k * unit; inf where NaN or Inf is, or another shape."""
        if value.shape != reference.shape:
            return math.inf
        error = np.abs(value.astype(np.float64) - reference) - self.own
        if not np.isfinite(error).all():
            return math.inf
        return float((np.maximum(error, 0.0) / self.unit).max(initial=0.0))


def bounds(graph: FaultGraph) -> dict[str, Bound]:
    """The bound of each layer that is one product, by layer id."""
    found = {}
    for name, places in graph.groups.items():
        nodes = [graph.nodes[place] for place in places]
        products = [node for node in nodes if node.op_type in PRODUCTS]
        if len(products) == 1 and all(node.op_type in PRODUCTS | MOVEMENTS for node in nodes):
            found[name] = _bound(graph, name, places, products[0])
    return found


def _bound(graph: FaultGraph, name: str, places: tuple[int, ...], product: NodeProto) -> Bound:
    layer, recorded = graph.bundle.layers[name], graph.recorded(places)
    exact = Float64(graph.nodes, graph.constants, recorded, graph.opset)
    absolute = Float64(graph.nodes, _absolute(graph.constants), _absolute(recorded), graph.opset)
    truth, terms = (item.computed(layer.onnx_tensor).numpy() for item in (exact, absolute))
    length = _length(graph, product, exact, recorded)
    tiny = float(np.finfo(np.float32).tiny)
    return Bound(
        own=np.abs(graph.bundle.reference(layer) - truth),
        unit=np.maximum(EPS32 * terms, tiny),
        factor=max(1.0, math.sqrt(length) / 8),
    )


def _absolute(arrays: Mapping[str, Array]) -> dict[str, Array]:
    """Magnitudes; integers are shapes and stay."""
    return {name: np.abs(array) if array.dtype.kind == "f" else array for name, array in arrays.items()}


def _length(graph: FaultGraph, product: NodeProto, values: Float64, recorded: Mapping[str, Array]) -> int:
    """How many products one element sums."""

    def shape(name: str) -> tuple[int, ...]:
        known = graph.constants.get(name, recorded.get(name))
        return tuple(values.computed(name).shape) if known is None else known.shape

    if product.op_type == "Conv":
        return math.prod(shape(product.input[1])[1:])
    first = shape(product.input[0])
    return int(first[0] if attribute(product, "transA", 0) else first[-1])
