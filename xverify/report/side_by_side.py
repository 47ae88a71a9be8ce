"""Several comparisons of one bundle in one table: a row a layer, and for each runtime its worst ratio and the status.

What belongs to one runtime alone (its first fault, its verdict) follows the table, runtime by runtime.
"""

import math
from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.text import Text

from xverify.comparison.results import Comparison, LayerResult
from xverify.report import numbers, summary
from xverify.report.page import GAP, STYLES, Column, Grid, Page, in_a_row
from xverify.report.terminal import failures_with_neighbours, print_comparison, print_findings
from xverify.report.text import layer_name, short_names

_LAYOUTS = (
    ("layer", "operation", "shape"),
    ("short name", "operation", "shape"),
    ("short name", "shape"),
    ("short name",),
)
"""What stands before the runtimes' columns, the widest layout first."""


def print_comparisons(comparisons: Sequence[Comparison], console: Console, *, show_all: bool, verbose: bool) -> None:
    """Prints comparisons of one bundle; a single one as `print_comparison` does.

    Args:
        comparisons: One a runtime, all of the same bundle.
        console: Where to.
        show_all: Print every layer, not only those that fail somewhere and their neighbours.
        verbose: Print reasons and notes in full.
    """
    if len(comparisons) == 1:
        print_comparison(comparisons[0], console, show_all=show_all, verbose=verbose)
        return
    page = Page(console)
    everything = range(len(comparisons[0].layers))
    failing = sorted({place for comparison in comparisons for place in failures_with_neighbours(comparison)})
    if shown := everything if show_all else failing:
        _print_table(page, comparisons, shown)
    for comparison in comparisons:
        print_findings(page, comparison, verbose=verbose)


def _print_table(page: Page, comparisons: Sequence[Comparison], shown: Sequence[int]) -> None:
    layers = [comparisons[0].layers[place] for place in shown]
    cells = [_described(page, layer, short) for layer, short in zip(layers, short_names(layers), strict=True)]
    page.line()
    for line in _layout(page, cells, _runtimes(page, comparisons, shown)):
        page.line(line)
    if left_out := len(comparisons[0].layers) - len(shown):
        note = f"not shown: {numbers.count(left_out, 'layer')} that pass everywhere"
        page.paragraph(Text(note, "dim"), Text("... ", "dim"))


def _layout(page: Page, cells: Sequence[dict[str, Text]], right: Grid) -> Iterator[Text]:
    """The heading and the rows: beside each other where that fits, else each layer's names above its ratios."""
    for names in _LAYOUTS:
        left = Grid(_columns(names), [[cell[name] for name in names] for cell in cells])
        if page.fits(left.width + GAP + right.width):
            yield in_a_row([left.heading(), right.heading()])
            yield from (in_a_row(pair) for pair in zip(left.lines(), right.lines(), strict=True))
            return
    indent = Text(" " * GAP)
    yield indent + right.heading()
    for cell, line in zip(cells, right.lines(), strict=True):
        yield from page.wrapped(in_a_row([cell["short name"], cell["operation"], cell["shape"]]), hanging=4)
        yield indent + line


def _columns(names: Sequence[str]) -> list[Column]:
    return [Column("layer" if name == "short name" else name) for name in names]


def _described(page: Page, layer: LayerResult, short_name: str) -> dict[str, Text]:
    return {
        "layer": page.text(layer_name(layer)),
        "short name": page.text(short_name),
        "operation": page.text(layer.operation),
        "shape": Text(numbers.shape(layer.shape)),
    }


def _runtimes(page: Page, comparisons: Sequence[Comparison], shown: Sequence[int]) -> Grid:
    names = [page.text(comparison.against).plain for comparison in comparisons]
    columns = [column for name in names for column in (Column(name, number=True), Column("status"))]
    rows = [[cell for comparison in comparisons for cell in _cells(page, comparison.layers[place])] for place in shown]
    return Grid(columns, rows)


def _cells(page: Page, layer: LayerResult) -> tuple[Text, Text]:
    """The worst ratio among the layer's measures, and its status."""
    ratios = [measure.ratio for measure in summary.measures(layer).values()]
    worst = max(ratios, key=lambda ratio: math.inf if math.isnan(ratio) else ratio, default=None)
    word = summary.status_word(layer)
    return Text(numbers.ratio(worst), STYLES["FAILED"] if word == "FAILED" else ""), page.status(word)
