"""LSTM and GRU in numpy against torch's."""

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from xverify.diagnosis.kernels.gru import gru_step
from xverify.diagnosis.kernels.lstm import lstm_step
from xverify.diagnosis.kernels.recurrent import Cell, Recurrent


def cells(module: Any) -> tuple[tuple[Cell, ...], ...]:
    arrays = {name: value.detach().numpy() for name, value in module.named_parameters()}
    directions = ("", "_reverse") if module.bidirectional else ("",)
    names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    return tuple(
        tuple(Cell(*(arrays[f"{name}_l{layer}{direction}"] for name in names)) for direction in directions)
        for layer in range(module.num_layers)
    )


@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU])
@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize("first", [False, True])
@pytest.mark.parametrize("given", [False, True])
def test_as_torch(kind: Any, layers: int, both: bool, first: bool, given: bool) -> None:
    torch.manual_seed(0)
    module = kind(5, 4, layers, bidirectional=both, batch_first=first)
    states = tuple(torch.randn(layers * (1 + both), 3, 4) for _ in range(2 if kind is nn.LSTM else 1)) if given else ()
    value = torch.randn(3, 7, 5) if first else torch.randn(7, 3, 5)
    initial = (states if kind is nn.LSTM else states[0]) if given else None
    sequence, last = module(value, initial)
    expected = (sequence, *last) if kind is nn.LSTM else (sequence, last)
    advance = lstm_step() if kind is nn.LSTM else gru_step()
    for element, item in enumerate(expected):
        made = Recurrent(cells(module), advance, 2 if kind is nn.LSTM else 1, first, element)
        found = made([value.numpy(), *(state.numpy() for state in states)])
        np.testing.assert_allclose(found, item.detach().numpy(), rtol=1e-5, atol=1e-5)
