"""A failed comparison as the message of a failed test: the verdict first, then where, why, how much, and what to type next.

It is shorter than the terminal's report: a test log holds many, and its reader wants the layer, its line and its cause.
"""

import io
import math
from collections.abc import Sequence

from rich.console import Console

from xverify.comparison.results import Comparison, LayerResult, Measure
from xverify.report import faults, numbers, summary
from xverify.report.page import Column, Grid, Page
from xverify.report.summary import Fact
from xverify.report.text import layer_name, one_line, printable

MAX_WORST = 5
"""Failing layers in the table; everything downstream of one fault fails."""


def failure_text(comparison: Comparison, more: Sequence[Fact] = ()) -> str:
    """The message, as plain lines: no control characters, none that a CI system takes for a command.

    Args:
        comparison: One that did not pass.
        more: What to say last: how to see more, where the bundle is.
    """
    text = io.StringIO()
    page = Page(Console(file=text, force_terminal=False, color_system=None))
    page.line(page.text(headline(comparison)))
    faulty = faults.faulty_layer(comparison)
    if faulty is not None:
        page.heading(faults.fault_title(comparison))
        page.facts(_fault_facts(comparison, faulty))
    page.items(f"Changed parameters ({len(comparison.parameters.changed)})", summary.changed_parameters(comparison))
    page.items("Not compared", summary.remarks(summary.of_status(comparison, "not compared")))
    page.items("Problems", comparison.problems)
    _print_worst(page, comparison)
    if more:
        page.line()
        page.facts(more)
    return printable(text.getvalue().rstrip("\n"))


def headline(comparison: Comparison) -> str:
    """The verdict on one line, with the layer to look at: test runners show this line alone in their summaries."""
    layer = faults.faulty_layer(comparison)
    where = ""
    if layer is not None:
        place = _place(layer)
        where = f"{faults.fault_title(comparison)} {layer_name(layer)}{f' ({place})' if place else ''}: "
    subject = f"{comparison.model} against {comparison.against} {summary.verdict_word(comparison)}"
    return one_line(f"{where}{subject}, {summary.coverage(comparison)}")


def _fault_facts(comparison: Comparison, layer: LayerResult) -> list[Fact]:
    first, *others = faults.fault_facts(comparison, layer)
    source = [Fact("source", one_line(layer.source_line))] if layer.source_line else []
    return [first, *source, *others]


def _print_worst(page: Page, comparison: Comparison) -> None:
    failing = summary.of_status(comparison, "FAILED")
    if len(failing) < 2:  # the one that fails stands above already
        return
    worst = sorted(failing, key=_severity, reverse=True)[:MAX_WORST]
    page.heading(f"Worst of {len(failing)} failing layers")
    names = ("layer", "operation", "local", "of allowed", "accumulated", "of allowed", "source")
    columns = [Column(name, number=name in {"local", "accumulated", "of allowed"}) for name in names]
    rows = []
    for layer in worst:
        cells = [layer_name(layer), layer.operation, *_cells(layer.local), *_cells(layer.accumulated), _place(layer)]
        rows.append([page.text(cell) for cell in cells])
    grid = Grid(columns, rows)
    for line in (grid.heading(), *grid.lines()):
        line.pad_left(2)
        page.line(line)


def _severity(layer: LayerResult) -> tuple[bool, float]:
    """Layers that are wrong by themselves come first, then those that are furthest beyond what is allowed."""
    ratios = [math.inf if math.isnan(measure.ratio) else measure.ratio for measure in summary.measures(layer).values()]
    return layer.local is not None and not layer.local.passed, max(ratios, default=math.inf)


def _cells(measure: Measure | None) -> tuple[str, str]:
    if measure is None:
        return "-", "-"
    return numbers.error(measure.error), numbers.ratio(measure.ratio)


def _place(layer: LayerResult) -> str:
    """'models/net.py:12' of 'models/net.py:12: code'."""
    return ":".join(one_line(layer.source_line).split(":")[:2])
