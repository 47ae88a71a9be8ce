"""Whether a layer fails as it did in a baseline, and no worse.

A ratio says how far beyond its allowance a layer is only where both were allowed by the same rule: a stricter fixed tolerance in
the baseline would cover any later fault, so where the rules differ the errors are held against each other, too.
"""

import math
import re

from xverify.comparison.results import Comparison, Confidence, LayerResult, Measure, Regression, Status
from xverify.comparison.verdict import FIXED

WORSE = 2.0
"""A known failure whose ratio grew by more than this factor is a regression."""

_FACTOR = re.compile(r"\b(?:local|accumulated): (\S+) x ")
"""In the reason of a calibrated tolerance, as in 'local: 6 x 4.4e-07 (eps32 x magnitude 3.69)'."""


def keeps_from_passing(layer: LayerResult) -> bool:
    """Whether a layer fails, or was not compared and need have been."""
    return layer.status is not Status.PASSED and not layer.permitted


def worse_in_layer(
    layer: LayerResult, old: LayerResult | None, now: Comparison, before: Comparison
) -> Regression | None:
    """What is worse in one layer than in the baseline, or None.

    Args:
        layer: The layer now.
        old: The layer of the same id in the baseline, if there is one.
        now: The comparison that the layer is of.
        before: The baseline's.
    """
    if old is None:
        return _regression(layer, "new layer", "is not in the baseline") if keeps_from_passing(layer) else None
    if layer.status is Status.FAILED:
        if old.status is not Status.FAILED:
            kind = "passed before" if old.status is Status.PASSED else "other fault"
            return _regression(layer, kind, f"{old.status.value} in the baseline")
        if problem := _other_fault(layer, old, now, before):
            return _regression(layer, "other fault", problem)
        if problem := _worse(layer, old) or _spread(layer, old, now, before):
            return _regression(layer, "worse", problem)
    if layer.status is Status.NOT_COMPARED:
        return _not_compared(layer, old)
    lost = [kind for kind in _measures(old) if kind not in _measures(layer)]
    return _regression(layer, "coverage lost", f"has no {' and '.join(lost)} error any more") if lost else None


def _regression(layer: LayerResult, kind: str, statement: str) -> Regression:
    said = f"{layer.status.value}: {layer.reason}" if layer.reason else layer.status.value
    return Regression(layer.id, kind, f"{statement}; now {said}")


def _another_layer(layer: LayerResult, old: LayerResult) -> str:
    """A layer that only has the old one's id, as where layers are numbered; '' where it does what that one did."""
    same = layer.operation == old.operation
    return "" if same else f"is another layer than in the baseline ({layer.operation} instead of {old.operation})"


def _not_compared(layer: LayerResult, old: LayerResult) -> Regression | None:
    if old.status is not Status.NOT_COMPARED:
        return _regression(layer, "coverage lost", f"was compared in the baseline ({old.status.value})")
    if layer.permitted:
        return None
    if old.permitted:
        return _regression(layer, "coverage lost", f"was permitted in the baseline ('{old.permitted}')")
    if problem := _another_layer(layer, old):
        return _regression(layer, "other fault", problem)
    if _pattern(layer.reason) != _pattern(old.reason):
        return _regression(layer, "other fault", f"was not compared for another reason ({old.reason})")
    return None


def _pattern(text: str) -> str:
    """A text without its numbers, which are other ones in every run."""
    return re.sub(r"-?\d[\d.]*(?:e[-+]?\d+)?", "#", text)


def _measures(layer: LayerResult) -> dict[str, Measure]:
    found = {"local": layer.local, "accumulated": layer.accumulated, "optimised": layer.optimised}
    return {kind: measure for kind, measure in found.items() if measure is not None}


def _failing(layer: LayerResult) -> dict[str, Measure]:
    return {kind: measure for kind, measure in _measures(layer).items() if not measure.passed}


