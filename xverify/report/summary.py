"""What every format says about a comparison: the verdict's words, what was compared, and the worst layers.

It selects from the records and words them; nothing here decides or measures.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

from xverify.comparison.results import Comparison, LayerResult, Measure, ParameterFinding, Status
from xverify.report import numbers, since_baseline
from xverify.report.text import layer_name, one_line

MAX_CHANGED = 20
"""Changed parameters that are listed; the rest is counted."""

KINDS = {
    "local": "local error",
    "accumulated": "accumulated error",
    "optimised": "optimised error",
}
"""The measures of a layer, by field, and what a reader calls them."""


class Fact(NamedTuple):
    """One line of a summary: what it is about, and what is to say."""

    label: str
    text: str


def verdict_word(comparison: Comparison) -> str:
    """The verdict: 'PASSED', 'FAILED', or 'NO REGRESSION' where it fails as a baseline does and no worse."""
    if comparison.accepted and not comparison.passed:
        return "NO REGRESSION"
    return "PASSED" if comparison.passed else "FAILED"


def verdict(comparison: Comparison) -> str:
    """The verdict and, beside a baseline, what it rests on: 'NO REGRESSION (3 known failures)'."""
    counts = [] if comparison.passed else since_baseline.counts(comparison.regressions)
    return f"{verdict_word(comparison)} ({', '.join(counts)})" if counts else verdict_word(comparison)


def status_word(layer: LayerResult) -> str:
    """A layer's status in one or two words; 'permitted' where the user accepted that it was not compared."""
    if layer.permitted and layer.status is not Status.PASSED:
        return "permitted"
    return "FAILED" if layer.status is Status.FAILED else layer.status.value


def coverage(comparison: Comparison) -> str:
    """How many layers were compared, and how many of them keep the comparison from passing."""
    text = f"{comparison.coverage.compared}/{comparison.coverage.total} compared"
    words = [status_word(layer) for layer in comparison.layers]
    counts = [
        f"{words.count(word)} {word.lower()}" for word in ("FAILED", "not compared", "permitted") if word in words
    ]
    return f"{text}; {', '.join(counts)}" if counts else text


def parameters(comparison: Comparison) -> str:
    """The result of the bit-for-bit check."""
    found = comparison.parameters
    if found.skipped:
        return f"not checked: {one_line(found.skipped)}"
    changed = f"{len(found.changed)} CHANGED" if found.changed else "none changed"
    return f"{found.checked} checked bit for bit, {changed}"


def changed_parameters(comparison: Comparison) -> list[str]:
    """The changed parameters, the first `MAX_CHANGED` of them one by one."""
    changed = comparison.parameters.changed
    entries = [_changed_parameter(finding) for finding in changed[:MAX_CHANGED]]
    return [*entries, f"and {len(changed) - MAX_CHANGED} more"] if len(changed) > MAX_CHANGED else entries


def _changed_parameter(finding: ParameterFinding) -> str:
    names = ", ".join(map(one_line, finding.parameters)) or one_line(finding.initializer)
    readers = f", read by {', '.join(map(one_line, finding.layers))}" if finding.layers else ""
    return f"{names}: {one_line(finding.problem)} (initializer {one_line(finding.initializer)}{readers})"


def measures(layer: LayerResult) -> dict[str, Measure]:
    """The measures that a layer has, by field name."""
    found = {"local": layer.local, "accumulated": layer.accumulated, "optimised": layer.optimised}
    return {kind: measure for kind, measure in found.items() if measure is not None}


def amount(measure: Measure) -> str:
    """An error beside what is allowed: '1.23e-07, allowed 3.97e-07 (0.31x)'."""
    text = f"{numbers.error(measure.error)}, allowed {numbers.error(measure.allowed)}"
    if measure.allowed == 0:
        return f"{text} (must be equal)"
    return f"{text} ({numbers.ratio(measure.ratio)})" if math.isfinite(measure.ratio) else text


def in_full(measure: Measure) -> str:
    """All numbers of a measure: those that decide, then those that inform."""
    parts = [amount(measure), f"RMS {numbers.error(measure.rms_error)}"]
    if measure.worst_index:
        parts.append(f"worst at {numbers.index(measure.worst_index)}")
    if measure.snr_db is not None:
        parts.append(f"SNR {numbers.decibels(measure.snr_db)}")
    if measure.cosine is not None:
        parts.append(f"cosine {measure.cosine:.9f}")
    if measure.ulp is not None:
        parts.append(f"{measure.ulp:.3g} ULP")
    if measure.top1_agreement is not None:
        parts.append(f"top-1 agreement {measure.top1_agreement:.2%}")
    return ", ".join(parts)


def worst(comparison: Comparison, kind: str) -> str:
    """The layer that is nearest to its allowance, or furthest beyond it."""
    found = [(layer, measures(layer)[kind]) for layer in comparison.layers if kind in measures(layer)]
    if not found:
        return "not measured"
    layer, measure = max(found, key=lambda pair: severity(pair[1]))
    if measure.ratio == 0:
        return f"0 in {'every layer' if len(found) > 1 else layer_name(layer)}"
    return f"worst in {layer_name(layer)}: {amount(measure)}"


def severity(measure: Measure) -> tuple[bool, float]:
    """Orders measures by how near they are to their allowance, or how far beyond it; an error that is NaN is the worst."""
    undefined = math.isnan(measure.ratio)
    return undefined, 0.0 if undefined else measure.ratio


def environment(comparison: Comparison) -> str:
    """Where the comparison ran."""
    return (
        ", ".join(
            f"{one_line(key)} {one_line(value)}" for key, value in comparison.environment.items() if key != "reference"
        )
        or "not recorded"
    )


def overview(comparison: Comparison) -> list[Fact]:
    """The few facts that belong beside the verdict."""
    facts = [
        Fact("layers", coverage(comparison)),
        Fact("parameters", parameters(comparison)),
        Fact("local", worst(comparison, "local")),
        Fact("accumulated", worst(comparison, "accumulated")),
    ]
    if any(layer.optimised for layer in comparison.layers):
        facts.append(Fact("optimised", worst(comparison, "optimised")))
    if comparison.regressions is not None:
        facts.append(Fact("baseline", since_baseline.in_short(comparison.regressions)))
    facts.append(Fact("environment", environment(comparison)))
    if reference := comparison.environment.get("reference"):
        facts.append(Fact("reference", one_line(reference)))
    return facts


def remarks(layers: Sequence[LayerResult], most: int | None = None) -> list[str]:
    """The reasons of some layers, each after the names of all layers that have it; or of `most` layers and a count."""
    grouped: dict[str, list[str]] = {}
    for layer in layers:
        text = one_line(layer.reason)
        if layer.permitted:
            text = f"{one_line(layer.permitted)} [{text}]" if text else one_line(layer.permitted)
        if text or layer.status is not Status.PASSED:
            grouped.setdefault(text or "no reason given", []).append(layer_name(layer))
    return [f"{_list(names, most)}: {reason}" for reason, names in grouped.items()]


def _list(names: list[str], most: int | None) -> str:
    left_out = 0 if most is None else max(len(names) - most, 0)
    listed = ", ".join(names[:most])
    return f"{listed} and {left_out} more" if left_out else listed


def of_status(comparison: Comparison, word: str) -> list[LayerResult]:
    """The layers with a status, as `status_word` calls it."""
    return [layer for layer in comparison.layers if status_word(layer) == word]
