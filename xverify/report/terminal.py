"""A comparison for the eye: the layers that matter, why they fail, and the verdict last, where a terminal's reader looks.

A passed comparison is a few lines. A failed one shows its failing layers with their neighbours. What was not compared and
what the user permitted is printed always: nothing unmatched goes unseen.
"""

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.text import Text

from xverify.comparison.results import Comparison, LayerResult, Measure, Status
from xverify.report import numbers, summary
from xverify.report.page import Column, Grid, Page
from xverify.report.summary import Fact
from xverify.report.text import layer_name, one_line

MAX_FAILURES = 30
"""Failing layers that are shown; everything downstream of one fault fails, and 900 lines of it say no more."""

_NAME, _OPERATION, _SHAPE, _STATUS = Column("layer"), Column("operation"), Column("shape"), Column("status")
_ERRORS = (Column("local", number=True), Column("allowed", number=True))
_ERRORS_ACCUMULATED = (Column("accumulated", number=True), Column("allowed", number=True))


def print_comparison(comparison: Comparison, console: Console, *, show_all: bool, verbose: bool) -> None:
    """Prints a comparison.

    Args:
        comparison: What to print.
        console: Where to; its width decides the layout, unless it is no terminal.
        show_all: Print every layer, not only those that fail and their neighbours.
        verbose: Print below each layer what its tolerance rests on and the measures that inform (RMS, SNR, cosine, ULP).
    """
    page = Page(console)
    shown = list(comparison.layers) if show_all else _failures_with_neighbours(comparison)
    if shown:
        _print_layers(page, comparison, shown, verbose=verbose)
    _print_remarks(page, comparison)
    _print_changed_parameters(page, comparison)
    _print_list(page, "Problems", comparison.problems)
    _print_list(page, "Notes", comparison.notes)
    faulty = summary.faulty_layer(comparison)
    if faulty is not None:
        page.heading(summary.fault_title(comparison))
        page.facts(summary.fault_facts(comparison, faulty))
    _print_verdict(page, comparison)


def _failures_with_neighbours(comparison: Comparison) -> list[LayerResult]:
    """The failing layers, those with a fault of their own first where there are too many, each with its neighbours."""
    layers = comparison.layers
    failing = [place for place, layer in enumerate(layers) if summary.status_word(layer) == "FAILED"]
    failing.sort(key=lambda place: _passes(layers[place].local))
    wanted = {near for place in failing[:MAX_FAILURES] for near in (place - 1, place, place + 1)}
    return [layer for place, layer in enumerate(layers) if place in wanted]


def _passes(measure: Measure | None) -> bool:
    return measure is None or measure.passed


def _print_layers(page: Page, comparison: Comparison, shown: Sequence[LayerResult], *, verbose: bool) -> None:
    page.line()
    heading, lines = _layout(page, shown)
    for text in heading:
        page.line(text)
    gaps = _gaps(comparison, shown)
    for layer, texts in zip(shown, lines, strict=True):
        _print_gap(page, gaps[layer.id])
        for text in texts:
            page.line(text)
        if verbose:
            page.facts(_details(layer), indent=4)
    _print_gap(page, gaps[""])


def _layout(page: Page, layers: Sequence[LayerResult]) -> tuple[list[Text], list[list[Text]]]:
    """Headings, and the lines of each layer: the widest layout that fits."""
    errors = Grid([*_ERRORS, *_ERRORS_ACCUMULATED, _STATUS], [_error_cells(page, layer) for layer in layers])
    for columns in ((_NAME, _OPERATION, _SHAPE), (_NAME, _SHAPE), (_NAME,)):
        names = Grid(columns, [[_describe(page, layer)[column.heading] for column in columns] for layer in layers])
        if page.fits(names.width + 2 + errors.width):
            joined = [Text("  ").join(pair) for pair in zip(names.lines(), errors.lines(), strict=True)]
            return [Text("  ").join([names.heading(), errors.heading()])], [[line] for line in joined]
    return _stacked(page, layers, errors)


