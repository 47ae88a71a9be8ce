"""ONNX's LSTM and GRU in float64, step by step, as the operators' documentation has them.

X is steps x batch x features; W, R and B have one slice a direction, whose rows are the gates in ONNX's order: input, output,
forget, cell for LSTM; update, reset, hidden for GRU. B holds the input's biases, then the state's.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

Operands = Sequence[Tensor | None]
State = tuple[Tensor, ...]
Cell = Callable[[Tensor, State, "Weights"], State]


class Weights:
    """One direction's weights."""

    def __init__(self, operands: Operands, direction: int, gates: int) -> None:
        w, r = operands[1], operands[2]
        assert w is not None
        assert r is not None
        self.w, self.r, self.hidden = w[direction], r[direction], r.shape[-1]
        bias = operands[3] if len(operands) > 3 else None
        both = torch.zeros(2 * gates * self.hidden, dtype=w.dtype) if bias is None else bias[direction]
        self.wb, self.rb = both.chunk(2)


def lstm(operands: Operands, attributes: Mapping[str, Any]) -> list[Tensor]:
    """Y, the last hidden states and the last cell states."""
    assert not attributes.get("input_forget", 0)
    assert len(operands) < 8 or operands[7] is None
    return _recurrence(operands, attributes, _lstm_cell, gates=4, states=2)


def gru(operands: Operands, attributes: Mapping[str, Any]) -> list[Tensor]:
    """Y and the last hidden states."""
    cell = _gru_cell_after if attributes.get("linear_before_reset", 0) else _gru_cell_before
    return _recurrence(operands, attributes, cell, gates=3, states=1)


def _recurrence(
    operands: Operands, attributes: Mapping[str, Any], cell: Cell, *, gates: int, states: int
) -> list[Tensor]:
    x = operands[0]
    assert x is not None
    assert not attributes.get("layout", 0)
    direction = attributes.get("direction", b"forward")
    backwards = {b"forward": [False], b"reverse": [True], b"bidirectional": [False, True]}[direction]
    runs = [
        _one_direction(x, Weights(operands, index, gates), _start(operands, index, x, states), cell, backward=backward)
        for index, backward in enumerate(backwards)
    ]
    lasts = [torch.stack([last[place] for _, last in runs]) for place in range(states)]
    return [torch.stack([y for y, _ in runs], dim=1), *lasts]


def _start(operands: Operands, direction: int, x: Tensor, states: int) -> State:
    hidden = operands[2].shape[-1] if operands[2] is not None else 0
    given = [operands[5 + place] if len(operands) > 5 + place else None for place in range(states)]
    zero = torch.zeros(x.shape[1], hidden, dtype=x.dtype)
    return tuple(zero if item is None else item[direction] for item in given)


def _one_direction(x: Tensor, weights: Weights, state: State, cell: Cell, *, backward: bool) -> tuple[Tensor, State]:
    steps = list(range(len(x)))
    made: dict[int, Tensor] = {}
    for step in reversed(steps) if backward else steps:
        state = cell(x[step], state, weights)
        made[step] = state[0]
    return torch.stack([made[step] for step in steps]), state


def _lstm_cell(x: Tensor, state: State, weights: Weights) -> State:
    hidden, memory = state
    sums = x @ weights.w.T + weights.wb + hidden @ weights.r.T + weights.rb
    enter, leave, forget, candidate = sums.chunk(4, dim=-1)
    memory = forget.sigmoid() * memory + enter.sigmoid() * candidate.tanh()
    return leave.sigmoid() * memory.tanh(), memory


def _gru_cell_after(x: Tensor, state: State, weights: Weights) -> State:
    """The reset gate multiplies the state's product, bias included: PyTorch's GRU, linear_before_reset = 1."""
    (hidden,) = state
    update, reset, own = (x @ weights.w.T + weights.wb).chunk(3, dim=-1)
    update_, reset_, own_ = (hidden @ weights.r.T + weights.rb).chunk(3, dim=-1)
    update, reset = (update + update_).sigmoid(), (reset + reset_).sigmoid()
    return ((1 - update) * (own + reset * own_).tanh() + update * hidden,)


def _gru_cell_before(x: Tensor, state: State, weights: Weights) -> State:
    """The reset gate multiplies the state before its product: linear_before_reset = 0."""
    (hidden,) = state
    update, reset, own = (x @ weights.w.T + weights.wb).chunk(3, dim=-1)
    update_w, reset_w, own_w = weights.r.chunk(3)
    update_b, reset_b, own_b = weights.rb.chunk(3)
    update = (update + hidden @ update_w.T + update_b).sigmoid()
    reset = (reset + hidden @ reset_w.T + reset_b).sigmoid()
    return ((1 - update) * (own + (reset * hidden) @ own_w.T + own_b).tanh() + update * hidden,)
