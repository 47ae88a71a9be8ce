"""What every format says about a comparison: the verdict's words, the worst layers, the first fault and the next step.

It selects from the records and words them; nothing here decides or measures.
"""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from xverify.comparison.results import Cause, Comparison, LayerResult, Measure, ParameterFinding, Regressions, Status
from xverify.report import numbers
from xverify.report.text import layer_name, one_line

MAX_CHANGED = 20
"""Changed parameters that are listed; the rest is counted."""

MAX_KNOWN = 20
"""Failures known since the baseline that are listed; the rest is counted."""

MAX_OTHERS = 5
"""Further faults that are named; the rest is counted."""

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
    counts = [] if comparison.passed else _baseline_counts(comparison.regressions)
    return f"{verdict_word(comparison)} ({', '.join(counts)})" if counts else verdict_word(comparison)


def _baseline_counts(regressions: Regressions | None) -> list[str]:
    if regressions is None:
        return []
    found, known = numbers.count(len(regressions.found), "regression"), len(regressions.known)
    return [*([found] if regressions.found else []), *([numbers.count(known, "known failure")] if known else [])]


def baseline(regressions: Regressions) -> str:
    """The baseline, and what changed since."""
    name = ", ".join(filter(None, map(one_line, (regressions.baseline, regressions.against, regressions.date))))
    counts = _baseline_counts(regressions) if regressions.found else ["nothing worse", *_baseline_counts(regressions)]
    better = [f"{len(regressions.improved)} better: the baseline can be renewed"] if regressions.improved else []
    return f"{name}: {', '.join([*counts, *better])}"


def baseline_lists(regressions: Regressions) -> dict[str, list[str]]:
    """What is worse than in the baseline, what was known, what is better, and what it may hide: title -> entries."""
    worse = [_of_layer(item.layer, f"{one_line(item.statement)} [{one_line(item.kind)}]") for item in regressions.found]
    known = [_of_layer(item.layer, one_line(item.statement)) for item in regressions.known[:MAX_KNOWN]]
    better = [one_line(name) for name in regressions.improved[:MAX_KNOWN]]
    lists = {
        f"Regressions ({len(worse)})": worse,
        f"Known since the baseline ({len(regressions.known)})": [*known, *_rest(regressions.known)],
        f"Better than the baseline ({len(regressions.improved)})": [*better, *_rest(regressions.improved)],
        "What the baseline may hide": [one_line(note) for note in regressions.notes],
    }
    return {title: entries for title, entries in lists.items() if entries}


def _of_layer(layer: str, text: str) -> str:
    return f"{one_line(layer)}: {text}" if layer else text


def _rest(items: Sequence[object]) -> list[str]:
    return [f"and {len(items) - MAX_KNOWN} more"] if len(items) > MAX_KNOWN else []


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
        facts.append(Fact("baseline", baseline(comparison.regressions)))
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


def faulty_layer(comparison: Comparison) -> LayerResult | None:
    """The layer to look at first: the first fault, else the first layer that fails."""
    faults = [layer for layer in comparison.layers if layer.id == comparison.first_fault]
    return next(iter(faults or of_status(comparison, "FAILED")), None)


def fault_title(comparison: Comparison) -> str:
    """What to call `faulty_layer`: without a local error that fails it need not be where the fault lies."""
    return "First fault" if comparison.first_fault is not None else "First layer that fails"


def fault_facts(comparison: Comparison, layer: LayerResult) -> list[Fact]:
    """All that helps with a faulty layer: where, how much, what was allowed and why, and the next step."""
    facts = [Fact("layer", f"{layer_name(layer)}: {one_line(layer.operation)}, {numbers.shape(layer.shape)}")]
    if layer.reason:
        facts.append(Fact("reason", one_line(layer.reason)))
    facts.extend(_measure_facts(comparison, layer))
    if layer.tolerance_reason:
        facts.append(Fact("allowed because", one_line(layer.tolerance_reason)))
    causes = [cause for cause in comparison.causes if cause.layer == layer.id]
    if not causes:
        return [*facts, *_other_faults(comparison, layer), Fact("next", next_step(comparison, layer))]
    return [*facts, *(fact for cause in causes for fact in cause_facts(cause)), *_other_faults(comparison, layer)]


def cause_facts(cause: Cause) -> Iterator[Fact]:
    """What is wrong with a layer, how sure that is, what speaks for it, and what to do."""
    yield Fact("cause", f"{one_line(cause.statement)} ({cause.confidence.value}: {one_line(cause.kind)})")
    before, after = numbers.error(cause.error_before), numbers.error(cause.error_after)
    share = "" if cause.explained == 1 else f"; it explains {cause.explained:.0%} of the error"
    yield Fact("tried", f"PyTorch's layer with that change: error {after} instead of {before}{share}")
    yield from (Fact("evidence", one_line(text)) for text in cause.evidence)
    if cause.alternatives:
        yield Fact("or", f"the same values would come from: {', '.join(map(one_line, cause.alternatives))}")
    yield from (Fact("fix", one_line(text)) for text in cause.fix)


