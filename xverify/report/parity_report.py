"""What `evaluate-parity` found, for the eye, as JSON and as CSV."""

import csv
import io
from collections.abc import Iterator, Sequence

import msgspec
from rich.console import Console
from rich.text import Text

from xverify.parity.results import OWN_IMAGES, Accuracy, ClassAgreement, Difference, Parity
from xverify.report import numbers
from xverify.report.page import Column, Grid, Page
from xverify.report.text import utf8

_LISTED = 10
_CLASSES = 20

_TITLES = {
    "other decision": "Decided differently, and no near tie",
    "not finite": "NaN or infinite logits",
    "beyond the allowance": "Logits further apart than allowed",
    "near tie": "Decided differently in a near tie",
}


def to_json(parity: Parity) -> bytes:
    """The verdict as indented JSON, documented in docs/reference/parity-json.md; numbers that are not finite are null."""
    return msgspec.json.format(msgspec.json.encode(_safe(msgspec.to_builtins(parity))), indent=1) + b"\n"


def _safe(value: object) -> object:
    if isinstance(value, str):
        return utf8(value)
    if isinstance(value, dict):
        return {key: _safe(item) for key, item in value.items()}
    return [_safe(item) for item in value] if isinstance(value, list | tuple) else value


def differences_csv(parity: Parity) -> bytes:
    """The samples that differ, one a line."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    names = [field.name for field in msgspec.structs.fields(Difference)]
    writer.writerow(names)
    writer.writerows([_cell(getattr(item, name)) for name in names] for item in parity.differences)
    return text.getvalue().encode("utf-8", "replace")


def _cell(value: object) -> str:
    return f"{value:.9g}" if isinstance(value, float) else str(value)


def print_parity(parity: Parity, console: Console) -> None:
    """Prints the classes, the samples that differ, and the verdict."""
    page = Page(console)
    _print_classes(page, parity)
    for status, title in _TITLES.items():
        found = [item for item in parity.differences if item.status == status]
        if found:
            _print_samples(page, title, found)
    page.items("Notes", parity.notes)
    page.line()
    word = "PASSED" if parity.passed else "FAILED"
    page.paragraph(page.text(_verdict(parity)), page.status(word) + Text("  "))
    page.facts(list(_facts(parity)))


def _print_classes(page: Page, parity: Parity) -> None:
    if not parity.classes:
        return
    shown = parity.classes
    if len(shown) > _CLASSES:
        shown = tuple(sorted(shown, key=lambda item: item.agreed - item.samples)[:_CLASSES])
    columns = [
        Column("class"),
        Column("samples", number=True),
        Column("decided alike", number=True),
        Column(parity.reference, number=True),
        Column(parity.against, number=True),
    ]
    page.line()
    grid = Grid(columns, [_class_row(page, item) for item in shown])
    page.line(grid.heading())
    for line in grid.lines():
        page.line(line)
    if len(shown) < len(parity.classes):
        page.line(Text(f"... and {len(parity.classes) - len(shown)} more classes with less difference", "dim"))


def _class_row(page: Page, item: ClassAgreement) -> list[Text]:
    return [
        page.text(item.name),
        Text(str(item.samples)),
        Text(str(item.agreed), "" if item.agreed == item.samples else "yellow"),
        Text(numbers.percent(item.reference_correct, item.samples)),
        Text(numbers.percent(item.other_correct, item.samples)),
    ]


def _print_samples(page: Page, title: str, found: Sequence[Difference]) -> None:
    page.heading(f"{title} ({len(found)})")
    worst = sorted(found, key=lambda item: -item.difference / item.allowed)[:_LISTED]
    columns = [
        Column("  sample"),
        Column("label"),
        Column("PyTorch"),
        Column("other side"),
        Column("margin", number=True),
        Column("its margin", number=True),
        Column("difference", number=True),
        Column("allowed", number=True),
    ]
    grid = Grid(columns, [_sample_row(page, item) for item in worst])
    if page.fits(grid.width):
        page.line(grid.heading())
        for line in grid.lines():
            page.line(line)
    else:
        for item in worst:
            page.paragraph(page.text(_sentence(item)), Text("  - "))
    if len(found) > _LISTED:
        page.line(Text(f"  ... and {len(found) - _LISTED} more: --csv FILE writes all", "dim"))


def _sample_row(page: Page, item: Difference) -> list[Text]:
    return [
        Text("  ") + page.text(item.sample),
        page.text(item.label or "-"),
        page.text(item.reference or "-"),
        page.text(item.other or "-"),
        Text(numbers.error(item.margin)),
        Text(numbers.error(item.other_margin)),
        Text(numbers.error(item.difference)),
        Text(numbers.error(item.allowed)),
    ]


def _sentence(item: Difference) -> str:
    label = f" (label {item.label})" if item.label else ""
    return (
        f"{item.sample}{label}: {item.reference or '-'}, other side {item.other or '-'}; margins {numbers.error(item.margin)} and "
        f"{numbers.error(item.other_margin)}; logits differ by {numbers.error(item.difference)}, allowed {numbers.error(item.allowed)}"
    )


def _verdict(parity: Parity) -> str:
    samples, agreement = parity.samples, parity.agreement
    counted = f"{samples.compared} of {samples.total} samples compared"
    if samples.chosen < samples.total:
        counted += f" (--limit {samples.chosen})"
    apart = samples.compared - agreement.top1
    said = (
        f"{agreement.near_ties} in near ties"
        if agreement.other_decisions == 0
        else (f"{agreement.other_decisions} in no near tie")
    )
    decided = f"{apart} decided differently, {said}" if apart else "all decided alike"
    beyond = parity.logits.beyond + parity.logits.not_finite
    logits = f"{beyond} with logits beyond the allowance" if beyond else "all logits within the allowance"
    return f"{parity.network} against {parity.against}: {counted}, {decided}, {logits}"


def _facts(parity: Parity) -> Iterator[tuple[str, str]]:
    samples, agreement, logits = parity.samples, parity.agreement, parity.logits
    yield "data", f"{parity.data} ({parity.data_kind})"
    alike = f"top-1 {agreement.top1} of {samples.compared} ({numbers.percent(agreement.top1, samples.compared)})"
    if agreement.top5 is not None:
        alike += f", top-5 {agreement.top5} ({numbers.percent(agreement.top5, samples.compared)})"
    yield "decided alike", alike
    if parity.accuracy is not None:
        yield f"accuracy of {parity.reference}", _accuracy(parity.accuracy.reference, samples.labelled)
        yield f"accuracy of {parity.against}", _accuracy(parity.accuracy.other, samples.labelled)
        only = f"{parity.accuracy.only_reference} samples only PyTorch right, {parity.accuracy.only_other} only the other side"
        yield "McNemar's test", f"{only}: p = {parity.accuracy.p_value:.3g} (exact)"
    else:
        yield "accuracy", "not known: no sample has a label"
    if logits.not_finite == samples.compared:
        yield "largest difference", "none: no sample has finite logits on both sides"
    else:
        yield (
            "largest difference",
            f"{numbers.error(logits.largest_difference)} in the logit '{logits.largest_class}' of {logits.largest_sample}; "
            f"RMS of all {numbers.error(logits.rms_difference)}",
        )
        yield "closest to its allowance", f"{numbers.ratio(logits.largest_ratio)} of {logits.ratio_sample}"
    yield (
        "allowed",
        f"{numbers.error(logits.tolerance)} (the bundle's tolerance of its outputs), times largest logit / {logits.recorded:.3g} "
        "where that is more",
    )
    yield "inputs", _inputs(parity)


def _accuracy(accuracy: Accuracy, labelled: int) -> str:
    low, high = accuracy.interval.low, accuracy.interval.high
    return f"{accuracy.accuracy:.2%} ({accuracy.correct} of {labelled}), 95% interval {low:.2%} to {high:.2%}"


def _inputs(parity: Parity) -> str:
    inputs = parity.inputs
    if inputs is None:
        return (
            "both sides got the same tensors"
            if parity.against.startswith("onnxruntime") and OWN_IMAGES not in parity.notes
            else "not recorded: not compared"
        )
    if inputs.equal == inputs.compared:
        return f"prepared on both sides, and equal to the bit in all {inputs.compared} samples that were compared"
    return (
        f"differ in {inputs.compared - inputs.equal} of {inputs.compared} samples that were compared, by up to "
        f"{inputs.largest_steps:.3g} grey levels of 255 ({inputs.largest_sample}): decoders or preprocessing, not the network"
    )
