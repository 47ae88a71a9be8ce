"""Batch normalization folded into the layer before it: one convolution in MATLAB where PyTorch has two layers.

Recognised by its result: the convolution's weights are the exported ones times Scale / sqrt(TrainedVariance + Epsilon), and
its bias is the rest. Weights that were trained on after the folding are not recognised; then the normalization is missing.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from xverify.layouts.axes import inverse, rearrange
from xverify.weights.expected import ExpectedLayer

Array = NDArray[Any]

_CLOSE = 1e-5
"""Of the largest weight: MATLAB and other tools fold in single precision."""


def is_folded(found: dict[str, Array], layer: ExpectedLayer, normalization: ExpectedLayer) -> bool:
    """Whether a layer's arrays are its exported ones with a normalization folded into them.

    Args:
        found: The file's arrays of the layer, in the shapes of weights.mat; and its Bias, if only the file has one.
        layer: The layer.
        normalization: The batch normalization that reads it.
    """
    if "Weights" not in layer.properties or not {"Weights", "Bias"} <= found.keys():
        return False
    factor, shift = _affine(normalization)
    stored = layer.properties["Weights"]
    left = stored.axes.partition("->")[0].split()
    weights, actual = (
        rearrange(array.astype(np.float64), inverse(stored.axes)) for array in (stored.array, found["Weights"])
    )
    axis = 0 if "(G" in left else left.index("O")
    if weights.shape[axis] != factor.size:
        return False
    wanted = weights * factor.reshape([-1 if place == axis else 1 for place in range(weights.ndim)])
    bias = layer.properties["Bias"].array.ravel(order="F") if "Bias" in layer.properties else np.zeros(factor.size)
    return _close(actual, wanted) and _close(found["Bias"].ravel(order="F"), bias * factor + shift)


def _affine(normalization: ExpectedLayer) -> tuple[Array, Array]:
    """What a batch normalization multiplies by, and adds."""
    values = {name: stored.array.ravel().astype(np.float64) for name, stored in normalization.properties.items()}
    mean, variance = values["TrainedMean"], values["TrainedVariance"]
    factor = values.get("Scale", np.ones(mean.size)) / np.sqrt(variance + normalization.eps)
    return factor, values.get("Offset", np.zeros(mean.size)) - mean * factor


def _close(actual: Array, wanted: Array) -> bool:
    if actual.size != wanted.size:
        return False
    return bool(np.abs(actual - wanted).max(initial=0.0) <= _CLOSE * max(1e-30, float(np.abs(wanted).max(initial=0.0))))
