"""A comparison for the eye: the layers that matter, why they fail, and the verdict last, where a reader looks first.

A passed comparison is a few lines. A failed one shows its failing layers with their neighbours. What was not compared
and what the user permitted is printed always: nothing unmatched goes unseen.
"""

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from xverify.comparison.results import Comparison, LayerResult, Measure
from xverify.report import faults, numbers, since_baseline, summary
from xverify.report.page import GAP, STYLES, Column, Grid, Page, in_a_row
from xverify.report.summary import Fact
from xverify.report.text import layer_name, short_names

MAX_FAILURES = 30
"""Failing layers that are shown; everything downstream of one fault fails, and 900 lines of it say no more."""

MAX_REMARKED = 5
"""Passed layers that are named beside a remark which many share."""

_LAYOUTS = (
    (("layer", "operation", "shape"), True),
    (("layer", "operation", "shape"), False),
    (("short name", "operation", "shape"), False),
    (("short name", "shape"), False),
    (("short name",), False),
)
"""What stands on a layer's line, the widest layout first: the cells before the errors, and whether ratios follow."""


def print_comparison(comparison: Comparison, console: Console, *, show_all: bool, verbose: bool) -> None:
    """Prints a comparison.

    Args:
        comparison: What to print.
        console: Where to; its width decides the layout, unless it is no terminal.
        show_all: Print every layer, not only those that fail and their neighbours.
        verbose: Print below each layer what its tolerance rests on and the measures that inform (RMS, SNR, ULP, ...).
    """
    page = Page(console)
    shown = range(len(comparison.layers)) if show_all else failures_with_neighbours(comparison)
    if shown:
        _print_layers(page, comparison, shown, verbose=verbose)
    print_findings(page, comparison, verbose=verbose)


def print_findings(page: Page, comparison: Comparison, *, verbose: bool) -> None:
    """Everything but the table of layers: what was not compared, changed parameters, the first fault, the verdict."""
    _print_remarks(page, comparison, most=None if verbose else MAX_REMARKED)
    page.items(f"Changed parameters ({len(comparison.parameters.changed)})", summary.changed_parameters(comparison))
    page.items("Problems", comparison.problems)
    page.items("Notes", comparison.notes)
    if comparison.regressions is not None:
        for title, entries in since_baseline.lists(comparison.regressions).items():
            page.items(title, entries)
    faulty = faults.faulty_layer(comparison)
    if faulty is not None:
        page.heading(faults.fault_title(comparison))
        page.facts(faults.fault_facts(comparison, faulty))
    _print_verdict(page, comparison)


def failures_with_neighbours(comparison: Comparison) -> list[int]:
    """Places of failing layers and their neighbours; where too many fail, those that fail locally come first."""
    layers = comparison.layers
    failing = [place for place, layer in enumerate(layers) if summary.status_word(layer) == "FAILED"]
    failing.sort(key=lambda place: _passes(layers[place].local))
    wanted = {near for place in failing[:MAX_FAILURES] for near in (place - 1, place, place + 1)}
    return sorted(wanted.intersection(range(len(layers))))


def _passes(measure: Measure | None) -> bool:
    return measure is None or measure.passed


def _print_layers(page: Page, comparison: Comparison, shown: Sequence[int], *, verbose: bool) -> None:
    layers = [comparison.layers[place] for place in shown]
    heading, lines = _layout(page, layers)
    page.line()
    for text in heading:
        page.line(text)
    after_last = 0
    for place, layer, texts in zip(shown, layers, lines, strict=True):
        _print_gap(page, comparison.layers[after_last:place])
        for text in texts:
            page.line(text)
        _print_details(page, layer, verbose=verbose)
        after_last = place + 1
    _print_gap(page, comparison.layers[after_last:])


def _layout(page: Page, layers: Sequence[LayerResult]) -> tuple[list[Text], list[list[Text]]]:
    """Headings, and the lines of each layer: the widest layout that fits, or two lines a layer."""
    cells = [_describe(page, layer, short) for layer, short in zip(layers, short_names(layers), strict=True)]
    for names, with_ratio in _LAYOUTS:
        columns = [Column("layer" if name == "short name" else name) for name in names]
        left = Grid(columns, [[cell[name] for name in names] for cell in cells])
        right = _error_grid(page, layers, with_ratio=with_ratio)
        if page.fits(left.width + GAP + right.width):
            lines = [[in_a_row(pair)] for pair in zip(left.lines(), right.lines(), strict=True)]
            return [in_a_row([left.heading(), right.heading()])], lines
    return _stacked(page, cells, _error_grid(page, layers, with_ratio=False))


