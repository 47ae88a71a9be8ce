"""Variances divided by n where PyTorch divides by n - 1, or the other way round; a standard deviation taken for the variance."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xverify.diagnosis.explanation import Explanation
from xverify.diagnosis.kernels.claim import Claim
from xverify.diagnosis.kernels.found_factors import found_factors
from xverify.diagnosis.kernels.normalization import Normalization, Statistics
from xverify.diagnosis.kernels.read_normalization import normalization_of
from xverify.diagnosis.kernels.sampling import promising
from xverify.diagnosis.suspect import Suspect

Array = NDArray[Any]

MOST = 2.0
"""n / (n - 1) at n = 2."""

WHOLE = 2e-3
"""How near to a whole number n must be, as a share of it; any other factor is a scale's as well."""

_FIX = (
    "MATLAB: TrainedVariance is PyTorch's running_var as it is.",
    "PyTorch: running_var has n / (n - 1) in it already; the normalization of a batch divides by n.",
)


def variance_correction(suspect: Suspect) -> Iterator[Explanation]:
    """For normalizations."""
    layer = normalization_of(suspect)
    if layer is None or not suspect.same_shape:
        return
    used = layer.statistics(suspect.inputs[0])
    for claim, variance in (*_corrected(layer, used), *_fitted(suspect, layer, used), *_roots(used)):
        value = layer.applied(suspect.inputs[0], used.mean, layer.factor(variance))
        if promising(suspect, value):
            yield claim.with_value(value)


def _corrected(layer: Normalization, used: Statistics) -> Iterator[tuple[Claim, Array]]:
    """The statistics of the input itself: n is known."""
    if layer.running is None and layer.count > 1:
        statement = f"The variance is divided by n - 1 = {layer.count - 1} instead of n."
        fix = ("MATLAB: var(X, 1, dim) divides by n, var(X, 0, dim) by n - 1.", "PyTorch: torch.var(correction=0).")
        yield Claim("variance correction", statement, fix), used.variance * layer.count / (layer.count - 1)


def _fitted(suspect: Suspect, layer: Normalization, used: Statistics) -> Iterator[tuple[Claim, Array]]:
    """Running statistics: n was the size of the training's batches. One factor for all channels."""
    if layer.running is None:
        return
    factors, weights = found_factors(suspect, layer)
    with np.errstate(all="ignore"):
        ratio = (1 / np.square(factors) - layer.epsilon) / used.variance
        told = weights * np.square(used.variance) * factors**6
        known = np.isfinite(ratio) & np.isfinite(told)
        factor = float((ratio[known] * told[known]).sum() / told[known].sum()) if known.any() else np.nan
    if not 1 / MOST <= factor <= MOST or factor == 1:
        return
    larger = max(factor, 1 / factor)
    count = larger / (larger - 1)
    if abs(count - round(count)) > WHOLE * max(count, 1):
        return
    rule = "n / (n - 1)" if factor > 1 else "(n - 1) / n"
    claim = Claim(
        "variance correction",
        f"The running variance is multiplied by {factor:.6g}: {rule} for n = {count:.4g}.",
        _FIX,
        ("It is one factor for all channels.",),
        fitted=1,
    )
    yield claim, used.variance * factor


def _roots(used: Statistics) -> Iterator[tuple[Claim, Array]]:
    fix = ("MATLAB: TrainedVariance is the variance, not its root.", "PyTorch: running_var is the variance.")
    with np.errstate(all="ignore"):
        root = np.sqrt(used.variance)
    yield Claim("standard deviation", "The standard deviation stands where the variance belongs.", fix), root
    statement = "The square of the variance stands where the variance belongs."
    yield Claim("standard deviation", statement, fix), np.square(used.variance)
