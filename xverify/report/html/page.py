"""Comparisons as one self-contained HTML page: what an engineer attaches to a review or a safety case.

The page loads nothing and sends nothing: styles, script and pictures are inside, and its Content-Security-Policy forbids the rest.
Verdict, faults, charts and table are there without JavaScript and on paper; the script sorts, filters, pages and zooms.
Text from a model is hostile until escaped: the template escapes every value, `markup.tag` every drawing, `_embedded` the data.
"""

import base64
import hashlib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from itertools import groupby
from typing import Any

import msgspec
from jinja2 import Environment, FunctionLoader, StrictUndefined, Template
from markupsafe import Markup

from xverify.comparison.history import HistoryPoint
from xverify.comparison.results import Comparison, LayerDetail, LayerResult
from xverify.report import faults, numbers, since_baseline, summary
from xverify.report.extra import IMPORTER, NOT_PREDICTED, Extra
from xverify.report.html import figures
from xverify.report.html.depth_chart import depth_chart, legend_words
from xverify.report.html.graph import MAX_NODES, graph
from xverify.report.html.markup import tag
from xverify.report.html.rows import Cell, Row, columns, rows
from xverify.report.html.states import STATES
from xverify.report.summary import Fact
from xverify.report.text import layer_name, one_line

MAX_STATIC = 1000
"""Layers whose rows are all on the page; a table of more is paged by the script."""

PAGE_ROWS = 500
"""Rows of one page of a paged table."""

_CSS = {"PASSED": "passed", "FAILED": "failed", "NO REGRESSION": "known"}
_SYMBOLS = {"PASSED": "\N{CHECK MARK}", "FAILED": "\N{BALLOT X}", "NO REGRESSION": "~"}
"""Class and symbol of a verdict."""

_LEAD = ("cause", "or", "fix", "next")
"""What of a fault's facts stands first, in this order."""

_FOLDER = files("xverify.report.html")


def to_html(*comparisons: Comparison, history: Sequence[HistoryPoint] = (), extras: Sequence[Extra] = ()) -> bytes:
    """Comparisons as a page in UTF-8: those of one bundle side by side, several bundles one after the other.

    Args:
        *comparisons: What to show; those of one bundle stand together.
        history: Earlier comparisons, the oldest first.
        extras: Results that stand beside: the importer's findings, the weights, the data set.
    """
    style, script = _read("style.css"), _read("script.js")
    groups = [_group(members, str(place)) for place, members in enumerate(_bundles(comparisons))]
    page = _template("report.html.j2").render(
        _WORDS,
        groups=groups,
        title=groups[0].title if len(groups) == 1 else numbers.count(len(groups), "bundle"),
        word=_overall(comparisons),
        on_own_inputs=any(comparison.on_own_inputs for comparison in comparisons),
        policy=f"default-src 'none'; img-src data:; style-src {_hash(style)}; script-src {_hash(script)}; "
        "base-uri 'none'; form-action 'none'",
        style=Markup(style),  # noqa: S704 - our own file
        script=Markup(script),  # noqa: S704 - our own file
        **_history(history),
        extras=[*extras, *([] if any(extra.title.startswith(IMPORTER) for extra in extras) else [NOT_PREDICTED])],
    )
    return page.encode()


def _history(history: Sequence[HistoryPoint]) -> dict[str, Any]:
    if not history:
        return {"history": ()}
    from xverify.report.history import HEADINGS, cells  # noqa: PLC0415 - it imports rich, which takes longer than the page

    return {"history": history, "history_headings": HEADINGS, "history_cells": cells}


def _bundles(comparisons: Sequence[Comparison]) -> list[list[Comparison]]:
    """Neighbours that compare the same layers of the same bundle."""

    def key(comparison: Comparison) -> tuple[str, list[str]]:
        return comparison.bundle_id, [layer.id for layer in comparison.layers]

    return [[*members] for _, members in groupby(comparisons, key)]


class _Group(msgspec.Struct):
    """The part of the page that belongs to one bundle."""

    title: str
    word: str
    faults: bool
    body: Markup


def _group(comparisons: Sequence[Comparison], key: str) -> _Group:
    table = [*rows(comparisons)]
    static = len(table) if len(table) <= MAX_STATIC else PAGE_ROWS
    faulty = [found for comparison in comparisons if (found := _faults(comparison))]
    word = _overall(comparisons)
    body = _template("group.html.j2").render(
        _WORDS,
        key=key,
        comparisons=comparisons,
        first=comparisons[0],
        word=word,
        faults=faulty,
        charts=[(c, depth_chart(c, key), legend_words(c)) for c in comparisons],
        graph=graph(comparisons, key),
        max_nodes=MAX_NODES,
        counts=_counts(table),
        bar=_status_bar(table),
        columns=columns(comparisons),
        headings=_headings(comparisons),
        rows=table[:static],
        total=len(table),
        data=_embedded(table[static:]) if static < len(table) else "",
        page_rows=PAGE_ROWS,
    )
    return _Group(comparisons[0].bundle, word, bool(faulty), Markup(body))  # noqa: S704 - made by a template that escapes


def _overall(comparisons: Sequence[Comparison]) -> str:
    """The worst verdict."""
    words = {summary.verdict_word(comparison) for comparison in comparisons}
    return next((word for word in ("FAILED", "NO REGRESSION") if word in words), "PASSED")


