"""One layer in depth, for the eye: its error by size, by channel and by position, its worst elements, and what stands around it."""

import math
from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from xverify.comparison.explained import Explained, Range
from xverify.comparison.results import ChannelError, Comparison, LayerDetail, LayerResult
from xverify.report import faults, numbers, summary
from xverify.report.page import Column, Grid, Page
from xverify.report.summary import Fact

BAR = 40
"""Cells of the longest bar."""

CHANNELS = 8
"""Channels that are listed; the rest is counted."""

_SHADES = " ░▒▓█"
_ASCII_SHADES = " .+#@"


def print_explained(explained: Explained, console: Console) -> None:
    """Prints what was found out about one layer.

    Args:
        explained: The layer.
        console: Where to.
    """
    page = Page(console)
    comparison, layer = explained.comparison, explained.layer
    result = next(item for item in comparison.layers if item.id == layer.id)
    page.heading(f"{result.module_path or result.id}")
    page.facts(list(_about(explained, result)))
    if explained.alone is not None and explained.alone.worst:
        _print_detail(page, "Alone, on PyTorch's inputs", explained.alone, console)
    elif explained.whole is not None:  # what it inherits: where it fails alone, that says more
        _print_detail(page, "In the whole run", explained.whole, console)
    _print_ranges(page, "Inputs, as PyTorch recorded them", explained.inputs)
    _print_ranges(page, "Parameters", explained.parameters)


def _about(explained: Explained, result: LayerResult) -> Iterator[Fact]:
    layer, comparison = explained.layer, explained.comparison
    yield Fact("status", summary.status_word(result) + (f": {result.reason}" if result.reason else ""))
    yield Fact("against", comparison.against)
    yield Fact("id", layer.id)
    yield Fact("operation", f"{layer.operation}, {numbers.shape(layer.shape)} {layer.dims}".rstrip())
    if layer.source_line:
        yield Fact("source", layer.source_line)
    yield Fact("MATLAB layer", layer.matlab_layer or f"none: {layer.matlab_note}")
    if layer.alias_of:
        yield Fact("same value as", layer.alias_of)
    yield Fact("reads", ", ".join(layer.inputs) or "nothing")
    yield Fact("is read by", ", ".join(explained.readers) or "nothing: it is an output")
    for kind, measure in summary.measures(result).items():
        yield Fact(summary.KINDS[kind], summary.amount(measure))
    yield Fact("allowed because", result.tolerance_reason)
    yield from _causes(comparison, result)


def _causes(comparison: Comparison, result: LayerResult) -> Iterator[Fact]:
    for cause in comparison.causes:
        if cause.layer in {result.id, result.alias_of}:
            yield from faults.cause_facts(cause)
    if result.inherited_from:
        yield Fact("inherited from", ", ".join(result.inherited_from))


def _print_detail(page: Page, title: str, detail: LayerDetail, console: Console) -> None:
    page.heading(f"{title}: errors by size")
    most = max(count for _, count in detail.decades)
    for bound, count in detail.decades:
        label = (
            "exactly equal" if bound == 0 else f"below {numbers.error(bound)}" if math.isfinite(bound) else "NaN or Inf"
        )
        bar = "=" * math.ceil(BAR * count / most) if most else ""
        page.line(Text(f"  {label:>15}  {count:>10}  {bar}"))
    if not detail.worst:
        return
    page.heading("Worst elements")
    rows = [
        [
            Text(numbers.index(item.index)),
            Text(numbers.value(item.actual)),
            Text(numbers.value(item.expected)),
            Text(numbers.error(abs(item.actual - item.expected))),
        ]
        for item in detail.worst
    ]
    headings = [Column("index"), *(Column(name, number=True) for name in ("found", "PyTorch", "error"))]
    _print_grid(page, Grid(headings, rows))
    _print_channels(page, detail.channels)
    if len(detail.batch) > 1:
        page.heading("Largest error by sample")
        page.line(
            Text(
                "  " + "  ".join(f"{number}: {numbers.error(error)}" for number, error in enumerate(detail.batch[:16]))
            )
        )
    if sum(map(len, detail.positions)) > 1:
        _print_map(page, detail, console)


def _print_channels(page: Page, channels: tuple[ChannelError, ...]) -> None:
    wrong = [channel for channel in channels if channel.max > 0]
    if len(channels) < 2 or not wrong:
        return
    page.heading(f"By channel: {len(wrong)} of {len(channels)} have an error")
    rows = [
        [Text(str(item.channel)), Text(numbers.error(item.max)), Text(numbers.error(item.rms))]
        for item in wrong[:CHANNELS]
    ]
    _print_grid(
        page, Grid([Column("channel", number=True), Column("largest", number=True), Column("RMS", number=True)], rows)
    )
    if len(wrong) > CHANNELS:
        page.line(Text(f"  and {len(wrong) - CHANNELS} more"))


def _print_map(page: Page, detail: LayerDetail, console: Console) -> None:
    """A small picture: each cell shows the largest error there, on a scale of five steps."""
    shades = _SHADES if console.encoding.startswith("utf") else _ASCII_SHADES
    largest = max((value for row in detail.positions for value in row if value < math.inf), default=0.0)
    page.heading(f"By position: rows are height, columns width; darkest is {numbers.error(largest)}")
    for row in detail.positions:
        steps = [
            min(4, math.ceil(4 * value / largest)) if largest > 0 and value < math.inf else 4 * (value > 0)
            for value in row
        ]
        page.line(Text("  |" + "".join(shades[step] for step in steps) + "|"))


def _print_ranges(page: Page, title: str, ranges: dict[str, Range]) -> None:
    if not ranges:
        return
    page.heading(title)
    rows = [
        [
            page.text(name),
            Text(numbers.shape(item.shape)),
            Text(numbers.value(item.low)),
            Text(numbers.value(item.high)),
        ]
        for name, item in ranges.items()
    ]
    _print_grid(
        page,
        Grid([Column("name"), Column("shape"), Column("smallest", number=True), Column("largest", number=True)], rows),
    )


def _print_grid(page: Page, grid: Grid) -> None:
    indent = Text("  ")
    for line in (grid.heading(), *grid.lines()):
        page.line(indent + line)