def _other_fault(layer: LayerResult, old: LayerResult, now: Comparison, before: Comparison) -> str:
    """Why a failing layer does not fail as it did; '' where it does."""
    if problem := _another_layer(layer, old):
        return problem
    failing, failed = _failing(layer), _failing(old)
    if layer.id in now.faults and layer.id not in before.faults and before.faults:
        origin = f" (from {', '.join(old.inherited_from)})" if old.inherited_from else ""
        return f"is wrong by itself; in the baseline its error was inherited{origin}"
    if more := [kind for kind in failing if kind not in failed]:
        return f"its {' and '.join(more)} error fails, which did not in the baseline"
    if (not failing or _cannot_be_compared(layer)) and layer.reason != old.reason:
        return f"fails for another reason than in the baseline ({old.reason})"
    for kind, measure in failing.items():
        if _pattern(measure.problem) != _pattern(failed[kind].problem):
            return f"its {kind} error is of another kind than in the baseline ({failed[kind].problem or 'a number'})"
    return _other_cause(layer, now, before)


def _cannot_be_compared(layer: LayerResult) -> bool:
    """Whether its values have another shape or type, also where one of two runs gave values that could be measured."""
    return not layer.reason.startswith(tuple(_measures(layer))) and not layer.alias_of


def _other_cause(layer: LayerResult, now: Comparison, before: Comparison) -> str:
    causes, known = _causes(now, layer), _causes(before, layer)
    if causes and known and not causes & known:
        return f"its cause is {', '.join(sorted(causes))}; in the baseline it was {', '.join(sorted(known))}"
    certain = _causes(before, layer, Confidence.CERTAIN)
    looked_for = any(detail.layer == layer.id for detail in now.details)
    if certain and looked_for and not causes:
        return f"its cause was {', '.join(sorted(certain))} in the baseline, which does not explain the error any more"
    return ""


def _causes(comparison: Comparison, layer: LayerResult, *sure: Confidence) -> set[str]:
    sure = sure or (Confidence.CERTAIN, Confidence.LIKELY)
    return {cause.kind for cause in comparison.causes if cause.layer == layer.id and cause.confidence in sure}


def _worse(layer: LayerResult, old: LayerResult) -> str:
    """How far a known failure grew; '' up to a factor `WORSE`."""
    failed = _failing(old)
    same_rule = _rule(layer) == _rule(old)
    for kind, measure in _failing(layer).items():
        earlier, said = failed[kind], "error"
        pairs = [(measure.error, earlier.error), (measure.rms_error, earlier.rms_error)]
        if measure.allowed > 0 and earlier.allowed > 0:
            ratios, said = (measure.ratio, earlier.ratio), "error, as a share of what is allowed,"
            pairs = [ratios] if same_rule else [ratios, *pairs]
        for number, (new, was) in enumerate(pairs):
            if _grew(new, was):
                what = said if number == 0 else "error"
                return f"its {kind} {what} is more than {WORSE:g} times the baseline's ({new:.3g} instead of {was:.3g})"
    return ""


def _rule(layer: LayerResult) -> list[str]:
    """By what a layer was judged: the fixed tolerance, or the factors of the calibrated one; not what they multiply."""
    reason = layer.tolerance_reason
    return [reason] if reason.startswith(FIXED) else _FACTOR.findall(reason)


def _spread(layer: LayerResult, old: LayerResult, now: Comparison, before: Comparison) -> str:
    """Whether NaN or Inf stand elsewhere, or at many more places, than in the baseline; '' where they do not."""
    failed = _failing(old)
    for kind, measure in _failing(layer).items():
        first, was = measure.worst_index, failed[kind].worst_index
        if math.isnan(measure.error) and layer.shape == old.shape and first != was:
            return f"its {kind} values are not finite at {first} first; in the baseline at {was}"
    count, earlier = _not_finite(now, layer), _not_finite(before, layer)
    if earlier and count > WORSE * earlier:
        return f"{count} of its values are NaN or Inf where PyTorch's are not, or the other way round; {earlier} in the baseline"
    return ""


def _not_finite(comparison: Comparison, layer: LayerResult) -> int:
    """How many of its errors are infinite; 0 where that was not counted."""
    decades = (pair for detail in comparison.details if detail.layer == layer.id for pair in detail.decades)
    return sum(count for bound, count in decades if bound == math.inf)


def _grew(new: float, was: float) -> bool:
    """Whether a number grew by more than `WORSE`; NaN stays NaN."""
    return not new <= WORSE * was and not (new != new and was != was)  # noqa: PLR0124 - NaN
