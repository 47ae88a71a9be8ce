"""The network as a graph: a box a layer, its colour and symbol the worst status that any runtime gave it."""

from collections.abc import Iterator, Sequence

from markupsafe import Markup

from xverify.comparison.results import Comparison, LayerResult
from xverify.report import numbers, summary
from xverify.report.html.graph_layout import BOX_HEIGHT, BOX_WIDTH, GAP_Y, Box, layout
from xverify.report.html.groups import groups
from xverify.report.html.markup import joined, number, tag
from xverify.report.html.states import State, all_states, worst
from xverify.report.text import layer_name, one_line, short_names

MAX_NODES = 3000
"""A picture of more says nothing."""

MARGIN = 26
CHARACTERS = 19
"""Of a name that fit into a box."""


def graph(comparisons: Sequence[Comparison], key: str) -> Markup:
    """The graph of comparisons of one bundle, whose boxes lead to the rows of `key`; empty where it is too large or not known."""
    layers = comparisons[0].layers
    if not layers or len(layers) > MAX_NODES or not any(layer.inputs for layer in layers):
        return Markup()
    inputs = _inputs(layers)
    reads = _reads(inputs, layers)
    placed = layout(reads)
    states = [worst(found) for found in zip(*map(all_states, comparisons), strict=True)]
    bad = {len(inputs) + place for place, state in enumerate(states) if state.css in {"fault", "failed"}}
    boxes = placed.boxes
    parts = [*_backgrounds(layers, boxes[len(inputs) :])]
    parts += [
        _edge(boxes[source], boxes[node], bad=source in bad and node in bad)
        for node, sources in enumerate(reads)
        for source in sources
    ]
    parts += [_input(name, box) for name, box in zip(inputs, boxes, strict=False)]
    described = zip(layers, short_names(layers), states, boxes[len(inputs) :], strict=True)
    parts += [_node(comparisons, f"{key}-{place}", place, *item) for place, item in enumerate(described)]
    width, height = placed.width + 2 * MARGIN, placed.height + 2 * MARGIN
    dense = sum(map(len, reads)) > 2 * len(reads)
    return tag(
        "svg",
        *parts,
        class_="graph dense" if dense else "graph",
        viewBox=f"-{MARGIN} -{MARGIN} {number(width)} {number(height)}",
        data_width=number(width),
        data_height=number(height),
        role="group",
        tabindex=0,
        aria_label="The network's layers and what each reads; the table of layers holds the same",
    )


def _inputs(layers: Sequence[LayerResult]) -> list[str]:
    """What is read and is no layer: the network's inputs, in the order in which they are met."""
    known = {layer.id for layer in layers}
    return list(dict.fromkeys(name for layer in layers for name in layer.inputs if name not in known))


def _reads(inputs: Sequence[str], layers: Sequence[LayerResult]) -> list[list[int]]:
    """What each node reads, the inputs first. A layer that claims to read a later one (a broken file) is not believed."""
    place = {name: number for number, name in enumerate(inputs)}
    reads: list[list[int]] = [[] for _ in inputs]
    for layer in layers:
        reads.append(sorted({place[name] for name in layer.inputs if name in place}))
        place.setdefault(layer.id, len(reads) - 1)
    return reads


def _backgrounds(layers: Sequence[LayerResult], boxes: Sequence[Box]) -> Iterator[Markup]:
    """A tint behind each group, column by column, and its name above."""
    for group in groups(layers):
        members = boxes[group.first : group.last + 1]
        for column in sorted({box.column for box in members}):
            part = [box for box in members if box.column == column]
            left, right = min(box.x for box in part) - 7, max(box.x for box in part) + BOX_WIDTH + 7
            top, bottom = min(box.y for box in part) - 15, max(box.y for box in part) + BOX_HEIGHT + 5
            yield tag("rect", class_="cluster", x=left, y=top, width=right - left, height=bottom - top, rx=6)
            if group.label:
                yield tag("text", _cut(group.label, 26), class_="cluster-name", x=left + 7, y=top + 11)


def _edge(source: Box, target: Box, *, bad: bool) -> Markup:
    """Straight down to the next rank; past layers in between, and from column to column, in a bow."""
    middle = BOX_WIDTH / 2
    if source.column == target.column and target.rank - source.rank == 1:
        x1, y1, x2, y2 = source.x + middle, source.y + BOX_HEIGHT, target.x + middle, target.y
        bend = GAP_Y / 2
        path = f"M{number(x1)} {number(y1)}C{number(x1)} {number(y1 + bend)} {number(x2)} {number(y2 - bend)} {number(x2)} {number(y2)}"
    elif source.column == target.column:
        x1, x2 = source.x + BOX_WIDTH, target.x + BOX_WIDTH
        y1, y2 = source.y + BOX_HEIGHT / 2, target.y + BOX_HEIGHT / 2
        bow = max(x1, x2) + min(14 + 5 * (target.rank - source.rank), 52)
        path = f"M{number(x1)} {number(y1)}C{number(bow)} {number(y1)} {number(bow)} {number(y2)} {number(x2)} {number(y2)}"
    else:
        x1, y1 = source.x + BOX_WIDTH, source.y + BOX_HEIGHT / 2
        x2, y2 = target.x, target.y + BOX_HEIGHT / 2
        path = f"M{number(x1)} {number(y1)}C{number(x1 + 40)} {number(y1)} {number(x2 - 40)} {number(y2)} {number(x2)} {number(y2)}"
    return tag("path", d=path, class_="edge bad" if bad else "edge")


def _input(name: str, box: Box) -> Markup:
    return joined(
        [
            tag("rect", class_="input", x=box.x, y=box.y, width=BOX_WIDTH, height=BOX_HEIGHT, rx=BOX_HEIGHT / 2),
            tag("text", _cut(one_line(name)), class_="input-name", x=box.x + BOX_WIDTH / 2, y=box.y + 22),
        ]
    )


def _node(
    comparisons: Sequence[Comparison], anchor: str, place: int, layer: LayerResult, name: str, state: State, box: Box
) -> Markup:
    told = [layer_name(layer), layer.operation, numbers.shape(layer.shape)]
    for comparison in comparisons:
        here = comparison.layers[place]
        told.append(f"{comparison.against}: {summary.status_word(here)}{f' ({here.reason})' if here.reason else ''}")
    return tag(
        "a",
        tag("title", "; ".join(told)),
        tag("rect", class_=f"box {state.css}", x=box.x, y=box.y, width=BOX_WIDTH, height=BOX_HEIGHT, rx=3),
        tag("text", _cut(name), class_=f"box-name {state.css}", x=box.x + 9, y=box.y + 15),
        tag("text", _cut(one_line(layer.operation), 19), class_=f"box-operation {state.css}", x=box.x + 9, y=box.y + 28),
        tag("text", state.symbol, class_=f"box-state {state.css}", x=box.x + BOX_WIDTH - 9, y=box.y + 28),
        href=f"#l{anchor}", tabindex=-1,
    )  # fmt: skip


def _cut(name: str, most: int = CHARACTERS) -> str:
    """The end of a long module path says more than its beginning."""
    return name if len(name) <= most else f"\N{HORIZONTAL ELLIPSIS}{name[-most + 1 :]}"
