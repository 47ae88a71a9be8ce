"""The table of layers: its columns, and each layer's cells and details. Several runtimes share a row."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from xverify.comparison.results import Comparison, LayerResult, Measure
from xverify.report import numbers, summary
from xverify.report.html.states import State, all_states, worst
from xverify.report.summary import Fact
from xverify.report.text import one_line


class Column(NamedTuple):
    """A column: its heading, the heading above it, and its class: what it holds and whether a narrow screen shows it."""

    heading: str
    above: str
    css: str
    narrow: str = ""
    """What a narrow screen, which leaves the upper headings out, shows before the heading."""


class Cell(NamedTuple):
    """A cell: its text, a smaller second line, and a class for what is beyond its allowance."""

    text: str
    second: str = ""
    css: str = ""


class Row(NamedTuple):
    """One layer: its cells, what opens below it, and the state that the filter and the colour follow."""

    cells: tuple[Cell, ...]
    facts: tuple[Fact, ...]
    state: State


_ALLOWANCE = (("error", "error"), ("allowed", "allowed"), ("of allowed", "share"))
_LEADING = (
    Column("layer", "PyTorch", "text name"),
    Column("operation", "PyTorch", "text wide"),
    Column("layer", "MATLAB", "text wide matlab"),
    Column("shape", "", "text wide shape"),
)


def columns(comparisons: Sequence[Comparison]) -> list[Column]:
    """The columns after the layer's place."""
    if len(comparisons) == 1:
        measured = [
            Column(
                heading, f"{kind} error", f"number{'' if key == 'share' else ' wide'}", kind if key == "share" else ""
            )
            for kind in ("local", "accumulated")
            for heading, key in _ALLOWANCE
        ]
        return [*_LEADING, *measured, Column("status", "", "text status")]
    return [*_LEADING, *(column for comparison in comparisons for column in _of_runtime(comparison))]


def _of_runtime(comparison: Comparison) -> Iterator[Column]:
    for heading in ("local", "accumulated"):
        yield Column(heading, one_line(comparison.against), "number wide")
    yield Column("of allowed", one_line(comparison.against), "number wide")
    yield Column("status", one_line(comparison.against), "text status", one_line(comparison.against).split(" ")[0])


def rows(comparisons: Sequence[Comparison]) -> Iterator[Row]:
    """A row for each layer."""
    for results, states in zip(
        zip(*(comparison.layers for comparison in comparisons), strict=True),
        zip(*map(all_states, comparisons), strict=True),
        strict=True,
    ):
        layer = results[0]
        measured = _measured(results, states) if len(comparisons) == 1 else _side_by_side(results, states)
        facts = (*_about(layer), *_found(comparisons, results))
        yield Row((*_leading(layer), *measured), facts, worst(states))


def _leading(layer: LayerResult) -> Iterator[Cell]:
    yield Cell(one_line(layer.module_path) or one_line(layer.id))
    yield Cell(one_line(layer.operation))
    yield Cell(one_line(layer.id), one_line(layer.matlab_layer))
    yield Cell(numbers.shape(layer.shape), one_line(layer.dims))


def _measured(results: Sequence[LayerResult], states: Sequence[State]) -> Iterator[Cell]:
    (layer,), (state,) = results, states
    for measure in (layer.local, layer.accumulated):
        if measure is None:
            yield from [Cell("-")] * 3
        else:
            css = "" if measure.passed else "over"
            yield Cell(numbers.error(measure.error), css=css)
            yield Cell(numbers.error(measure.allowed))
            yield Cell(numbers.ratio(measure.ratio), css=css)
    yield _status(layer, state)


def _side_by_side(results: Sequence[LayerResult], states: Sequence[State]) -> Iterator[Cell]:
    for layer, state in zip(results, states, strict=True):
        for measure in (layer.local, layer.accumulated):
            yield Cell(
                numbers.error(measure.error if measure else None), css="over" if measure and not measure.passed else ""
            )
        worst_measure = _worst(layer)
        yield Cell(
            numbers.ratio(worst_measure.ratio if worst_measure else None),
            css="over" if worst_measure and not worst_measure.passed else "",
        )
        yield _status(layer, state)


def _worst(layer: LayerResult) -> Measure | None:
    """The measure that is nearest to its allowance, or furthest beyond."""
    return max(summary.measures(layer).values(), key=summary.severity, default=None)


def _status(layer: LayerResult, state: State) -> Cell:
    return Cell(f"{state.symbol} {summary.status_word(layer)}", css=f"state {state.css}")


def _about(layer: LayerResult) -> Iterator[Fact]:
    """What is the same for every runtime."""
    if layer.source_line:
        yield Fact("source", one_line(layer.source_line))
    if layer.alias_of:
        yield Fact("same value as", one_line(layer.alias_of))
    if layer.inputs:
        yield Fact("reads", ", ".join(map(one_line, layer.inputs)))
    yield Fact("allowed because", one_line(layer.tolerance_reason) or "not recorded")


def _found(comparisons: Sequence[Comparison], results: Sequence[LayerResult]) -> Iterator[Fact]:
    for comparison, layer in zip(comparisons, results, strict=True):
        where = f"{one_line(comparison.against)}: " if len(comparisons) > 1 else ""
        if layer.reason:
            yield Fact(f"{where}reason", one_line(layer.reason))
        if layer.permitted:
            yield Fact(f"{where}permitted", one_line(layer.permitted))
        if layer.inherited_from:
            yield Fact(f"{where}inherited from", ", ".join(map(one_line, layer.inherited_from)))
        for kind, measure in summary.measures(layer).items():
            yield Fact(f"{where}{summary.KINDS[kind]}", summary.in_full(measure))
