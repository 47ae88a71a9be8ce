"""What every format says about a comparison beside an older one: what is worse, what was known, what is better."""

from collections.abc import Sequence

from xverify.comparison.results import Regressions
from xverify.report import numbers
from xverify.report.text import one_line

MAX_KNOWN = 20
"""Failures known since the baseline that are listed; the rest is counted."""


def counts(regressions: Regressions | None) -> list[str]:
    """How many failures are worse, and how many were known; nothing without a baseline."""
    if regressions is None:
        return []
    found, known = numbers.count(len(regressions.found), "regression"), len(regressions.known)
    return [*([found] if regressions.found else []), *([numbers.count(known, "known failure")] if known else [])]


def in_short(regressions: Regressions) -> str:
    """The baseline, and what changed since."""
    name = ", ".join(filter(None, map(one_line, (regressions.baseline, regressions.against, regressions.date))))
    counted = counts(regressions) if regressions.found else ["nothing worse", *counts(regressions)]
    better = [f"{len(regressions.improved)} better: the baseline can be renewed"] if regressions.improved else []
    return f"{name}: {', '.join([*counted, *better])}"


def lists(regressions: Regressions) -> dict[str, list[str]]:
    """What is worse than in the baseline, what was known, what is better, and what it may hide: title -> entries."""
    worse = [_of_layer(item.layer, f"{one_line(item.statement)} [{one_line(item.kind)}]") for item in regressions.found]
    known = [_of_layer(item.layer, one_line(item.statement)) for item in regressions.known[:MAX_KNOWN]]
    better = [one_line(name) for name in regressions.improved[:MAX_KNOWN]]
    titled = {
        f"Regressions ({len(worse)})": worse,
        f"Known since the baseline ({len(regressions.known)})": [*known, *_rest(regressions.known)],
        f"Better than the baseline ({len(regressions.improved)})": [*better, *_rest(regressions.improved)],
        "What the baseline may hide": [one_line(note) for note in regressions.notes],
    }
    return {title: entries for title, entries in titled.items() if entries}


def _of_layer(layer: str, text: str) -> str:
    return f"{one_line(layer)}: {text}" if layer else text


def _rest(items: Sequence[object]) -> list[str]:
    return [f"and {len(items) - MAX_KNOWN} more"] if len(items) > MAX_KNOWN else []
