"""What a baseline may hide: said wherever one is used."""

import math
from collections.abc import Iterator, Sequence

from xverify.comparison.results import Comparison, LayerResult, Status
from xverify.comparison.verdict import BY_LOCAL_ALONE

LOOSER = 10.0
"""An allowance that is so many times the baseline's is told."""


def hidden(now: Comparison, before: Comparison, known: Sequence[str]) -> Iterator[str]:
    """The notes.

    Args:
        now: The comparison.
        before: The baseline.
        known: Ids of its layers that fail as they do there.
    """
    layers = {layer.id: layer for layer in now.layers}
    failing = [layers[name] for name in known if layers[name].status is Status.FAILED]
    yield from _masked(failing)
    unseen = [name for name in known if layers[name].status is Status.NOT_COMPARED]
    if unseen:
        yield f"{_layers(unseen)} not compared, now as in the baseline: nothing is known of what they compute"
    if now.parameters.changed and before.parameters.changed:
        yield "known changes of parameters are told by name and by what is wrong, not by value: another change like it goes unseen"
    yield from _other_conditions(now, before)


def _masked(failing: Sequence[LayerResult]) -> Iterator[str]:
    """Behind a known failure other faults can hide."""
    if not failing:
        return
    yield f"{_layers(failing)} known to fail: a further fault in them goes unseen until it doubles the error"
    whole = [layer for layer in failing if layer.local is None]
    if whole:
        yield (
            f"of these, {_layers(whole)} not run alone: their error may come from a layer before them, and a new fault of "
            "their own goes unseen until it doubles it. A runtime with local errors tells them apart"
        )
    blind = [layer for layer in failing if _not_a_number(layer)]
    if blind:
        yield f"of these, {_layers(blind)} not finite where PyTorch is: whatever else is wrong there goes unseen"


def _not_a_number(layer: LayerResult) -> bool:
    measures = (layer.local, layer.accumulated)
    return any(item is not None and not math.isfinite(item.max_error) for item in measures)


def _other_conditions(now: Comparison, before: Comparison) -> Iterator[str]:
    if now.bundle_id != before.bundle_id:
        yield "the baseline is of another export of this model: inputs and rounding may be other ones"
    if now.against != before.against:
        yield f"the baseline was compared with {before.against}, this with {now.against}"
    if now.on_own_inputs and not before.on_own_inputs and any(layer.local for layer in before.layers):
        yield "local errors are of layers on the inputs that the file holds; in the baseline on PyTorch's"
    old = {layer.id: layer for layer in before.layers}
    pairs = [(layer, old[layer.id]) for layer in now.layers if layer.id in old]
    looser = [layer for layer, was in pairs if _is_looser(layer, was)]
    if looser:
        yield f"{_layers(looser)} allowed more than {LOOSER:g} times the error that the baseline allowed"
    alone = [layer for layer, was in pairs if layer.reason == BY_LOCAL_ALONE != was.reason]
    if alone:
        yield f"{_layers(alone)} judged by the local error alone, which the baseline did not do"


def _is_looser(layer: LayerResult, was: LayerResult) -> bool:
    pairs = [(layer.local, was.local), (layer.accumulated, was.accumulated), (layer.optimised, was.optimised)]
    return any(new is not None and old is not None and new.allowed > LOOSER * old.allowed for new, old in pairs)


def _layers(names: Sequence[str | LayerResult]) -> str:
    """The number of layers, the first of them, and a verb.

    >>> _layers(["conv", "relu"])
    "2 layers (first 'conv') are"
    """
    first = names[0] if isinstance(names[0], str) else names[0].id
    return f"1 layer ('{first}') is" if len(names) == 1 else f"{len(names)} layers (first '{first}') are"
