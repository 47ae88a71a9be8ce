"""Runs of layers that belong together, by the beginning of their module path: what charts and the graph are labelled with."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from xverify.comparison.results import LayerResult
from xverify.report.text import one_line

MAX_GROUPS = 16
"""More labels than this are no help."""

MAX_DEPTH = 4


@dataclass(frozen=True)
class Group:
    """Layers `first` to `last` (the last included) whose module path begins with `label`."""

    label: str
    first: int
    last: int


def groups(layers: Sequence[LayerResult]) -> list[Group]:
    """The finest grouping by module path that is still a summary.

    A layer without a module path belongs to the group of the layer before it: it is a step of the same code.
    """
    paths = _filled([one_line(layer.module_path).split(".") if layer.module_path else [] for layer in layers])
    found = _at_depth(paths, 1)
    for depth in range(2, MAX_DEPTH + 1):
        finer = _at_depth(paths, depth)
        if len(finer) > min(MAX_GROUPS, max(len(layers) // 3, 1)):
            break
        found = finer
    return found


def _filled(paths: list[list[str]]) -> list[list[str]]:
    last: list[str] = []
    for place, path in enumerate(paths):
        last = paths[place] = path or last
    return paths


def _at_depth(paths: Sequence[list[str]], depth: int) -> list[Group]:
    found = []
    for label, members in groupby(enumerate(paths), key=lambda item: ".".join(item[1][:depth])):
        places = [place for place, _ in members]
        found.append(Group(label, places[0], places[-1]))
    return found
