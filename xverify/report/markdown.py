"""Comparisons as Markdown, for a CI job's summary page: verdict, coverage, what fails, and all layers folded away."""

import re
from collections.abc import Sequence

from xverify.comparison.history import HistoryPoint, series
from xverify.comparison.results import Comparison, LayerResult, Measure
from xverify.report import faults, numbers, since_baseline, summary
from xverify.report.history import HEADINGS, cells, series_name, trend, word
from xverify.report.text import layer_name, one_line

MAX_FAILING = 50
"""Rows of the table of failing layers; the folded table has them all."""

_MARKS = {
    "passed": "✅",
    "PASSED": "✅",
    "FAILED": "❌",
    "NO REGRESSION": "☑️",
    "not compared": "⚠️",
    "permitted": "☑️",
}
# '_' inside a word is no markup, and layer ids are full of it. '&' and '<' would begin an HTML entity or a tag.
# '://' and 'www.' would become links.
_MARKUP = re.compile(r"[\\`*\[\]<>|~#]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|:(?=//)|(?<=www)\.", re.IGNORECASE)
# At the start of an item these would begin a list in the list.
_LIST_MARKER = re.compile(r"^(\d*)([-+=.)])")


def to_markdown(*comparisons: Comparison, history: Sequence[HistoryPoint] = (), every_layer: bool = True) -> bytes:
    """The comparisons as GitHub-flavoured Markdown in UTF-8, one after the other.

    Args:
        *comparisons: The comparisons.
        history: Comparisons by date, for a table at the end.
        every_layer: Whether the folded table of all layers is there.
    """
    sections = [_section(comparison, every_layer=every_layer) for comparison in comparisons]
    return "\n".join([*sections, *([_history(history)] if history else [])]).encode()


def _section(comparison: Comparison, *, every_layer: bool) -> str:
    blocks = [
        _verdict(comparison),
        _facts(summary.overview(comparison)),
        _fault(comparison),
        _failing(comparison),
        _items("Not compared", summary.remarks(summary.of_status(comparison, "not compared"))),
        _items("Not compared, permitted", summary.remarks(summary.of_status(comparison, "permitted"))),
        _items("Changed parameters", summary.changed_parameters(comparison)),
        _items("Problems", comparison.problems),
        _items("Notes", comparison.notes),
        *_baseline(comparison),
        _all_layers(comparison) if every_layer else "",
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def escape(text: str) -> str:
    r"""Text as itself: on one line, with no character that Markdown or HTML would interpret.

    >>> escape("a|b <i> layer_1 _x_")
    'a\\|b \\<i\\> layer_1 \\_x\\_'
    """
    return _MARKUP.sub(r"\\\g<0>", one_line(text).replace("&", "&amp;"))


def _verdict(comparison: Comparison) -> str:
    word = summary.verdict_word(comparison)
    subject = escape(f"{comparison.bundle} ({comparison.model}) against {comparison.against}")
    return f"## {_MARKS[word]} {summary.verdict(comparison)}: {subject}"


def _baseline(comparison: Comparison) -> list[str]:
    lists = since_baseline.lists(comparison.regressions) if comparison.regressions is not None else {}
    return [_items(title, entries) for title, entries in lists.items()]


def _facts(facts: Sequence[summary.Fact]) -> str:
    return "\n".join(f"- **{label}**: {escape(text)}" for label, text in facts)


def _items(title: str, entries: Sequence[str]) -> str:
    return "\n".join([f"### {title}\n", *map(_item, entries)]) if entries else ""


def _item(text: str) -> str:
    return "- " + _LIST_MARKER.sub(r"\1\\\2", escape(text))


def _fault(comparison: Comparison) -> str:
    layer = faults.faulty_layer(comparison)
    if layer is None:
        return ""
    return f"### {faults.fault_title(comparison)}\n\n{_facts(faults.fault_facts(comparison, layer))}"


def _failing(comparison: Comparison) -> str:
    failing = comparison.failed
    if not failing:
        return ""
    more = f"\n\nand {len(failing) - MAX_FAILING} more" if len(failing) > MAX_FAILING else ""
    return f"### Failing layers ({len(failing)})\n\n{_table(failing[:MAX_FAILING])}{more}"


def _all_layers(comparison: Comparison) -> str:
    title = f"All {numbers.count(len(comparison.layers), 'layer')}"
    return f"<details>\n<summary>{title}</summary>\n\n{_table(comparison.layers)}\n\n</details>"


def _table(layers: Sequence[LayerResult]) -> str:
    headings = "| layer | operation | shape | local error | accumulated error | status | reason |"
    return "\n".join([headings, "|---|---|---|---|---|---|---|", *map(_row, layers)])


def _row(layer: LayerResult) -> str:
    word = summary.status_word(layer)
    reason = f"{layer.permitted} [{layer.reason}]" if layer.permitted else layer.reason
    cells = [
        layer_name(layer),
        layer.operation,
        numbers.shape(layer.shape),
        _amount(layer.local),
        _amount(layer.accumulated),
    ]
    return "| " + " | ".join([*map(escape, cells), f"{_MARKS[word]} {word}", escape(reason)]) + " |"


def _amount(measure: Measure | None) -> str:
    return summary.amount(measure) if measure is not None else numbers.error(None)


def _history(points: Sequence[HistoryPoint]) -> str:
    lines = ["## History", "", f"| {' | '.join(HEADINGS)} |", f"|{'---|' * len(HEADINGS)}"]
    for point in points:
        row = [escape(cell) for cell in cells(point)]
        row[HEADINGS.index("verdict")] = f"{_MARKS[word(point)]} {word(point)}"
        lines.append(f"| {' | '.join(row)} |")
    trends = [f"- **{escape(series_name(key))}**: {escape(trend(part))}" for key, part in series(points).items()]
    return "\n".join([*lines, "", *trends, ""])
