"""What one layer's error looks like: how large how often, over channels and over positions, and its worst elements."""

import math
from collections.abc import Sequence

from markupsafe import Markup

from xverify.comparison.results import ChannelError, LayerDetail
from xverify.report import numbers
from xverify.report.html.markup import joined, tag

STEPS = 8
"""Shades of the heat map, beside the one for an exact zero."""

MAX_BARS = 128
"""Channels drawn one by one; more are drawn in blocks, each by its largest error."""

_BAR_WIDTH = 210
_CHANNELS_WIDTH, _CHANNELS_HEIGHT = 460, 96
_MAP_WIDTH = 460


def histogram(detail: LayerDetail) -> Markup:
    """A bar for each decade of the error."""
    most = max((count for _, count in detail.decades), default=0)
    rows = []
    for place, (bound, count) in enumerate(detail.decades):
        y = place * 19
        label = bound_words(bound)
        width = _BAR_WIDTH * count / most if most else 0
        css = "bar zero" if bound == 0 else "bar"
        rows += [
            tag("text", label, x=104, y=y + 13, class_="end"),
            tag("rect", class_=css, x=112, y=y + 3, width=max(width, 1.5 if count else 0), height=13),
            tag("text", f"{count:,}".replace(",", "\N{NARROW NO-BREAK SPACE}"), x=118 + width, y=y + 13),
        ]
    height = 19 * len(detail.decades) + 2
    return tag(
        "svg", *rows, class_="figure", viewBox=f"0 0 400 {height}", role="img", aria_label=histogram_words(detail)
    )


def bound_words(bound: float) -> str:
    """The label of a decade."""
    if bound == 0:
        return "exactly equal"
    return f"below {numbers.error(bound)}" if math.isfinite(bound) else "NaN or Inf"


def histogram_words(detail: LayerDetail) -> str:
    """The histogram as a sentence."""
    return "Errors by size: " + ", ".join(f"{bound_words(bound)}: {count}" for bound, count in detail.decades)


def channel_bars(channels: Sequence[ChannelError]) -> Markup:
    """The largest error of each channel, in the order of the channels; empty where there is one channel, or none is known."""
    if len(channels) < 2:
        return Markup()
    ordered = [item.max for item in sorted(channels, key=lambda item: item.channel)]
    size = math.ceil(len(ordered) / MAX_BARS)
    bars = [max(ordered[start : start + size], key=_order) for start in range(0, len(ordered), size)]
    highest = _largest(ordered)
    width = _CHANNELS_WIDTH / len(bars)
    parts = []
    for place, value in enumerate(bars):
        height = _CHANNELS_HEIGHT * (1.0 if not math.isfinite(value) else value / highest if highest else 0.0)
        title = f"{_channel_words(place, size, len(ordered))}: {numbers.error(value)}"
        css = "bar" if math.isfinite(value) else "bar odd"
        height = max(height, 1.0 if value else 0.0)
        bar = tag("rect", tag("title", title), class_=css, x=f"{place * width:.2f}", y=_CHANNELS_HEIGHT - height,
                  width=f"{max(width - (1 if width > 4 else 0), 0.6):.2f}", height=height)  # fmt: skip
        parts.append(bar)
    parts += [
        tag("line", class_="axis", x1=0, x2=_CHANNELS_WIDTH, y1=_CHANNELS_HEIGHT, y2=_CHANNELS_HEIGHT),
        tag("text", "channel 0", x=0, y=_CHANNELS_HEIGHT + 15),
        tag("text", str(len(ordered) - 1), x=_CHANNELS_WIDTH, y=_CHANNELS_HEIGHT + 15, class_="end"),
    ]
    return tag("svg", *parts, class_="figure", viewBox=f"0 0 {_CHANNELS_WIDTH} {_CHANNELS_HEIGHT + 20}", role="img",
               aria_label=f"Largest error of each of {len(ordered)} channels; highest bar {numbers.error(highest)}")  # fmt: skip


def channel_words(channels: Sequence[ChannelError]) -> str:
    """How many channels are wrong, and the worst of them."""
    wrong = [item for item in channels if item.max > 0 or math.isnan(item.max)]
    worst = ", ".join(f"{item.channel} ({numbers.error(item.max)})" for item in wrong[:4])
    return f"{len(wrong)} of {numbers.count(len(channels), 'channel')} have an error" + (
        f"; worst {worst}" if wrong else ""
    )


def _channel_words(place: int, size: int, count: int) -> str:
    first, last = place * size, min((place + 1) * size, count) - 1
    return f"channel {first}" if first == last else f"channels {first} to {last}"


def position_map(positions: Sequence[Sequence[float]]) -> Markup:
    """The largest error at each position: rows are height, columns width. Empty where there is one position, or none is known."""
    if sum(map(len, positions)) < 2:
        return Markup()
    highest = _largest([value for row in positions for value in row])
    cell = min(_MAP_WIDTH / max(map(len, positions)), 22.0, 240 / len(positions))
    parts = [
        tag("rect", tag("title", f"block {line}, {place}: {numbers.error(value)}"), class_=f"h{shade(value, highest)}",
            x=f"{place * cell:.2f}", y=f"{line * cell:.2f}", width=f"{cell - 0.5:.2f}", height=f"{cell - 0.5:.2f}")
        for line, row in enumerate(positions)
        for place, value in enumerate(row)
    ]  # fmt: skip
    width, height = cell * max(map(len, positions)), cell * len(positions)
    label = (
        f"Largest error at each position, rows are height and columns width; the darkest is {numbers.error(highest)}"
    )
    box = f"0 0 {max(width, _MAP_WIDTH):.0f} {height:.0f}"
    return tag("svg", *parts, class_="figure map", viewBox=box, role="img", aria_label=label)


def shade(value: float, highest: float) -> int:
    """0 for no error, 1 to `STEPS` for its share of the highest; NaN and Inf are the darkest."""
    if value == 0:
        return 0
    if not math.isfinite(value) or highest <= 0:
        return STEPS
    return min(max(math.ceil(STEPS * (value / highest)), 1), STEPS)


def map_legend(positions: Sequence[Sequence[float]]) -> Markup:
    """The scale of shades."""
    highest = numbers.error(_largest([value for row in positions for value in row]))
    cells = [tag("rect", class_=f"h{step}", x=14 + 18 * step, y=0, width=17, height=10) for step in range(STEPS + 1)]
    parts = [tag("text", "0", x=0, y=10), *cells, tag("text", highest, x=20 + 18 * (STEPS + 1), y=10)]
    return tag(
        "svg",
        joined(parts),
        class_="figure scale",
        viewBox="0 0 280 14",
        role="img",
        aria_label=f"Scale from 0 to {highest}",
    )


def _largest(values: Sequence[float]) -> float:
    return max((value for value in values if math.isfinite(value)), default=0.0)


def _order(value: float) -> float:
    return math.inf if math.isnan(value) else value
