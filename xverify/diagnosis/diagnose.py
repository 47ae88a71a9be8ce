"""From faulty layers to causes: every hypothesis is worked out and held against the values that were found.

A cause is reported only if PyTorch's layer, changed as the hypothesis says, gives the found values within tolerance, or most of
the difference. Nothing here changes a verdict.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import prod
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from xverify.bundle.bundle import Bundle
from xverify.bundle.manifest import Input, Layer
from xverify.comparison.evidence import Evidence
from xverify.comparison.results import Cause, Comparison, Confidence
from xverify.diagnosis.explanation import Explanation, Hypothesis
from xverify.diagnosis.kernels.sampling import LARGE, tolerance_for
from xverify.diagnosis.steps import Steps
from xverify.diagnosis.suspect import Array, Suspect
from xverify.diagnosis.table import HYPOTHESES

MAX_FAULTS = 5
"""Layers that are diagnosed; with more the fault lies in what they have in common."""

_NOTHING = np.zeros(0)

LEAST_SHARE = 0.9
"""Of the error's energy: below it a partial explanation says too little."""

NEARLY_ALL = 0.99
"""Of the error's energy: a cause that explains this much says more than fitted numbers that describe all of it."""

LEAST_GAIN = 0.75
"""Of the error's energy, that an explanation within tolerance must take away: near the tolerance, what changes nothing fits too."""

LEAST_VALUES = 2
"""For each number that was fitted: with fewer it gives anything."""

LOOKED_AT = 1_000_000
"""Values of a layer with more than `LARGE` that are compared, chosen at random."""

VALUES_A_NUMBER = 8
"""Values for each number that was fitted, and as many again, without which no explanation is certain."""

VALUES_OF_A_PART = 16
"""The same for an explanation in part: with few values one of many comes near by chance."""


def diagnose(
    bundle: Bundle, comparison: Comparison, evidence: Evidence, problems: list[str] | None = None
) -> tuple[Cause, ...]:
    """The causes of a comparison's faults, as far as they are found; at most one a layer.

    Args:
        bundle: The bundle.
        comparison: A comparison that failed.
        evidence: The values that failed.
        problems: Takes a sentence for each hypothesis that broke down: a fault of ours, which must not cost the user the verdict. If
            None, it is raised.
    """
    steps = Steps(bundle)
    suspects = (_suspect(bundle, steps, name, evidence) for name in comparison.faults[:MAX_FAULTS])
    found = (_cause(suspect, problems) for suspect in suspects if suspect is not None)
    return tuple(cause for cause in found if cause is not None)


def _suspect(bundle: Bundle, steps: Steps, name: str, evidence: Evidence) -> Suspect | None:
    layer = bundle.layers[name]
    alone = name in evidence.alone
    actual = evidence.alone.get(name, evidence.whole.get(name))
    if actual is None or actual.dtype.kind not in "fiub":
        return None
    recorded = {item.id: item for item in bundle.manifest.inputs} | bundle.layers
    inputs = [recorded[item] for item in steps.inputs(layer) if item in recorded]
    return Suspect(
        layer=layer,
        actual=np.asarray(actual),
        expected=bundle.reference(layer),
        inputs=tuple(bundle.reference(item) for item in inputs),
        step=steps.of(layer),
        allowed=layer.tolerance.local if alone else layer.tolerance.accumulated,
        alone=alone,
        others=steps.of_shape,
        flattened=_flattened(bundle, layer),
    )


def _flattened(bundle: Bundle, layer: Layer) -> tuple[int, ...]:
    """What was flattened into the features that a layer reads; seen through layers that keep their number."""
    recorded: dict[str, Input | Layer] = {item.id: item for item in bundle.manifest.inputs}
    recorded |= bundle.layers
    features = recorded.get(layer.inputs[0]) if layer.inputs else None
    while isinstance(features, Layer) and len(features.shape) == 2 and features.inputs:
        source = recorded.get(features.inputs[0])
        if source is None or prod(source.shape[1:]) != features.shape[1]:
            return ()
        if len(source.shape) == 4:
            return source.shape[1:]
        features = source
    return ()


class _Tried(NamedTuple):
    """An explanation that was held against the found values; its own value is not kept."""

    item: Explanation
    error: float
    allowed: float
    explained: float

    @property
    def fits(self) -> bool:
        return self.error <= self.allowed and self.explained >= LEAST_GAIN


def _cause(suspect: Suspect, problems: list[str] | None) -> Cause | None:
    """The explanation that fits with the fewest fitted numbers; else the one that explains most, if that is enough."""
    tried = [_held_against(suspect, item) for item in _explanations(suspect, problems)]
    fitting = sorted((entry for entry in tried if entry.fits), key=lambda entry: entry.item.fitted)
    partial = _partial(suspect, tried)
    described = bool(fitting) and fitting[0].item.describes
    if fitting and not (described and partial and partial.explained >= NEARLY_ALL):
        best = fitting[0]
        return _record(suspect, best, [entry.item for entry in fitting[1:] if entry.item.fitted <= best.item.fitted])
    return _record(suspect, partial, []) if partial and partial.explained >= LEAST_SHARE else None


