"""Small correct recurrent networks; one hundred steps let rounding grow."""

from collections.abc import Callable, Mapping
from typing import cast

import torch
from made_network import Made
from torch import Tensor, nn


def rnn_100_steps() -> Made:
    return nn.RNN(7, 12, batch_first=True), torch.randn(1, 100, 7)


class ManualRnn(nn.Module):
    """100 steps of a gain above one, step by step: a chaotic network, whose rounding grows with each step."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Linear(24, 24, bias=False)
        nn.init.normal_(self.inner.weight, std=0.6)
        self.head = nn.Linear(24, 1)

    def forward(self, x: Tensor) -> Tensor:
        state = x[:, 0]
        for step in range(1, 100):
            state = torch.tanh(self.inner(state) + x[:, step])
        return cast("Tensor", self.head(state))


def chaotic_rnn_100_steps() -> Made:
    return ManualRnn(), 0.3 * torch.randn(1, 100, 24)


def lstm_100_steps() -> Made:
    return nn.LSTM(5, 9, batch_first=True), torch.randn(2, 100, 5)


def gru_100_steps() -> Made:
    return nn.GRU(5, 9), torch.randn(100, 2, 5)


def lstm_two_layers() -> Made:
    return nn.LSTM(6, 8, num_layers=2, batch_first=True), torch.randn(3, 17, 6)


def bilstm() -> Made:
    return nn.LSTM(6, 8, bidirectional=True, batch_first=True), torch.randn(3, 17, 6)


def gru_two_layers_bidirectional() -> Made:
    return nn.GRU(6, 8, num_layers=2, bidirectional=True, batch_first=True), torch.randn(3, 17, 6)


class RecurrentStates(nn.Module):
    """Every form of initial states: constants, one value for both, and each a value of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.ones = nn.LSTM(4, 6, batch_first=True)
        self.shared = nn.LSTM(6, 5, batch_first=True)
        self.own = nn.LSTM(5, 7, batch_first=True)
        self.mixed = nn.LSTM(7, 3, batch_first=True)
        self.full = nn.GRU(3, 8, batch_first=True)

    def forward(self, x: Tensor, state: Tensor) -> Tensor:
        y, _ = self.ones(x, (torch.ones(1, 2, 6), torch.zeros(1, 2, 6)))
        y, _ = self.shared(y, (state[..., :5], state[..., :5]))
        y, _ = self.own(y, (state, torch.tanh(state)))
        y, _ = self.mixed(y, (state[..., :3].sigmoid(), torch.zeros(1, 2, 3)))
        y, _ = self.full(y, torch.full((1, 2, 8), 0.5))
        return cast("Tensor", y)


def recurrent_states() -> Made:
    return RecurrentStates(), (torch.randn(2, 9, 4), torch.randn(1, 2, 7))


class LstmClassifier(nn.Module):
    """The last step of an LSTM, classified."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(4, 16, batch_first=True)
        self.head = nn.Linear(16, 3)

    def forward(self, x: Tensor) -> Tensor:
        sequence, _ = self.lstm(x)
        return cast("Tensor", self.head(sequence[:, -1]))


def lstm_classifier() -> Made:
    return LstmClassifier(), torch.randn(2, 30, 4)


class LstmWithState(nn.Module):
    """An LSTM that is given its initial state and returns its last."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(4, 6)

    def forward(self, x: Tensor, h: Tensor, c: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        sequence, (hidden, cell) = self.lstm(x, (h, c))
        return sequence, hidden, cell


def lstm_with_state() -> Made:
    return LstmWithState(), (torch.randn(11, 2, 4), torch.randn(1, 2, 6), torch.randn(1, 2, 6))


class LstmCellLoop(nn.Module):
    """nn.LSTMCell in a Python loop, from a state that is given."""

    def __init__(self) -> None:
        super().__init__()
        self.cell = nn.LSTMCell(4, 6)

    def forward(self, x: Tensor, h: Tensor, c: Tensor) -> Tensor:
        for step in range(10):
            h, c = self.cell(x[:, step], (h, c))
        return h


def lstm_cell_loop() -> Made:
    return LstmCellLoop(), (torch.randn(3, 10, 4), torch.randn(3, 6), torch.randn(3, 6))


RECURRENT: Mapping[str, Callable[[], Made]] = {
    function.__name__: function
    for function in (
        rnn_100_steps,
        chaotic_rnn_100_steps,
        lstm_100_steps,
        gru_100_steps,
        lstm_two_layers,
        bilstm,
        gru_two_layers_bidirectional,
        lstm_classifier,
        lstm_with_state,
        lstm_cell_loop,
        recurrent_states,
    )
}
