"""What colour and shape stand for: a layer's state as a reader tells it apart, also in grey.

A failing layer that is wrong by itself is another thing than one that only inherits an error, so they look different.
"""

from collections.abc import Sequence
from typing import NamedTuple

from xverify.comparison.results import Comparison, LayerResult
from xverify.report import summary


class State(NamedTuple):
    """A state: its class in the style sheet, its symbol, and its words in the legend."""

    css: str
    symbol: str
    words: str


STATES = {
    "fault": State("fault", "\N{BALLOT X}", "failed, where a fault begins"),
    "failed": State("failed", "\N{BALLOT X}", "failed otherwise"),
    "not compared": State("open", "!", "not compared"),
    "permitted": State("permitted", "~", "not compared, permitted"),
    "passed": State("passed", "\N{CHECK MARK}", "passed"),
}
"""The worst first."""


def state(layer: LayerResult, faults: frozenset[str]) -> State:
    """A layer's state; `faults` are the ids of the layers where faults begin."""
    word = summary.status_word(layer)
    if word == "FAILED":
        return STATES["fault" if layer.id in faults else "failed"]
    return STATES[word]


def all_states(comparison: Comparison) -> list[State]:
    """The states of all layers."""
    faults = frozenset(comparison.faults)
    return [state(layer, faults) for layer in comparison.layers]


def worst(found: Sequence[State]) -> State:
    """The worst of some states."""
    order = list(STATES.values())
    return min(found, key=order.index)
