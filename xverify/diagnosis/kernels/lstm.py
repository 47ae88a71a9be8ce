"""One step of an LSTM, with PyTorch's gates: input, forget, cell candidate, output."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xverify.diagnosis.kernels.recurrent import Advance, Cell, States, sigmoid

Array = NDArray[Any]


def lstm_step(gate: Callable[[Array], Array] = sigmoid, state: Callable[[Array], Array] = np.tanh) -> Advance:
    """The step with these functions for gates and states."""

    def advance(driven: Array, states: States, cell: Cell) -> States:
        hidden, memory = states
        gates = driven + hidden @ cell.recurrent.T + cell.recurrent_bias
        take, keep, candidate, output = np.split(gates, 4, axis=-1)
        memory = gate(keep) * memory + gate(take) * state(candidate)
        return gate(output) * state(memory), memory

    return advance
