"""Error by depth: each layer's error and the largest that passes, in the order in which the network runs.

One panel for local errors and one for accumulated ones, one above the other with the same layers: an error that begins in
a layer stands out in both, one that a layer only hands on stands out in the lower alone. The scale is logarithmic; what it cannot
hold has lanes of its own: exact zeros below, NaN and Inf above.
"""

import math
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from xverify.comparison.results import Comparison, LayerResult, Measure
from xverify.report import numbers, summary
from xverify.report.html.groups import Group, groups
from xverify.report.html.markup import joined, number, tag
from xverify.report.html.states import State, all_states
from xverify.report.text import layer_name, one_line, short_names

WIDTH = 1080
LEFT, RIGHT = 64, 8
LANE = 16
"""Height of the lane for NaN and Inf."""
FLOOR = 26
"""Height of the lane for zeros, with its axis."""
PLOT = 148
GAP = 34
"""Above each panel, for its title."""
NAMES = 34
"""So many layers have their names below the chart; more are named by groups."""
MAX_MARKS = 1500
"""More layers are drawn in bins, each by its worst layer."""
MAX_DECADES = 18

_KINDS = ("local", "accumulated")
_TITLES = {
    "local": "Local error: each layer alone, on PyTorch's inputs",
    "accumulated": "Accumulated error: the whole network",
}
_ON_OWN_INPUTS = "Local error: each layer against model.onnx, on the inputs that the file itself holds"


@dataclass(frozen=True)
class _Scale:
    """Where a value stands: `top` is the power of ten at `y`, `bottom` that at `y` + PLOT."""

    top: int
    bottom: int
    y: float

    @property
    def zero(self) -> float:
        return self.y + PLOT + LANE - 1

    def at(self, value: float) -> float:
        """The height of an error."""
        if not math.isfinite(value):
            return self.y - LANE / 2
        if value <= 0:
            return self.zero
        share = (self.top - math.log10(value)) / (self.top - self.bottom)
        return self.y + PLOT * min(max(share, 0.0), 1.0)


def depth_chart(comparison: Comparison, key: str) -> Markup:
    """The chart of one comparison; `key` is its bundle's in the links to rows. Empty where nothing was measured."""
    layers = comparison.layers
    kinds = [kind for kind in _KINDS if any(_measure(layer, kind) for layer in layers)]
    if not kinds:
        return Markup()
    places = _places(comparison)
    step = (WIDTH - LEFT - RIGHT) / len(places)
    named = len(places) <= NAMES and len(places) == len(layers)
    scales = {kind: _scale(layers, kind, place) for place, kind in enumerate(kinds)}
    bottom = scales[kinds[-1]].y + PLOT + FLOOR
    columns = [LEFT + step * place for place in range(len(places))]
    parts = [] if named else _bands(groups(layers), len(layers), bottom)
    parts += [part for kind in kinds for part in _panel(kind, _title(kind, comparison), scales[kind], layers)]
    parts += [_limits([layers[p] for p in places], kind, scales[kind], columns, step) for kind in kinds]
    names = [_shortened(name) for name in short_names(layers)] if named else []
    states = all_states(comparison)
    parts += [
        _column(layers[p], f"{key}-{p}", states[p], scales, x, step, bottom)
        for p, x in zip(places, columns, strict=True)
    ]
    height = bottom + (24 + 5.2 * max(map(len, names)) if names else 26)
    parts += _names(names, columns, step, bottom)
    parts.append(tag("line", class_="cursor", x1=0, x2=0, y1=GAP, y2=bottom, visibility="hidden"))
    label = f"Error by depth against {one_line(comparison.against)}; the table of layers holds the same numbers"
    return tag(
        "svg", *parts, class_="depth", viewBox=f"0 0 {WIDTH} {number(height)}", role="group", aria_label=label,
        tabindex=0,
    )  # fmt: skip


