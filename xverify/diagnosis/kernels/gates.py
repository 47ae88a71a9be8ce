"""The gates of a cell's weights in another order, and how to name it."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import permutations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xverify.diagnosis.kernels.recurrent import Cell

Array = NDArray[Any]


def orders(gates: str) -> list[tuple[str, tuple[int, ...]]]:
    """All other orders of the gates: their name, and which of PyTorch's blocks each of PyTorch's gates then has.

    >>> orders("rz")
    [('zr', (1, 0))]
    """
    plain = tuple(range(len(gates)))
    found = [order for order in permutations(plain) if order != plain]
    return [("".join(gates[gate] for gate in order), tuple(order.index(gate) for gate in plain)) for order in found]


def reordered(cell: Cell, blocks: Sequence[int]) -> Cell:
    """The cell with its gates' blocks taken in this order."""
    return cell.mapped(lambda part: _blocks(part, blocks))


def recurrent_transposed(cell: Cell) -> Cell:
    """The cell with each gate's recurrent weights transposed."""
    blocks = np.split(cell.recurrent, len(cell.recurrent) // cell.hidden)
    return replace(cell, recurrent=np.concatenate([block.T for block in blocks]))


def _blocks(part: Array, blocks: Sequence[int]) -> Array:
    split = np.split(part, len(blocks))
    return np.concatenate([split[block] for block in blocks])


def scaled_biases(cell: Cell, own: float, hidden: float) -> Cell:
    """The cell with the input's bias and the state's multiplied: by 0 where one is missing."""
    return replace(cell, bias=own * cell.bias, recurrent_bias=hidden * cell.recurrent_bias)
