"""LSTM and GRU, in float64: rounding grows from step to step.

A cell's function makes the next states from one time step; what is the same for all cells (layers, directions, states) stands here.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
States = tuple[Array, ...]


@dataclass(frozen=True)
class Cell:
    """One layer in one direction.

    Attributes:
        weight: (gates * hidden, features).
        recurrent: (gates * hidden, hidden).
        bias: (gates * hidden,): the input's; of an LSTM the sum of both where only that is known.
        recurrent_bias: (gates * hidden,): the state's; zeros for an LSTM of which the sum is known.
        advance: What this cell does, if not what all do.
    """

    weight: Array
    recurrent: Array
    bias: Array
    recurrent_bias: Array
    advance: "Advance | None" = None

    def mapped(self, change: Callable[[Array], Array]) -> "Cell":
        """The cell with each of its arrays changed."""
        arrays = (self.weight, self.recurrent, self.bias, self.recurrent_bias)
        weight, recurrent, bias, recurrent_bias = map(change, arrays)
        return Cell(weight, recurrent, bias, recurrent_bias, self.advance)

    @property
    def hidden(self) -> int:
        """Number of hidden units."""
        return int(self.recurrent.shape[1])


Advance = Callable[[Array, States, Cell], States]
"""(the input's product with its weights and its bias (batch, gates), states, cell) -> the next states; the first is the output."""


@dataclass(frozen=True)
class Recurrent:
    """A recurrent layer with all that it needs but its inputs.

    Attributes:
        cells: Layers, and in each its directions: forward, then backward if there is one.
        advance: What a cell does.
        state_count: 2 for an LSTM (hidden, cell), 1 for a GRU.
        batch_first: Whether the input's axes are (batch, time, feature), else (time, batch, feature).
        element: What the value is: 0 the sequence, 1 the last hidden states, 2 the last cell states.
        fixed: First states that are constants, by their place; those that are read stand among the inputs.
        split: Whether both biases are known, not their sum alone.
    """

    cells: tuple[tuple[Cell, ...], ...]
    advance: Advance
    state_count: int
    batch_first: bool
    element: int
    fixed: Mapping[int, Array] = field(default_factory=dict)
    split: bool = True

    def __call__(self, inputs: Sequence[Array]) -> Array:
        """The value for an input and, if there are any, initial states (layer and direction, batch, hidden)."""
        value = np.asarray(inputs[0], np.float64)
        value = value.swapaxes(0, 1) if self.batch_first else value
        states_given = self._first_states(inputs[1:], value.shape[1])
        last: list[States] = []
        for layer in self.cells:
            found = []
            for direction, cell in enumerate(layer):
                sequence, states = self._run(value[::-1] if direction else value, cell, states_given, len(last))
                found.append(sequence[::-1] if direction else sequence)
                last.append(states)
            value = np.concatenate(found, axis=-1)
        if self.element:
            return np.stack([states[self.element - 1] for states in last])
        return value.swapaxes(0, 1) if self.batch_first else value

    def _first_states(self, read: Sequence[Array], batch: int) -> Sequence[Array]:
        """All of them, or none: those that are read in the places that constants leave."""
        if not self.fixed:
            return read
        rest = iter(read)
        places = range(self.state_count)
        return [self.fixed[place][:, :batch] if place in self.fixed else next(rest) for place in places]

    def _run(self, value: Array, cell: Cell, initial: Sequence[Array], number: int) -> tuple[Array, States]:
        zeros = np.zeros((value.shape[1], cell.hidden))
        states = tuple(np.asarray(item[number], np.float64) for item in initial) or (zeros,) * self.state_count
        # Once, not at every step: numpy would widen the recurrent weights for each product.
        advance = cell.advance or self.advance
        cell = cell.mapped(lambda part: np.asarray(part, np.float64))
        driven = value @ cell.weight.T + cell.bias
        sequence = np.empty((*value.shape[:2], cell.hidden))
        for time, step in enumerate(driven):
            states = advance(step, states, cell)
            sequence[time] = states[0]
        return sequence, states


def sigmoid(value: Array) -> Array:
    """1 / (1 + exp(-x)), without overflow."""
    return np.asarray(0.5 * (1 + np.tanh(value / 2)))