def bin_size(comparison: Comparison) -> int:
    """How many layers one mark stands for."""
    return math.ceil(len(comparison.layers) / MAX_MARKS)


def _measure(layer: LayerResult, kind: str) -> Measure | None:
    return layer.local if kind == "local" else layer.accumulated


def _places(comparison: Comparison) -> list[int]:
    """The layers that are drawn: all, or of each bin the one nearest to its allowance or furthest beyond."""
    size, everything = bin_size(comparison), range(len(comparison.layers))
    if size == 1:
        return list(everything)
    return [
        max(everything[start : start + size], key=lambda place: _severity(comparison.layers[place]))
        for start in everything[::size]
    ]


def _severity(layer: LayerResult) -> tuple[bool, float]:
    return max(map(summary.severity, summary.measures(layer).values()), default=(False, -1.0))


def _scale(layers: Sequence[LayerResult], kind: str, place: int) -> _Scale:
    measures = [measure for layer in layers if (measure := _measure(layer, kind))]
    values = [value for measure in measures for value in (measure.error, measure.allowed)]
    exponents = [math.log10(value) for value in values if 0 < value < math.inf] or [-7.0]
    top = min(math.floor(max(exponents)) + 1, sys.float_info.max_10_exp)
    bottom = max(min(math.floor(min(exponents)), top - 2), top - MAX_DECADES)
    return _Scale(top, bottom, GAP + LANE + place * (GAP + PLOT + LANE + FLOOR))


def _title(kind: str, comparison: Comparison) -> str:
    return _ON_OWN_INPUTS if kind == "local" and comparison.on_own_inputs else _TITLES[kind]


def _panel(kind: str, title: str, scale: _Scale, layers: Sequence[LayerResult]) -> Iterator[Markup]:
    right = WIDTH - RIGHT
    yield tag("text", title, x=LEFT, y=scale.y - LANE - 8, class_="title")
    lane = any((measure := _measure(layer, kind)) and not math.isfinite(measure.error) for layer in layers)
    every = math.ceil((scale.top - scale.bottom) / 6)
    for exponent in range(scale.bottom, scale.top + 1):
        if (exponent - scale.bottom) % every == 0:
            y = scale.at(10.0**exponent)
            yield tag("line", class_="grid", x1=LEFT, x2=right, y1=y, y2=y)
            if not (lane and exponent == scale.top):  # the lane's name stands there
                yield tag("text", f"1e{exponent:+03d}", x=LEFT - 8, y=y + 3.5, class_="tick")
    yield tag("line", class_="axis", x1=LEFT, x2=right, y1=scale.y + PLOT + FLOOR, y2=scale.y + PLOT + FLOOR)
    if lane:
        yield tag("text", "NaN, Inf", x=LEFT - 8, y=scale.at(math.inf) + 3.5, class_="tick")
    yield tag("text", "exactly 0", x=LEFT - 8, y=scale.zero + 3.5, class_="tick")


def _limits(layers: Sequence[LayerResult], kind: str, scale: _Scale, columns: Sequence[float], step: float) -> Markup:
    """The largest error that passes, a short line over each layer; what lies above is shaded."""
    lines, areas = [], []
    for x, layer in zip(columns, layers, strict=True):
        measure = _measure(layer, kind)
        if measure is None or math.isnan(measure.allowed):
            continue
        exact = measure.allowed <= 0
        y = number(scale.at(measure.allowed) + (7 if exact else 0))
        left, width = f"{x:.2f}", f"{step:.2f}"
        lines.append(f"M{left} {y}h{width}")
        areas.append(f"M{left} {number(scale.y + PLOT) if exact else y}h{width}V{number(scale.y)}h-{width}z")
    return joined([tag("path", d="".join(areas), class_="beyond"), tag("path", d="".join(lines), class_="limit")])


