"""The worst ratio over many comparisons: a table, and a line of small bars for each model and runtime."""

import math
from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from xverify.comparison.history import HistoryPoint, series
from xverify.report import numbers
from xverify.report.page import STYLES, Column, Grid, Page
from xverify.report.text import one_line

_BARS = "▁▂▃▄▅▆▇█"
_ASCII_BARS = "_.-=+*%@"

HEADINGS = ("run", "date", "against", "verdict", "compared", "worst ratio", "in layer")


def sparkline(values: Sequence[float | None], bars: str = _BARS) -> str:
    """A bar for each ratio, on a logarithmic scale from the smallest to the largest; '!' is NaN or Inf, '.' not measured.

    >>> sparkline([0.1, 1.0, 10.0, None, math.inf])
    '▁▅█.!'
    """
    sizes = [math.log10(value) for value in values if value and math.isfinite(value)]
    low, high = (min(sizes), max(sizes)) if sizes else (0.0, 0.0)
    return "".join(_bar(value, low, high, bars) for value in values)


def _bar(value: float | None, low: float, high: float, bars: str) -> str:
    if value is None:
        return "."
    if not math.isfinite(value):
        return "!"
    if value <= 0 or high == low:
        return bars[0]
    return bars[min(int((math.log10(value) - low) / (high - low) * len(bars)), len(bars) - 1)]


def print_history(points: Sequence[HistoryPoint], console: Console) -> None:
    """Prints the table, the oldest comparison first, and each series' line.

    Args:
        points: The comparisons by date.
        console: Where to.
    """
    page = Page(console)
    page.heading("History")
    page.line()
    rows = [[page.text(cell) for cell in cells(point)] for point in points]
    for row, point in zip(rows, points, strict=True):
        row[3] = page.status(word(point))
        row[5].stylize("" if point.passed else STYLES["FAILED"])
    columns = [Column(name, number=name in {"compared", "worst ratio"}) for name in HEADINGS]
    grid = Grid(columns, rows)
    if page.fits(grid.width):
        for line in [grid.heading(), *grid.lines()]:
            page.line(line)
    else:
        for row in rows:
            page.paragraph(Text("  ").join(row[3:]), Text("  ").join(row[:3]) + Text("  "))
    page.line()
    bars = _BARS if console.encoding.startswith("utf") else _ASCII_BARS
    page.facts([(series_name(key), trend(part, bars)) for key, part in series(points).items()])


def trend(points: Sequence[HistoryPoint], bars: str = _BARS) -> str:
    """The line of bars, and the first and the last ratio."""
    ratios = [point.worst_ratio for point in points]
    return f"{sparkline(ratios, bars)}  worst ratio {numbers.ratio(ratios[0])} -> {numbers.ratio(ratios[-1])}"


def series_name(key: tuple[str, str]) -> str:
    """A model and a runtime."""
    return one_line(" against ".join(key))


def word(point: HistoryPoint) -> str:
    """The verdict."""
    return "PASSED" if point.passed else "FAILED"


def cells(point: HistoryPoint) -> list[str]:
    """What stands under `HEADINGS`, as it was given."""
    return [
        point.label,
        point.date or "-",
        point.against,
        word(point),
        f"{point.compared}/{point.total}",
        numbers.ratio(point.worst_ratio),
        point.worst_layer or "-",
    ]
