"""How an error grows where no layer is wrong by itself: from layer to layer, towards the first that fails."""

from collections.abc import Mapping, Sequence

from xverify.bundle.bundle import Bundle
from xverify.comparison.results import LayerResult, Status

MAX_STEPS = 6
"""Layers of the path that are named: where the error grows most."""


def growth(bundle: Bundle, results: Sequence[LayerResult]) -> tuple[tuple[str, float], ...]:
    """The path to the first layer that fails: at each step the input with the most of its allowance used up.

    Args:
        bundle: The bundle.
        results: The verdict on each of its layers, of which none is wrong by itself.

    Returns:
        (layer id, error over allowance in the whole run) from the network's beginning on: the steps at which the ratio grows
        most, and the layer that fails. Empty where none fails by its accumulated error.
    """
    ratios = {item.id: item.accumulated.ratio for item in results if item.accumulated is not None}
    failing = [item.id for item in results if item.status is Status.FAILED and ratios.get(item.id, 0.0) > 1]
    if not failing:
        return ()
    path = _path(bundle, failing[0], ratios)
    grown = sorted(range(1, len(path)), key=lambda place: path[place - 1][1] / max(path[place][1], 1e-30))[
        : MAX_STEPS - 1
    ]
    return tuple(path[place] for place in sorted({0, len(path) - 1, *grown}))


def _path(bundle: Bundle, last: str, ratios: Mapping[str, float]) -> list[tuple[str, float]]:
    path = [(last, ratios[last])]
    while read := [name for name in bundle.layers[path[-1][0]].inputs if name in ratios and name in bundle.layers]:
        worst = max(read, key=lambda name: ratios[name])
        path.append((worst, ratios[worst]))
    return path[::-1]
