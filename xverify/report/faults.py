"""What every format says about a faulty layer: where, how much, why, and the next step."""

from collections.abc import Iterator

from xverify.comparison.results import Cause, Comparison, LayerResult, Measure
from xverify.report import numbers, summary
from xverify.report.summary import Fact
from xverify.report.text import layer_name, one_line

MAX_OTHERS = 5
"""Further faults that are named; the rest is counted."""


def faulty_layer(comparison: Comparison) -> LayerResult | None:
    """The layer to look at first: the first fault, else the first layer that fails."""
    faults = [layer for layer in comparison.layers if layer.id == comparison.first_fault]
    return next(iter(faults or summary.of_status(comparison, "FAILED")), None)


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
    for kind, measure in summary.measures(layer).items():
        yield Fact(summary.KINDS[kind], summary.amount(measure))
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
