"""Which order the columns of a fully connected layer have in a file: MATLAB's behind a flattenLayer, else PyTorch's.

What exportWeights wrote says whether a flattenLayer stands there. A network object does not, in what is read of it: then the
order in which the weights are much nearer to the exported ones decides, and the result says so.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xverify.weights.expected import ExpectedLayer
from xverify.weights.flattening import CLASSES, in_pytorch_columns
from xverify.weights.source import WeightsSource

Array = NDArray[Any]

_CLEAR = 0.5
"""One order must bring the weights to less than this part of the other's distance."""


@dataclass(frozen=True)
class Columns:
    """Weights with their columns in PyTorch's order.

    Attributes:
        weights: The array.
        note: What was done, or why nothing could be decided.
        certain: Whether the order is known, or clear from the values.
    """

    weights: Array
    note: str = ""
    certain: bool = True


def pytorch_columns(found: Array, exported: Array, layer: ExpectedLayer, source: WeightsSource) -> Columns:
    """The weights of a fully connected layer in PyTorch's order of columns.

    Args:
        found: The file's, (outputs, inputs).
        exported: The bundle's.
        layer: The layer.
        source: The file.
    """
    if not layer.columns or source.form == "weights.mat":
        return Columns(found)
    turned = in_pytorch_columns(found, layer.columns)
    if source.types:
        kind = source.types.get(layer.flatten, "")
        is_built = kind in CLASSES or (not kind and not CLASSES.isdisjoint(source.types.values()))
        note = f"columns taken back from the order of {layer.flatten}, a flattenLayer"
        return Columns(turned, note) if is_built else Columns(found)
    return _nearer(found, turned, exported)


def _nearer(found: Array, turned: Array, exported: Array) -> Columns:
    kept, moved = (_distance(array, exported) for array in (found, turned))
    if moved < _CLEAR * kept:
        return Columns(
            turned, "columns taken back from a flattenLayer's order, in which they are nearer to the exported ones"
        )
    if kept < _CLEAR * moved or kept == moved == 0:
        return Columns(found)
    note = (
        "whether a flattenLayer ordered its columns cannot be told: the file does not say, and neither order is near to the "
        "exported weights; xverify.dlt.exportWeights writes a file that says it"
    )
    return Columns(found, note, certain=False)


def _distance(array: Array, exported: Array) -> float:
    return float(np.linalg.norm(array.astype(np.float64) - exported))
