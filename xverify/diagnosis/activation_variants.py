"""Another activation function: a variant of PyTorch's (GELU by tanh, another slope), or another one altogether."""

from collections.abc import Iterator

import numpy as np

from xverify.diagnosis.explanation import Explanation
from xverify.diagnosis.kernels.activations import FAMILIES, TABLE, Activation, clip, elu, leaky, own, read_by
from xverify.diagnosis.kernels.sampling import LARGE, fits, places
from xverify.diagnosis.suspect import Array, Suspect


def activation_variants(suspect: Suspect) -> Iterator[Explanation]:
    """For activations whose input is known. Slopes and bounds are fitted where none of the usual ones gives the values."""
    given = read_by(suspect)
    if given is None or not suspect.same_shape or suspect.actual.size > LARGE:
        return
    if suspect.actual.dtype.kind != "f" or not np.isfinite(suspect.actual).all():
        return
    chosen = [item for item in _variants_first(suspect) if _fits(suspect, given, item)]
    for item in chosen:
        yield _explained(suspect, given, item, others=[other for other in chosen if other is not item], fitted=0)
    if not chosen:
        for item, fitted in _fittable(suspect, given):
            if _fits(suspect, given, item):
                yield _explained(suspect, given, item, others=[], fitted=fitted)


def _variants_first(suspect: Suspect) -> list[Activation]:
    family = FAMILIES[suspect.layer.operation]
    return sorted(TABLE, key=lambda item: item.family != family)


def _fits(suspect: Suspect, given: Array, item: Activation) -> bool:
    spots = places(given.shape)
    return fits(suspect, suspect.actual[spots], item(given[spots]))


def _explained(suspect: Suspect, given: Array, item: Activation, others: list[Activation], fitted: int) -> Explanation:
    right = own(suspect)
    variant = item.family == FAMILIES[suspect.layer.operation]
    names = ", ".join(other.name for other in others)
    return Explanation(
        kind="activation variant" if variant else "another activation",
        statement=f"It is {item.name}, not {right.name if right else suspect.layer.operation}.",
        value=item(given),
        fix=right.fix if right else (f"PyTorch: the layer is {suspect.layer.operation}.",),
        evidence=(f"{names[0].upper()}{names[1:]} would give the same values here.",) if names else (),
        fitted=fitted,
    )


def _fittable(suspect: Suspect, given: Array) -> Iterator[tuple[Activation, int]]:
    """Functions with a number of their own, fitted to the found values; and how many numbers that are."""
    x, y = given.astype(np.float64), suspect.actual.astype(np.float64)
    below = x < 0
    if below.any():
        yield leaky(_ratio(y[below], x[below])), 1
        yield elu(_ratio(y[below], np.expm1(x[below]))), 1
    low, high = float(y.min()), float(y.max())
    yield clip(low, high), int((x < low).any()) + int((x > high).any())


def _ratio(y: Array, x: Array) -> float:
    """The factor of least squares; rounded as float32 would have it: 0.25 for 0.2500000012."""
    factor = float(np.dot(y, x) / np.dot(x, x))
    rounded = float(f"{factor:.4g}")
    return rounded if abs(rounded - factor) <= 1e-6 * abs(factor) else factor
