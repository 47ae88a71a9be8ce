"""Where the boxes of a network's graph stand.

Layers stand in ranks: each below all that it reads (longest path). Within a rank the barycentre heuristic keeps branches apart. Deep
networks would be a thread; their ranks are folded into columns, like the lines of a newspaper, so that the whole is about as wide as a
page.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

BOX_WIDTH, BOX_HEIGHT = 158, 36
GAP_X, GAP_Y = 14, 20
GUTTER = 64
"""Between columns: for edges that pass layers by."""

ASPECT = 1.5
SWEEPS = 4


@dataclass(frozen=True)
class Box:
    """A node's place: its upper left corner, its column and its rank."""

    x: float
    y: float
    column: int
    rank: int


@dataclass(frozen=True)
class Layout:
    """All boxes, in the order of the nodes, and the size of the whole."""

    boxes: tuple[Box, ...]
    width: float
    height: float


def layout(reads: Sequence[Sequence[int]]) -> Layout:
    """Places nodes.

    Args:
        reads: For each node the nodes that it reads; each stands before it.
    """
    rank_of = ranks(reads)
    rows = _ordered(reads, rank_of)
    per_column = _rows_per_column(rows)
    boxes: list[Box | None] = [None] * len(reads)
    x = 0.0
    for column, start in enumerate(range(0, len(rows), per_column)):
        part = rows[start : start + per_column]
        width = max(map(len, part)) * (BOX_WIDTH + GAP_X) - GAP_X
        for line, row in enumerate(part):
            left = x + (width - (len(row) * (BOX_WIDTH + GAP_X) - GAP_X)) / 2
            for place, node in enumerate(row):
                y = line * (BOX_HEIGHT + GAP_Y)
                boxes[node] = Box(left + place * (BOX_WIDTH + GAP_X), y, column, start + line)
        x += width + GUTTER
    placed = tuple(box for box in boxes if box is not None)
    return Layout(placed, x - GUTTER, min(per_column, len(rows)) * (BOX_HEIGHT + GAP_Y) - GAP_Y)


def ranks(reads: Sequence[Sequence[int]]) -> list[int]:
    """The length of the longest path to each node. What reads nothing stands just above its first reader."""
    found: list[int] = []
    for node in reads:
        found.append(max((found[source] + 1 for source in node), default=0))
    for place in range(len(reads) - 1, -1, -1):
        if not reads[place]:
            readers = [found[other] for other, sources in enumerate(reads) if place in sources]
            found[place] = max(min(readers, default=1) - 1, 0)
    return found


def _ordered(reads: Sequence[Sequence[int]], rank_of: Sequence[int]) -> list[list[int]]:
    rows: list[list[int]] = [[] for _ in range(max(rank_of, default=0) + 1)]
    for node, rank in enumerate(rank_of):
        rows[rank].append(node)
    rows = [row for row in rows if row]
    readers: list[list[int]] = [[] for _ in reads]
    for node, sources in enumerate(reads):
        for source in sources:
            readers[source].append(node)
    if max(map(len, rows)) == 1:
        return rows
    position = {node: float(place) for row in rows for place, node in enumerate(row)}
    for sweep in range(SWEEPS):
        near: Sequence[Sequence[int]] = readers if sweep % 2 else reads
        for row in rows[::-1] if sweep % 2 else rows:
            row.sort(key=lambda node: _barycentre(node, near, position))
            position.update({node: place - len(row) / 2 for place, node in enumerate(row)})
    return rows


def _barycentre(node: int, near: Sequence[Sequence[int]], position: dict[int, float]) -> float:
    places = [position[other] for other in near[node]]
    return sum(places) / len(places) if places else position[node]


def _rows_per_column(rows: Sequence[Sequence[int]]) -> int:
    """So many that the whole is `ASPECT` times as wide as high."""
    mean = sum(map(len, rows)) / len(rows)
    column = mean * (BOX_WIDTH + GAP_X) + GUTTER
    fits = math.sqrt(len(rows) * column / (ASPECT * (BOX_HEIGHT + GAP_Y)))
    return max(math.ceil(len(rows) / max(round(len(rows) / fits), 1)), 1)
