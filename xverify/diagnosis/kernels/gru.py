"""One step of a GRU, with PyTorch's gates: reset, update, candidate; and where implementations differ."""

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from xverify.diagnosis.kernels.recurrent import Advance, Cell, States, sigmoid

Array = NDArray[Any]

Reset = Literal["after multiplication with its bias", "after multiplication", "before multiplication"]
"""When the reset gate is applied to the hidden state: PyTorch's way, and MATLAB's 'after-multiplication', 'before-multiplication'."""


def gru_step(reset: Reset = "after multiplication with its bias", *, exchanged: bool = False) -> Advance:
    """The step.

    Args:
        reset: When the reset gate is applied.
        exchanged: Whether the update gate takes the candidate, where PyTorch's keeps the old state.
    """

    def advance(driven: Array, states: States, cell: Cell) -> States:
        (hidden,) = states
        size = cell.hidden
        product = hidden @ cell.recurrent.T
        gates = sigmoid(driven[:, : 2 * size] + product[:, : 2 * size] + cell.recurrent_bias[: 2 * size])
        forget, update = np.split(gates, 2, axis=-1)
        own, bias = driven[:, 2 * size :], cell.recurrent_bias[2 * size :]
        if reset == "before multiplication":
            candidate = np.tanh(own + bias + (forget * hidden) @ cell.recurrent[2 * size :].T)
        elif reset == "after multiplication":
            candidate = np.tanh(own + bias + forget * product[:, 2 * size :])
        else:
            candidate = np.tanh(own + forget * (product[:, 2 * size :] + bias))
        kept = 1 - update if exchanged else update
        return (kept * hidden + (1 - kept) * candidate,)

    return advance