def _other_faults(comparison: Comparison, layer: LayerResult) -> Iterator[Fact]:
    """Layers that are wrong by themselves, too, and why as far as that was found."""
    others = [name for name in comparison.faults if name != layer.id]
    for name in others[
        :MAX_OTHERS
    ]:  # each is looked for alone: a report asks for every failing layer, and there may be 100,000
        item = next(item for item in comparison.layers if item.id == name)
        cause = next((cause for cause in comparison.causes if cause.layer == item.id), None)
        why = (
            f"{one_line(cause.statement)} ({cause.confidence.value}: {one_line(cause.kind)})"
            if cause
            else "not by this fault"
        )
        yield Fact("also wrong", f"{layer_name(item)}: {why}")
    if len(others) > MAX_OTHERS:
        yield Fact("also wrong", f"{len(others) - MAX_OTHERS} more layers")


def _measure_facts(comparison: Comparison, layer: LayerResult) -> Iterator[Fact]:
    for kind, measure in measures(layer).items():
        yield Fact(KINDS[kind], amount(measure))
        if not measure.passed:
            own = kind == "local" and comparison.on_own_inputs
            right = "model.onnx on the layer's inputs" if own else "PyTorch"
            yield from _worst_element(comparison, layer, measure, right)


def _worst_element(comparison: Comparison, layer: LayerResult, measure: Measure, right: str) -> Iterator[Fact]:
    if measure.problem and measure.problem not in layer.reason:
        yield Fact("problem", one_line(measure.problem))
    if measure.worst_index is not None:
        here, expected = numbers.value(measure.actual), numbers.value(measure.expected)
        values = f"{one_line(comparison.against)} has {here}, {right} has {expected}"
        yield Fact("worst at", f"{numbers.index(measure.worst_index)}: {values}" if measure.worst_index else values)


def next_step(comparison: Comparison, layer: LayerResult) -> str:
    """What to do about a faulty layer."""
    changed = [finding for finding in comparison.parameters.changed if layer.id in finding.layers]
    if changed:
        names = ", ".join(
            one_line(name) for finding in changed for name in finding.parameters or (finding.initializer,)
        )
        return (
            f"Its parameters are not PyTorch's ({names}). Export the bundle again, or find out what changed model.onnx."
        )
    if comparison.on_own_inputs and (step := _step_on_own_inputs(layer)):
        return step
    if layer.local is not None and not layer.local.passed:
        return (
            "Given PyTorch's own inputs this layer alone differs, so the fault is in the layer itself: compare its "
            "settings on both sides (axis order, padding, epsilon, weights)."
        )
    if layer.local is not None and layer.accumulated is not None and not layer.accumulated.passed:
        if layer.inherited_from:
            return (
                f"Alone, this layer agrees with PyTorch: mend {', '.join(map(one_line, layer.inherited_from))} first."
            )
        return (
            "Alone, this layer agrees with PyTorch; the error reaches it from other layers. Look at what connects "
            "them: the network's inputs (scaling, axis order), the order in which branches join, values computed twice."
        )
    if layer.optimised is not None and not layer.optimised.passed:
        return "Only the run with the runtime's optimisations differs: run this network with them switched off."
    if layer.accumulated is not None:
        return (
            "Local errors were not measured here, so the fault is in this layer or in one before it that was not "
            "compared. `xverify compare BUNDLE` tells whether model.onnx itself agrees with PyTorch."
        )
    return "Nothing could be measured in this layer. Mend what its reason says, then compare again."


def _step_on_own_inputs(layer: LayerResult) -> str:
    """What to do where local errors are of a file's values on the file's own inputs; empty where the usual advice holds."""
    if layer.local is not None and not layer.local.passed:
        return (
            "On the inputs that the file itself holds this layer differs from model.onnx, so the fault is in the layer itself, "
            "or in how its value was written: compare its settings on both sides (axis order, padding, epsilon, weights). The "
            "network's own inputs are PyTorch's here: if it reads them, compare them first (scaling, axis order, channels)."
        )
    if layer.accumulated is None or layer.accumulated.passed:
        return ""
    if layer.inherited_from:
        begun = ", ".join(map(one_line, layer.inherited_from))
        return f"The error that reaches this layer begins before it: mend {begun} first."
    if layer.local is not None:
        return (
            "On the inputs that the file itself holds this layer agrees with model.onnx, and they are within tolerance: here an "
            "error grows that came from before. Look at the layers before it that use most of what they are allowed."
        )
    return (
        "This layer could not be compared alone: the fault is in it, or in what it reads that the file does not hold. "
        "`xverify compare BUNDLE` tells whether model.onnx itself agrees with PyTorch."
    )
