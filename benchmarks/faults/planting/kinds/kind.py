"""What a kind of fault is: how it changes a model's graph, a layer's parameters, steps of weights.mat, or recorded values."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from planting.change import Change
from planting.graph import Site
from planting.steps import Step

Array = NDArray[Any]


@dataclass(frozen=True)
class Parameters:
    """A layer's parameters in PyTorch's axis order.

    Attributes:
        operator: The ONNX operator that reads them.
        arrays: 'weight', 'bias', 'running_mean', 'running_var' -> the array.
        shape: Of the layer's value.
        groups: Of a convolution.
        others: Weights of other layers, of the same operator and shape.
    """

    operator: str
    arrays: Mapping[str, Array]
    shape: tuple[int, ...]
    groups: int
    others: tuple[Array, ...]


Altered = Mapping[str, Array]
"""The parameters that a fault changes, by role."""


@dataclass(frozen=True)
class Kind:
    """One kind. Each function gives None where the layer cannot have such a fault.

    Attributes:
        name: What tables call it.
        graph: A change of model.onnx.
        parameters: Other parameters: planted in model.onnx and in weights.mat alike.
        step: Another step of weights.mat; its effect is that of `graph`.
        values: Other recorded values: layer id -> array, the layer's own among them. The rest stays as it is.
    """

    name: str
    graph: Callable[[Site], Change | None] | None = None
    parameters: Callable[[Parameters, np.random.Generator], Altered | None] | None = None
    step: Callable[[Step], Step | None] | None = None
    values: Callable[[Site], Mapping[str, Array] | None] | None = None
