"""A weight that is off by a factor, for the whole layer or for each output channel, while the bias is right."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xverify.diagnosis.bias_missing import bias_of
from xverify.diagnosis.explanation import Explanation
from xverify.diagnosis.kernels.claim import Claim
from xverify.diagnosis.kernels.read_convolution import convolution_of, transposed_convolution_of
from xverify.diagnosis.kernels.read_linear import linear_of
from xverify.diagnosis.kernels.read_normalization import normalization_of
from xverify.diagnosis.kernels.sampling import LARGE, promising
from xverify.diagnosis.suspect import Suspect

Array = NDArray[Any]

VALUES = 8
"""For each number that is fitted there must be this many: a factor for each of a few values explains anything."""


def scale_of_weights(suspect: Suspect) -> Iterator[Explanation]:
    """For layers with a weight. The value without its bias is in proportion to the weight."""
    axis = _channel_axis(suspect)
    if axis is None or not suspect.same_shape or suspect.expected.size > LARGE:
        return
    bias = bias_of(suspect)[1]
    product = suspect.expected - (0 if bias is None else bias)
    found = suspect.actual - (0 if bias is None else bias)
    others = tuple(other for other in range(product.ndim) if other != axis)
    with np.errstate(all="ignore"):
        shared = np.multiply(found, product, dtype=np.float64).sum(others, keepdims=True)
        energy = np.square(product, dtype=np.float64).sum(others, keepdims=True)
        factors = np.where(energy > 0, shared / energy, 1.0)
        whole = shared.sum() / energy.sum()
    for claim, factor in ((_whole(float(whole)), whole), (_each(factors), factors)):
        if not np.isfinite(factor).all() or suspect.actual.size < VALUES * (1 + claim.fitted):
            continue
        value = (product * np.asarray(factor, product.dtype)) + (0 if bias is None else bias)
        if promising(suspect, value):
            yield claim.with_value(value)
            return


def _channel_axis(suspect: Suspect) -> int | None:
    """The output channels' axis of a layer with a weight; None for others."""
    if linear_of(suspect) is not None:
        return suspect.expected.ndim - 1
    normalization = normalization_of(suspect)
    if normalization is not None:
        scale = normalization.scale
        return None if scale is None else suspect.expected.ndim - 1 if scale.ndim < suspect.expected.ndim else 1
    is_convolution = convolution_of(suspect) is not None or transposed_convolution_of(suspect) is not None
    return 1 if is_convolution else None


def _whole(factor: float) -> Claim:
    fix = (f"Divide the weight by {factor:.6g}; the bias is right.",)
    return Claim("scale of weights", f"The weight is multiplied by {factor:.6g}.", fix, fitted=1)


def _each(factors: Array) -> Claim:
    least, most = float(factors.min()), float(factors.max())
    return Claim(
        "scale of weights",
        f"Each output channel's weight is multiplied by a factor of its own, from {least:.6g} to {most:.6g}.",
        (
            "Look for a normalization that was folded into the weight, or for a scale of quantization; the bias is right.",
        ),
        fitted=factors.size,
    )
