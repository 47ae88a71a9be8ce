"""The gates of a cell in another order."""

import numpy as np

from xverify.diagnosis.kernels.gates import orders, recurrent_transposed, reordered
from xverify.diagnosis.kernels.recurrent import Cell

CELL = Cell(np.arange(12.0).reshape(6, 2), np.arange(12.0).reshape(6, 2), np.arange(6.0), np.arange(6.0) + 10)


def test_all_orders_but_the_usual_one() -> None:
    found = dict(orders("rzn"))
    assert len(found) == 5
    assert found["zrn"] == (1, 0, 2)
    # PyTorch's blocks r, z, n are taken for n, r, z: the reset gate then has the block of z.
    assert found["nrz"] == (1, 2, 0)


def test_blocks_move_together() -> None:
    moved = reordered(CELL, (1, 0, 2))
    np.testing.assert_array_equal(moved.bias, [2, 3, 0, 1, 4, 5])
    np.testing.assert_array_equal(moved.recurrent_bias, [12, 13, 10, 11, 14, 15])
    np.testing.assert_array_equal(moved.weight[:2], CELL.weight[2:4])


def test_each_block_is_transposed() -> None:
    np.testing.assert_array_equal(recurrent_transposed(CELL).recurrent[:2], [[0, 2], [1, 3]])
