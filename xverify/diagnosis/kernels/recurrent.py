"""LSTM and GRU, in float64: rounding grows from step to step.

A cell's function makes the next states from one time step; what is the same for all cells (layers, directions, states) stands here.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
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
        bias: (gates * hidden,): all of an LSTM's, the input's of a GRU.
        recurrent_bias: (gates * hidden,): of a GRU; zeros for an LSTM.
    """

    weight: Array
    recurrent: Array
    bias: Array
    recurrent_bias: Array

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
    """

    cells: tuple[tuple[Cell, ...], ...]
    advance: Advance
    state_count: int
    batch_first: bool
    element: int

    def __call__(self, inputs: Sequence[Array]) -> Array:
        """The value for an input and, if there are any, initial states (layer and direction, batch, hidden)."""
        value = np.asarray(inputs[0], np.float64)
        value = value.swapaxes(0, 1) if self.batch_first else value
        last: list[States] = []
        for layer in self.cells:
            found = []
            for direction, cell in enumerate(layer):
                sequence, states = self._run(value[::-1] if direction else value, cell, inputs[1:], len(last))
                found.append(sequence[::-1] if direction else sequence)
                last.append(states)
            value = np.concatenate(found, axis=-1)
        if self.element:
            return np.stack([states[self.element - 1] for states in last])
        return value.swapaxes(0, 1) if self.batch_first else value

    def _run(self, value: Array, cell: Cell, initial: Sequence[Array], number: int) -> tuple[Array, States]:
        zeros = np.zeros((value.shape[1], cell.hidden))
        states = tuple(np.asarray(item[number], np.float64) for item in initial) or (zeros,) * self.state_count
        # Once, not at every step: numpy would widen the recurrent weights for each product.
        cell = Cell(
            *(np.asarray(part, np.float64) for part in (cell.weight, cell.recurrent, cell.bias, cell.recurrent_bias))
        )
        driven = value @ cell.weight.T + cell.bias
        sequence = np.empty((*value.shape[:2], cell.hidden))
        for time, step in enumerate(driven):
            states = self.advance(step, states, cell)
            sequence[time] = states[0]
        return sequence, states


def sigmoid(value: Array) -> Array:
    """1 / (1 + exp(-x)), without overflow."""
    return np.asarray(0.5 * (1 + np.tanh(value / 2)))
