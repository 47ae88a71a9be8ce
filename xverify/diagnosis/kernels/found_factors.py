"""What the centred input of a normalization was multiplied with, judged by the found values."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from xverify.diagnosis.kernels.normalization import Normalization
from xverify.diagnosis.suspect import Suspect

Array = NDArray[Any]


def found_factors(suspect: Suspect, layer: Normalization) -> tuple[Array, Array]:
    """The factor of each statistic by least squares, and how well the values tell it (the sum of squares behind it).

    Of the shape of the statistics: one number a channel for a batch normalization.
    """
    scaled = layer.scaled(suspect.inputs[0]).astype(np.float64)
    offset = 0 if layer.offset is None else layer.offset
    found = (suspect.actual - offset).reshape(layer.view)
    with np.errstate(all="ignore"):
        products = (scaled * found).sum(layer.axes, keepdims=True)
        weights = np.square(scaled).sum(layer.axes, keepdims=True)
        return products / weights, weights
