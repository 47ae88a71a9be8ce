"""Changed recurrent layers held against the values that were found: on a part of the batch first."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial

from xverify.diagnosis.explanation import Explanation
from xverify.diagnosis.kernels.claim import Claim
from xverify.diagnosis.kernels.recurrent import Advance, Cell, Recurrent
from xverify.diagnosis.kernels.sampling import close, promising
from xverify.diagnosis.suspect import Array, Suspect

PART = 2
"""Sequences of the batch that are worked out first."""


STEPS = 24
"""Of a sequence's steps: what a layer that reads forwards gives for them depends on no later ones."""


Changes = Iterator[tuple[str, Recurrent]]
"""Where, and the changed layer."""


class RecurrentTrial:
    """Tries changed recurrent layers on one suspect.

    Args:
        suspect: The faulty layer.
        layer: It as PyTorch has it.
        forwards: Whether every change leaves the layer reading forwards, if it does.
    """

    def __init__(self, suspect: Suspect, layer: Recurrent, *, forwards: bool = False) -> None:
        self._suspect = suspect
        self._first = layer.batch_first
        one_way = all(len(directions) == 1 for directions in layer.cells)
        self._steps = STEPS if forwards and one_way and layer.element == 0 else None

    def explanations(self, claims: Iterable[tuple[Claim, Changes]]) -> Iterator[Explanation]:
        """Those of the claims whose changes give the found values, and in which part of the layer."""
        for claim, changes in claims:
            for where, changed in changes:
                value = self.value(changed)
                if value is not None:
                    yield claim.at(where).with_value(value)

    def value(self, layer: Callable[[Sequence[Array]], Array]) -> Array | None:
        """The layer's value, if it is near the found one.

        Args:
            layer: The changed layer, whose batch axis is PyTorch's.
        """
        suspect = self._suspect
        inputs = suspect.inputs
        part = (self._part(inputs[0]), *(state[:, :PART] for state in inputs[1:]))
        if part[0].size < inputs[0].size:
            found = layer(part)
            actual, expected = self._result(suspect.actual), self._result(suspect.expected)
            if found.shape != actual.shape:
                return None
            if not close(suspect, actual, found, expected if suspect.same_shape else None):
                return None
        value = layer(inputs)
        return value.astype(suspect.expected.dtype) if promising(suspect, value) else None

    def _part(self, value: Array) -> Array:
        return value[:PART, : self._steps] if self._first else value[: self._steps, :PART]

    def _result(self, value: Array) -> Array:
        """Last states have the batch on their second axis, whatever the sequence has."""
        step = self._suspect.step
        return value[:, :PART] if step is not None and step.output else self._part(value)


def mapped(layer: Recurrent, change: Callable[[Cell], Cell]) -> Changes:
    """The layer with every cell changed, or those of one layer of the stack, or of one direction: where, and the layer."""
    for where, chosen in _choices(layer):
        yield where, replace(layer, cells=_changed(layer, chosen, change))


def advanced(layer: Recurrent, advance: Advance) -> Changes:
    """The same, with another step."""
    yield "", replace(layer, advance=advance)
    for where, chosen in _choices(layer):
        if where:
            yield where, replace(layer, cells=_changed(layer, chosen, partial(_stepping, advance=advance)))


def _stepping(cell: Cell, advance: Advance) -> Cell:
    return replace(cell, advance=advance)


Chosen = Callable[[int, int], bool]
"""(layer, direction) -> whether it is meant."""


def _choices(layer: Recurrent) -> Iterator[tuple[str, Chosen]]:
    yield "", lambda *_: True
    count, directions = len(layer.cells), len(layer.cells[0])
    for number in range(count) if count > 1 else ():
        yield f" in layer {number + 1} of {count}", partial(_same_layer, number)
    for direction in range(directions) if directions > 1 else ():
        where = f" in the {('forward', 'backward')[direction]} direction"
        yield where, partial(_same_direction, direction)


def _same_layer(chosen: int, layer: int, _: int) -> bool:
    return layer == chosen


def _same_direction(chosen: int, _: int, direction: int) -> bool:
    return direction == chosen


def _changed(layer: Recurrent, chosen: Chosen, change: Callable[[Cell], Cell]) -> tuple[tuple[Cell, ...], ...]:
    return tuple(
        tuple(change(cell) if chosen(number, way) else cell for way, cell in enumerate(directions))
        for number, directions in enumerate(layer.cells)
    )