def _stacked(page: Page, layers: Sequence[LayerResult], errors: Grid) -> tuple[list[Text], list[list[Text]]]:
    """Two lines a layer: its name, and its numbers below."""
    names = [_on_one_line(page, layer) for layer in layers]
    numbers_below = [Text("    ") + line for line in errors.lines()]
    heading = [Text("layer  operation  shape", "dim"), Text("    ") + errors.heading()]
    return heading, [[name, below] for name, below in zip(names, numbers_below, strict=True)]


def _on_one_line(page: Page, layer: LayerResult) -> Text:
    cells = list(_describe(page, layer).values())
    while len(cells) > 1 and not page.fits(Text("  ").join(cells).cell_len):
        cells.pop()
    return Text("  ").join(cells)


def _describe(page: Page, layer: LayerResult) -> dict[str, Text]:
    style = {"FAILED": "bold", "passed": ""}.get(summary.status_word(layer), "yellow")
    return {
        "layer": page.text(layer_name(layer), style),
        "operation": page.text(layer.operation),
        "shape": Text(numbers.shape(layer.shape)),
    }


def _error_cells(page: Page, layer: LayerResult) -> list[Text]:
    return [*_cells(layer.local), *_cells(layer.accumulated), page.status(summary.status_word(layer))]


def _cells(measure: Measure | None) -> list[Text]:
    if measure is None:
        return [Text("-", "dim"), Text("-", "dim")]
    return [Text(numbers.error(measure.max_error), "" if measure.passed else "bold red"), Text(numbers.error(measure.allowed))]


def _gaps(comparison: Comparison, shown: Sequence[LayerResult]) -> dict[str, list[LayerResult]]:
    """The layers left out before each shown one, by its id, and those after the last one, under ''."""
    ids = {layer.id for layer in shown}
    gaps: dict[str, list[LayerResult]] = {}
    skipped: list[LayerResult] = []
    for layer in comparison.layers:
        if layer.id not in ids:
            skipped.append(layer)
            continue
        gaps[layer.id], skipped = skipped, []
    return gaps | {"": skipped}


def _print_gap(page: Page, skipped: Sequence[LayerResult]) -> None:
    if not skipped:
        return
    words = [summary.status_word(layer) for layer in skipped]
    kinds = ", ".join(f"{words.count(word)} {word}" for word in ("FAILED", "not compared", "permitted", "passed") if word in words)
    page.paragraph(Text(f"... {numbers.count(len(skipped), 'layer')} not shown: {kinds}", "dim"), hanging=4)


def _details(layer: LayerResult) -> list[Fact]:
    facts = []
    if layer.alias_of:
        facts.append(Fact("same value as", one_line(layer.alias_of)))
    if layer.reason:
        facts.append(Fact("reason", one_line(layer.reason)))
    facts += [Fact(kind, _inform(measure)) for kind, measure in summary.measures(layer).items()]
    return [*facts, Fact("allowed because", one_line(layer.tolerance_reason) or "not recorded")]


def _inform(measure: Measure) -> str:
    parts = [summary.amount(measure), f"RMS {numbers.error(measure.rms_error)}"]
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


def _print_remarks(page: Page, comparison: Comparison) -> None:
    for word, title in (("not compared", "Not compared"), ("permitted", "Not compared, permitted"), ("passed", "Passed, with a remark")):
        grouped = summary.remarks(summary.of_status(comparison, word))
        if grouped:
            page.heading(title)
        for reason, names in grouped.items():
            page.paragraph(page.text(f"{', '.join(names)}: {reason}"), indent=2, hanging=2)


def _print_changed_parameters(page: Page, comparison: Comparison) -> None:
    changed = comparison.parameters.changed
    entries = [summary.changed_parameter(finding) for finding in changed[: summary.MAX_CHANGED]]
    if len(changed) > len(entries):
        entries.append(f"and {len(changed) - len(entries)} more")
    _print_list(page, f"Changed parameters ({len(changed)})", entries)


def _print_list(page: Page, title: str, entries: Sequence[str]) -> None:
    if not entries:
        return
    page.heading(title)
    for entry in entries:
        page.paragraph(page.text(entry), indent=2, hanging=2)


def _print_verdict(page: Page, comparison: Comparison) -> None:
    page.line()
    words = page.status(summary.verdict_word(comparison))
    page.paragraph(words + page.text(f"  {comparison.bundle} ({comparison.model}) against {comparison.against}"), hanging=2)
    page.facts(summary.overview(comparison))
