"""A comparison beside an older one: what is worse than there, and what was known.

A baseline lets a job pass with failures, so it must not hide more than it names. Only the same failure of the same layer is
known: as a fault of its own or inherited, in the same measures, for the same reason, no more than twice as far beyond what is
allowed. A ratio says that only where both were allowed by the same rule: a stricter fixed tolerance in the baseline would cover
any later fault, so where the rules differ the errors are held against each other, too. Whatever was compared in the baseline
must be compared now. What can still go unseen is said in the notes.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from xverify.comparison.baseline_notes import hidden
from xverify.comparison.results import (
    Comparison,
    Confidence,
    Known,
    LayerResult,
    Measure,
    ParameterFinding,
    Regression,
    Regressions,
    Status,
)
from xverify.comparison.saved import other_problems, read_comparisons
from xverify.comparison.verdict import FIXED
from xverify.errors import XverifyError

WORSE = 2.0
"""A known failure whose ratio grew by more than this factor is a regression."""

_FACTOR = re.compile(r"\b(?:local|accumulated): (\S+) x ")
"""In the reason of a calibrated tolerance, as in 'local: 6 x 4.4e-07 (eps32 x magnitude 3.69)'."""


@dataclass(frozen=True)
class Baseline:
    """The comparisons of an older JSON report, and the file's name."""

    name: str
    comparisons: tuple[Comparison, ...]

    def matching(self, against: str, model: str) -> Comparison:
        """The comparison of this model with this runtime, whatever the versions.

        Raises:
            XverifyError: The baseline has none, or several that cannot be told apart.
        """
        models = dict.fromkeys(item.model for item in self.comparisons)
        if model not in models:
            raise XverifyError(
                f"The baseline {self.name} is of '{', '.join(models)}', not of '{model}'.",
                "Give a baseline of this model: `xverify compare BUNDLE --json FILE` writes one.",
            )
        fitting = [c for c in self.comparisons if c.model == model and runtime_of(c.against) == runtime_of(against)]
        if len(fitting) > 1:
            fitting = [c for c in fitting if _before_version(c.against) == _before_version(against)]
        if len(fitting) != 1:
            there = ", ".join(f"'{item.against}'" for item in self.comparisons)
            what = "several comparisons" if fitting else "no comparison"
            raise XverifyError(
                f"The baseline {self.name} has {what} with '{against}'; it has {there}.",
                "Compare against the same runtimes as for the baseline, or write a new one with --json.",
            )
        return fitting[0]


def read_baseline(path: str | Path) -> Baseline:
    """Reads a baseline: what `xverify compare --json` wrote.

    Raises:
        XverifyError: See `read_comparisons`.
    """
    return Baseline(str(path), read_comparisons(path))


def runtime_of(against: str) -> tuple[str, str]:
    """What the other side was, without versions: ('', 'onnxruntime'), ('file', 'matlab').

    >>> runtime_of("GNU Octave 7.3.0"), runtime_of("run-12.mat (MATLAB R2024b)")
    (('', 'gnu octave'), ('file', 'matlab'))
    """
    file = re.fullmatch(r".+ \((.+)\)", against, re.DOTALL)
    words = [word for word in (file[1] if file else against).casefold().split() if not re.search(r"\d", word)]
    return "file" if file else "", " ".join(words)


def _before_version(against: str) -> str:
    """A file's name; of a runtime its name."""
    file, name = runtime_of(against)
    return against.rpartition(" (")[0] if file else name


def judge(comparison: Comparison, before: Comparison, name: str) -> Comparison:
    """The comparison with its `regressions`; one that has any did not pass. See `beside`."""
    found = beside(comparison, before, name)
    return msgspec.structs.replace(comparison, regressions=found, passed=comparison.passed and not found.found)


def beside(comparison: Comparison, before: Comparison, name: str) -> Regressions:
    """What is worse in a comparison than in an older one of the same model and runtime.

    Args:
        comparison: The comparison.
        before: The older one.
        name: What to call the older one.
    """
    old = {layer.id: layer for layer in before.layers}
    new = {layer.id for layer in comparison.layers}
    findings = [(layer, _layer(layer, old.get(layer.id), comparison, before)) for layer in comparison.layers]
    found = [item for _, item in findings if item is not None]
    found += [
        _gone(layer) for layer in before.layers if layer.id not in new and layer.status is not Status.NOT_COMPARED
    ]
    known = [_known(layer) for layer, item in findings if item is None and _keeps_from_passing(layer)]
    improved = [
        layer.id
        for layer, item in findings
        if item is None
        and layer.status is Status.PASSED
        and layer.id in old
        and old[layer.id].status is not layer.status
    ]
    parameters, problems = list(_parameters(comparison, before)), list(_problems(comparison, before))
    everything = [*found, *parameters, *problems]
    if not (comparison.passed or known or everything):  # a failure that no rule above knows is no known one
        everything.append(Regression("", "problem", "it did not pass, and the baseline does not say why"))
    return Regressions(
        baseline=name,
        date=before.date,
        against=before.against,
        found=tuple(item for item in everything if isinstance(item, Regression)),
        known=(*known, *(item for item in everything if isinstance(item, Known))),
        improved=(*improved, *(item for item in everything if isinstance(item, str))),
        notes=tuple(hidden(comparison, before, [item.layer for item in known])),
    )


def _keeps_from_passing(layer: LayerResult) -> bool:
    return layer.status is not Status.PASSED and not layer.permitted


def _known(layer: LayerResult) -> Known:
    return Known(layer.id, layer.reason or layer.status.value)


def _gone(layer: LayerResult) -> Regression:
    return Regression(layer.id, "coverage lost", "was compared in the baseline; the network has no such layer now")


def _layer(layer: LayerResult, old: LayerResult | None, now: Comparison, before: Comparison) -> Regression | None:
    """What is worse in one layer, or None."""
    if old is None:
        return _regression(layer, "new layer", "is not in the baseline") if _keeps_from_passing(layer) else None
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


def _parameters(now: Comparison, before: Comparison) -> Iterator[Regression | Known | str]:
    if before.parameters.checked and not now.parameters.checked:
        yield Regression("", "coverage lost", f"parameters are not checked any more: {now.parameters.skipped}")
        return
    old = {finding.initializer: finding for finding in before.parameters.changed}
    for finding in now.parameters.changed:
        was = old.pop(finding.initializer, None)
        if was is None:
            there = "is right in the baseline" if before.parameters.checked else "was not checked in the baseline"
            yield Regression("", "changed parameter", f"{_named(finding)} {there}: {finding.problem}")
        elif was.problem != finding.problem:
            words = f"{_named(finding)} is changed otherwise: {finding.problem}; in the baseline {was.problem}"
            yield Regression("", "changed parameter", words)
        else:
            yield Known("", f"parameter {_named(finding)}: {finding.problem}")
    yield from map(_named, old.values() if now.parameters.checked else ())


def _named(finding: ParameterFinding) -> str:
    return ", ".join(finding.parameters) or finding.initializer


def _problems(now: Comparison, before: Comparison) -> Iterator[Regression | Known | str]:
    for problem in other_problems(now):
        if problem in before.problems:
            yield Known("", problem)
        else:
            yield Regression("", "problem", problem)
    yield from (problem for problem in other_problems(before) if problem not in now.problems)