def _partial(suspect: Suspect, tried: Sequence[_Tried]) -> _Tried | None:
    """Of the explanations that do not fit, and do not merely describe where one fits, the one that explains most."""
    anything_fits = any(entry.fits for entry in tried)
    found = (
        entry
        for entry in tried
        if not entry.fits
        and not (anything_fits and entry.item.describes)
        and suspect.actual.size >= VALUES_OF_A_PART * (1 + entry.item.fitted)
    )
    return max(found, key=lambda entry: entry.explained, default=None)


def _held_against(suspect: Suspect, item: Explanation) -> _Tried:
    error, allowed = _error(suspect.actual, item.value), tolerance_for(suspect, item.value)
    explained = _explained(suspect, item, error, allowed)
    return _Tried(replace(item, value=_NOTHING), error, allowed, explained)


def _explanations(suspect: Suspect, problems: list[str] | None) -> Iterator[Explanation]:
    """Those that have the found value's shape and change PyTorch's value by more than rounding."""
    for hypothesis in HYPOTHESES:
        for item in _offered(hypothesis, suspect, problems):
            if item.value.shape != suspect.actual.shape or suspect.actual.size < LEAST_VALUES * item.fitted:
                continue
            changes = not suspect.same_shape or _error(item.value, suspect.expected) > suspect.tolerance
            if changes:
                yield item


def _offered(hypothesis: Hypothesis, suspect: Suspect, problems: list[str] | None) -> Iterator[Explanation]:
    try:
        yield from hypothesis(suspect)
    except Exception as error:
        if problems is None:
            raise
        name = getattr(hypothesis, "__name__", "a hypothesis")
        problems.append(
            f"'{name}' could not be tried on '{suspect.layer.id}' ({type(error).__name__}: {error}): please report it"
        )


def _error(actual: Array, expected: Array) -> float:
    """The largest difference; infinite where NaN or Inf stand at other places."""
    a, b = (_looked_at(values).astype(np.float64) for values in (actual, expected))
    usual = np.isfinite(a) & np.isfinite(b)
    if not np.array_equal(a[~usual], b[~usual], equal_nan=True):
        return float("inf")
    return float(np.abs(a[usual] - b[usual]).max(initial=0.0))


def _explained(suspect: Suspect, item: Explanation, error: float, allowed: float) -> float:
    """Share of the squared error that the explanation takes away; where shapes differ, of the values' own variation.

    NaN and Inf are in no square: where they stand, and nothing else is wrong, what puts them there takes all away.
    """
    actual = _looked_at(suspect.actual)
    before = _energy(actual, _looked_at(suspect.expected) if suspect.same_shape else _mean(actual))
    after = _energy(actual, _looked_at(item.value))
    if error <= allowed and not (suspect.same_shape and np.isfinite(suspect.actual).all()):
        return 1.0
    return 1.0 - after / before if before > 0 and np.isfinite(after) else 0.0


def _looked_at(values: Array) -> Array:
    """All of them, or of very many the same ones of arrays of the same size."""
    if values.size <= LARGE:
        return values
    places = np.random.default_rng(0).integers(0, values.size, LOOKED_AT)
    return np.asarray(values[np.unravel_index(places, values.shape)])


def _energy(actual: Array, expected: Array) -> float:
    with np.errstate(invalid="ignore"):
        difference: NDArray[np.float64] = actual.astype(np.float64) - expected.astype(np.float64)
    return float(np.square(np.nan_to_num(difference)).sum())


def _mean(values: Array) -> Array:
    finite = values[np.isfinite(values)]
    return np.full_like(values, finite.mean() if finite.size else 0, dtype=np.float64)


def _record(suspect: Suspect, tried: _Tried, others: Sequence[Explanation]) -> Cause:
    item = tried.item
    return Cause(
        layer=suspect.layer.id,
        kind=item.kind,
        statement=item.statement,
        confidence=_confidence(suspect, item, others) if tried.fits else Confidence.PARTIAL,
        error_before=_error(suspect.actual, suspect.expected) if suspect.same_shape else float("inf"),
        error_after=tried.error,
        allowed=tried.allowed,
        explained=1.0 if tried.fits else tried.explained,
        evidence=(*item.evidence, *_sampled(suspect)),
        fix=item.fix,
        alternatives=tuple(dict.fromkeys(other.kind for other in others if other.kind != item.kind)),
    )


def _sampled(suspect: Suspect) -> tuple[str, ...]:
    size = suspect.actual.size
    if size <= LARGE:
        return ()
    return (
        f"The layer has {size} values: {LOOKED_AT} of them, chosen at random, were compared, and causes that take several passes "
        "over all of them were not tried.",
    )


def _confidence(suspect: Suspect, item: Explanation, others: Sequence[Explanation]) -> Confidence:
    """Certain only where the values could have told another cause apart: no other one fits, and there are many values."""
    alone = all(other.kind == item.kind for other in others)
    enough = suspect.actual.size >= VALUES_A_NUMBER * (1 + item.fitted)
    certain = alone and enough and suspect.alone and not item.describes and suspect.actual.size <= LARGE
    return Confidence.CERTAIN if certain else Confidence.LIKELY
