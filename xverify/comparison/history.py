"""Comparisons over time: of each the verdict, the coverage and the worst ratio, the oldest first."""

import math
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from xverify.comparison.baseline import runtime_of
from xverify.comparison.results import Comparison, LayerResult, Record, Status

Runs = Sequence[tuple[str, Sequence[Comparison]]]
"""What each run is called, and its comparisons."""


class HistoryPoint(Record, frozen=True):
    """One comparison."""

    label: str
    date: str
    """ISO 8601, in UTC; '' where it was not recorded."""
    against: str
    model: str
    passed: bool
    compared: int
    total: int
    worst_ratio: float | None
    """Error over allowance, of the measures that decided: at most 1 where all passed. Inf where a value must be equal and is not,
    NaN where NaN stands at other places, None where nothing was measured."""
    worst_layer: str
    """Its id; '' where nothing was measured."""


def history_of(runs: Runs) -> tuple[HistoryPoint, ...]:
    """A point for every comparison, by date; what has no date comes first, in the given order."""
    pairs = [(label, comparison) for label, comparisons in runs for comparison in comparisons]
    return tuple(_point(label, comparison) for label, comparison in sorted(pairs, key=lambda pair: _when(pair[1])))


def newest(runs: Runs) -> tuple[Comparison, ...]:
    """The newest comparison with each runtime, of the bundle that was compared last; in the order of their dates."""
    ordered = sorted((comparison for _, comparisons in runs for comparison in comparisons), key=_when)
    if not ordered:
        return ()
    last: dict[tuple[str, str], Comparison] = {}
    for comparison in ordered:
        if comparison.bundle_id == ordered[-1].bundle_id:
            last[runtime_of(comparison.against)] = comparison
    return tuple(comparison for comparison in ordered if any(comparison is kept for kept in last.values()))


def series(points: Sequence[HistoryPoint]) -> dict[tuple[str, str], list[HistoryPoint]]:
    """The points of each model and runtime, whatever its version."""
    found: dict[tuple[str, str], list[HistoryPoint]] = {}
    for point in points:
        found.setdefault((point.model, " ".join(filter(None, runtime_of(point.against)))), []).append(point)
    return found


def _when(comparison: Comparison) -> float:
    """Seconds since 1970; before everything where there is no date."""
    try:
        date = datetime.fromisoformat(comparison.date)
    except ValueError:
        return -math.inf
    return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()


def _point(label: str, comparison: Comparison) -> HistoryPoint:
    ratios = [(ratio, layer.id) for layer in comparison.layers for ratio in _decided(layer)]
    worst, name = max(ratios, key=lambda pair: (math.isnan(pair[0]), pair[0]), default=(None, ""))
    return HistoryPoint(
        label=label,
        date=comparison.date,
        against=comparison.against,
        model=comparison.model,
        passed=comparison.passed,
        compared=comparison.coverage.compared,
        total=comparison.coverage.total,
        worst_ratio=worst,
        worst_layer=name,
    )


def _decided(layer: LayerResult) -> Iterator[float]:
    """The ratios that decided on a layer: not that of a rounding which proves nothing, nor of what was not compared."""
    if layer.status is Status.NOT_COMPARED:
        return
    for measure in (layer.local, layer.accumulated, layer.optimised):
        if measure is not None and (measure.passed or layer.status is Status.FAILED):
            yield measure.ratio