def _stacked(page: Page, cells: Sequence[dict[str, Text]], errors: Grid) -> tuple[list[Text], list[list[Text]]]:
    """Each layer's names on lines of their own, and its errors below them."""
    names = [in_a_row([cell["short name"], cell["operation"], cell["shape"]]) for cell in cells]
    indent = Text(" " * GAP)
    heading = [Text("layer  operation  shape", "dim"), indent + errors.heading()]
    lines = [[*page.wrapped(name, hanging=4), indent + line] for name, line in zip(names, errors.lines(), strict=True)]
    return heading, lines


def _describe(page: Page, layer: LayerResult, short_name: str) -> dict[str, Text]:
    style = {"FAILED": "bold", "passed": ""}.get(summary.status_word(layer), "yellow")
    return {
        "layer": page.text(layer_name(layer), style),
        "short name": page.text(short_name, style),
        "operation": page.text(layer.operation),
        "shape": Text(numbers.shape(layer.shape)),
    }


def _error_grid(page: Page, layers: Sequence[LayerResult], *, with_ratio: bool) -> Grid:
    kinds = [kind for kind in ("local", "accumulated") if any(kind in summary.measures(layer) for layer in layers)]
    cells_each = 3 if with_ratio else 2
    headings = [heading for kind in kinds for heading in (kind, "allowed", "ratio")[:cells_each]]
    rows = []
    for layer in layers:
        measures = summary.measures(layer)
        cells = [cell for kind in kinds for cell in _error_cells(measures.get(kind))[:cells_each]]
        rows.append([*cells, page.status(summary.status_word(layer))])
    return Grid([*(Column(heading, number=True) for heading in headings), Column("status")], rows)


def _error_cells(measure: Measure | None) -> list[Text]:
    """Error, allowance and their ratio."""
    if measure is None:
        return [Text("-", "dim")] * 3
    style = "" if measure.passed else STYLES["FAILED"]
    return [
        Text(numbers.error(measure.error), style),
        Text(numbers.error(measure.allowed)),
        Text(numbers.ratio(measure.ratio), style),
    ]


def _print_gap(page: Page, skipped: Sequence[LayerResult]) -> None:
    if not skipped:
        return
    words = [summary.status_word(layer) for layer in skipped]
    kinds = ", ".join(f"{words.count(word)} {word}" for word in STYLES if word in words)
    page.paragraph(Text(f"not shown: {kinds}", "dim"), Text("... ", "dim"))


def _print_details(page: Page, layer: LayerResult, *, verbose: bool) -> None:
    if verbose:
        page.facts(_details(layer), indent=4)
    elif summary.status_word(layer) == "FAILED" and not _numbers_say_why(layer):
        page.paragraph(page.text(layer.reason), Text(" " * 4))


def _numbers_say_why(layer: LayerResult) -> bool:
    shown = (layer.local, layer.accumulated)
    return not layer.reason or any(measure and not measure.passed and not measure.problem for measure in shown)


def _details(layer: LayerResult) -> list[Fact]:
    facts = []
    if layer.alias_of:
        facts.append(Fact("same value as", layer.alias_of))
    if layer.reason:
        facts.append(Fact("reason", layer.reason))
    facts += [Fact(summary.KINDS[kind], summary.in_full(measure)) for kind, measure in summary.measures(layer).items()]
    return [*facts, Fact("allowed because", layer.tolerance_reason or "not recorded")]


def _print_remarks(page: Page, comparison: Comparison, most: int | None) -> None:
    page.items("Not compared", summary.remarks(summary.of_status(comparison, "not compared")))
    page.items("Not compared, permitted", summary.remarks(summary.of_status(comparison, "permitted")))
    page.items("Passed, with a remark", summary.remarks(summary.of_status(comparison, "passed"), most))


def _print_verdict(page: Page, comparison: Comparison) -> None:
    page.line()
    print_verdict_line(page, comparison)
    page.facts(summary.overview(comparison))


def print_verdict_line(page: Page, comparison: Comparison) -> None:
    """Prints the verdict and what it is about."""
    subject = page.text(f"{comparison.bundle} ({comparison.model}) against {comparison.against}")
    word, said = summary.verdict_word(comparison), summary.verdict(comparison)
    lead = page.status(word) + Text(said.removeprefix(word), STYLES[word])
    page.paragraph(subject, lead + Text("  "))