def _column(
    layer: LayerResult, anchor: str, state: State, scales: dict[str, _Scale], x: float, step: float, bottom: float
) -> Markup:
    """A layer's marks, in a link to its row that is as wide as the layer and as high as the chart."""
    lines = [layer_name(layer), summary.status_word(layer)]
    marks = []
    for kind, scale in scales.items():
        measure = _measure(layer, kind)
        if measure is not None:
            lines.append(f"{summary.KINDS[kind]} {summary.amount(measure)}")
            marks.append(_mark(kind, measure, state, x + step / 2, scale, step))
    return tag(
        "a",
        tag("title", "; ".join(lines)),
        tag("rect", class_="hit", x=f"{x:.2f}", y=GAP, width=f"{step:.2f}", height=bottom - GAP),
        *marks,
        href=f"#l{anchor}", tabindex=-1,
    )  # fmt: skip


def _mark(kind: str, measure: Measure, state: State, x: float, scale: _Scale, step: float) -> Markup:
    """A circle where it is local, a square where it is accumulated, a filled one with a cross where it fails."""
    size = 2.0 if step < 4 else 2.6 if step < 10 else 3.6
    y = scale.at(measure.error)
    if measure.passed:
        return _shape(kind)(x, y, size, state.css if state.css == "passed" else "within")
    big = size + 1.6
    arm = big * 0.5
    wide = number(2 * arm)
    cross = f"M{number(x - arm)} {number(y - arm)}l{wide} {wide}m0 -{wide}l-{wide} {wide}"
    return joined([_shape(kind)(x, y, big, state.css), tag("path", d=cross, class_="cross")])


def _shape(kind: str) -> Callable[[float, float, float, str], Markup]:
    return _circle if kind == "local" else _square


def _circle(x: float, y: float, size: float, css: str) -> Markup:
    return tag("circle", class_=f"mark {css}", cx=x, cy=y, r=size)


def _square(x: float, y: float, size: float, css: str) -> Markup:
    return tag("rect", class_=f"mark {css}", x=x - size, y=y - size, width=2 * size, height=2 * size)


def _bands(found: Sequence[Group], count: int, bottom: float) -> list[Markup]:
    """The stripe behind each group's layers, and its name below where there is room: all names in full, or none."""
    scale = (WIDTH - LEFT - RIGHT) / count
    short = any(
        _fits(_last(group.label), width) and not _fits(group.label, width)
        for group in found
        if (width := (group.last - group.first + 1) * scale)
    )
    parts = []
    for place, group in enumerate(found):
        x, width = LEFT + group.first * scale, (group.last - group.first + 1) * scale
        css = f"band{' odd' if place % 2 else ''}"
        parts.append(tag("rect", class_=css, x=x, y=GAP, width=width, height=bottom - GAP))
        label = _last(group.label) if short else group.label
        if label and _fits(label, width):
            parts.append(tag("text", label, x=x + width / 2, y=bottom + 16, class_="group"))
    return parts


def _last(label: str) -> str:
    """The last component that is no number, with what follows."""
    parts = label.split(".")
    named = max((place for place, part in enumerate(parts) if not part.isdigit()), default=0)
    return ".".join(parts[named:])


def _fits(label: str, width: float) -> bool:
    return 6.2 * len(label) <= width - 6


def _names(names: Sequence[str], columns: Sequence[float], step: float, bottom: float) -> list[Markup]:
    return [
        tag(
            "text",
            name,
            class_="name",
            transform=f"translate({number(x + step / 2 + 3)} {number(bottom + 12)}) rotate(-55)",
        )
        for name, x in zip(names, columns, strict=False)
    ]


def _shortened(name: str, most: int = 20) -> str:
    """The end of a long module path says more than its beginning."""
    return name if len(name) <= most else f"\N{HORIZONTAL ELLIPSIS}{name[-most + 1 :]}"


def legend_words(comparison: Comparison) -> str:
    """What one mark stands for, where that is not one layer."""
    size = bin_size(comparison)
    return "" if size == 1 else f"One mark stands for the worst of {numbers.count(size, 'layer')}."
