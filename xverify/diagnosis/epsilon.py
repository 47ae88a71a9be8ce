"""Another epsilon in a normalization.

The found values tell what the centred input was multiplied with, so what stood under the root, so the epsilon: small variances tell it
well, large ones hardly.
"""

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

KNOWN = {
    1e-5: "PyTorch's and MATLAB's default",
    1e-3: "the default of Keras and TensorFlow",
    1e-6: "that of many transformers",
    1e-12: "BERT's",
    0.0: "none at all",
    1e-4: "",
    1e-7: "",
    1e-8: "",
    1e-2: "",
    1e-1: "",
}
"""Values that people use, and who does."""


def epsilon(suspect: Suspect) -> Iterator[Explanation]:
    """For normalizations. At most one epsilon, and the usual one added to the standard deviation."""
    layer = normalization_of(suspect)
    if layer is None or not suspect.same_shape:
        return
    used = layer.statistics(suspect.inputs[0])
    factors = found_factors(suspect, layer)
    yield from _another(suspect, layer, used, _estimate(used.variance, *factors))
    yield from _outside(suspect, layer, used)


def _estimate(variance: Array, factors: Array, weights: Array) -> float:
    """The epsilon that explains the factors best; what is known of each is weighed by how much it tells."""
    with np.errstate(all="ignore"):
        found = 1 / np.square(factors) - variance
        told = weights * factors**6
        sums = np.isfinite(found) & np.isfinite(told)
        return float((found[sums] * told[sums]).sum() / told[sums].sum())


def _another(suspect: Suspect, layer: Normalization, used: Statistics, estimate: float) -> Iterator[Explanation]:
    if not np.isfinite(estimate) or used.variance.min() + estimate <= 0:
        estimate = 0.0
    tried = [*sorted(KNOWN, key=lambda known: abs(known - estimate)), estimate]
    fitting: list[tuple[float, Array]] = []
    for candidate in tried:
        if candidate == layer.epsilon or (candidate == estimate and fitting):
            continue
        value = _value(suspect, layer, used, candidate)
        if promising(suspect, value):
            fitting.append((candidate, value))
        elif fitting:
            break
    if fitting:
        chosen, value = fitting[0]
        others = [f"{other:g}" for other, _ in fitting[1:]]
        also = (f"{', '.join(others)} would fit as well.",) if others else ()
        yield _claim(suspect, layer.epsilon, chosen, estimate, also).with_value(value)


def _claim(suspect: Suspect, expected: float, found: float, estimate: float, also: tuple[str, ...]) -> Claim:
    who = KNOWN.get(found, "")
    place = suspect.layer.module_path or suspect.layer.id
    return Claim(
        "epsilon",
        f"Epsilon is {found:.3g}{f' ({who})' if who else ''} instead of {expected:g}.",
        (
            f"MATLAB: set 'Epsilon', {expected:g} when the layer is made.",
            f"ONNX: the attribute epsilon = {expected:g}.",
            f"PyTorch: {place}.eps is {expected:g}.",
        ),
        (f"The values fit an epsilon of {estimate:.3g} best.", *also),
        fitted=0 if found in KNOWN else 1,
    )


def _value(suspect: Suspect, layer: Normalization, used: Statistics, candidate: float) -> Array:
    with np.errstate(all="ignore"):
        factor = 1 / np.sqrt(used.variance + candidate)
        return layer.applied(suspect.inputs[0], used.mean, factor)


def _outside(suspect: Suspect, layer: Normalization, used: Statistics) -> Iterator[Explanation]:
    """(x - mean) / (deviation + epsilon)."""
    with np.errstate(all="ignore"):
        value = layer.applied(suspect.inputs[0], used.mean, 1 / (np.sqrt(used.variance) + layer.epsilon))
    if promising(suspect, value):
        claim = Claim(
            "epsilon outside the root",
            "Epsilon is added to the standard deviation instead of to the variance.",
            ("Divide by sqrt(variance + epsilon), as PyTorch, ONNX and MATLAB's layers do.",),
        )
        yield claim.with_value(value)