_WORDS: dict[str, Any] = {
    "css": _CSS, "symbols": _SYMBOLS, "states": STATES, "summary": summary, "numbers": numbers,
    "since_baseline": since_baseline,
}  # fmt: skip
"""What all templates use."""


@cache
def _environment() -> Environment:
    return Environment(
        loader=FunctionLoader(_read), autoescape=True, finalize=_clean, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip


def _template(name: str) -> Template:
    return _environment().get_template(name)


def _read(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


def _clean(value: Any) -> Any:
    """Every text on one line and without control characters, before it is escaped; drawings are clean already."""
    return one_line(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _hash(source: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()}'"


class _Figures(msgspec.Struct):
    """The pictures of one layer's error."""

    detail: LayerDetail
    histogram: Markup
    channels: Markup
    channel_words: str
    positions: Markup
    legend: Markup
    batch: str
    worst: list[tuple[str, str, str, str]]


class _Fault(msgspec.Struct):
    """A layer that is wrong, and all that helps with it."""

    name: str
    place: int
    lead: list[Fact]
    """Cause and fix, or what to do next: what a reader looks for first."""
    facts: list[Fact]
    figures: _Figures | None


class _Faults(msgspec.Struct):
    """The faults of one comparison, the first one first."""

    against: str
    title: str
    layers: list[_Fault]


def _faults(comparison: Comparison) -> _Faults | None:
    first = faults.faulty_layer(comparison)
    if first is None:
        return None
    details = {detail.layer: detail for detail in comparison.details}
    found = [_fault(comparison, first, details.get(first.id))]
    for layer in comparison.layers:
        if layer.id in details and layer.id != first.id:
            fault = _fault(comparison, layer, details[layer.id])
            fault.facts = [fact for fact in fault.facts if fact.label != "also wrong"]
            found.append(fault)
    return _Faults(comparison.against, faults.fault_title(comparison), found)


def _fault(comparison: Comparison, layer: LayerResult, detail: LayerDetail | None) -> _Fault:
    facts = faults.fault_facts(comparison, layer)
    if layer.source_line:
        facts.insert(1, Fact("source", layer.source_line))
    place = comparison.layers.index(layer)
    lead = sorted((fact for fact in facts if fact.label in _LEAD), key=lambda fact: _LEAD.index(fact.label))
    facts = [fact for fact in facts if fact.label not in _LEAD]
    return _Fault(layer_name(layer), place, lead, facts, None if detail is None else _figures(detail))


def _figures(detail: LayerDetail) -> _Figures:
    return _Figures(
        detail=detail,
        histogram=figures.histogram(detail),
        channels=figures.channel_bars(detail.channels),
        channel_words=figures.channel_words(detail.channels),
        positions=figures.position_map(detail.positions),
        legend=figures.map_legend(detail.positions) if detail.positions else Markup(),
        batch=", ".join(f"{place}: {numbers.error(error)}" for place, error in enumerate(detail.batch[:16])),
        worst=[
            (
                numbers.index(item.index),
                numbers.value(item.actual),
                numbers.value(item.expected),
                numbers.error(abs(item.actual - item.expected)),
            )
            for item in detail.worst
        ],
    )  # fmt: skip


def _counts(table: Sequence[Row]) -> list[tuple[str, int]]:
    """How many layers are in each state that occurs."""
    css = [row.state.css for row in table]
    return [(name, css.count(state.css)) for name, state in STATES.items() if state.css in css]


def _status_bar(table: Sequence[Row]) -> Markup:
    """The states' shares of the layers, as one bar."""
    x, parts = 0.0, []
    for name, count in reversed(_counts(table)):
        width = max(1000 * count / len(table), 4.0)
        parts.append(tag("rect", class_=f"share {STATES[name].css}", x=x, y=0, width=width, height=10))
        x += width
    return tag("svg", *parts, class_="bar", viewBox=f"0 0 {x:.1f} 10", preserveAspectRatio="none", aria_hidden="true")


def _headings(comparisons: Sequence[Comparison]) -> list[tuple[str, int, str]]:
    """The upper row of headings: text, how many columns it spans, and the class of the first of them."""
    found: list[tuple[str, int, str]] = []
    for column in columns(comparisons):
        if found and column.above and found[-1][0] == column.above:
            found[-1] = (column.above, found[-1][1] + 1, found[-1][2])
        else:
            found.append((column.above, 1, column.css))
    return found


def _embedded(table: Sequence[Row]) -> Markup:
    """Rows as JSON that no parser of HTML can leave: '<' and '&' are escaped. Texts that repeat are stored once."""
    texts: dict[str, int] = {}

    def place(text: str) -> int:
        return texts.setdefault(text, len(texts))

    plain = [
        [
            [_plain(cell) for cell in row.cells],
            [place(text) for fact in row.facts for text in fact],
            row.state.css,
        ]
        for row in table
    ]
    encoded = msgspec.json.encode({"texts": list(texts), "rows": plain}).decode()
    return Markup(encoded.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))  # noqa: S704


def _plain(cell: Cell) -> str | list[str]:
    return list(cell) if cell.second or cell.css else cell.text
