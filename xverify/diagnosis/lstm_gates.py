"""An LSTM whose gates stand in another order, whose bias is not PyTorch's, or whose gates have another activation."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import numpy as np

from xverify.diagnosis.explanation import Explanation
from xverify.diagnosis.kernels.claim import Claim
from xverify.diagnosis.kernels.gates import scaled_biases
from xverify.diagnosis.kernels.lstm import lstm_step
from xverify.diagnosis.kernels.read_recurrent import LSTM, recurrent_of
from xverify.diagnosis.kernels.recurrent import Cell, Recurrent
from xverify.diagnosis.kernels.recurrent_claims import gate_orders, recurrent_weights
from xverify.diagnosis.kernels.recurrent_trial import Changes, RecurrentTrial, advanced, mapped
from xverify.diagnosis.suspect import Array, Suspect

_KNOWN = ("iofg", "ONNX's order")
_ORDER = (
    "MATLAB: the rows are input, forget, cell candidate, output, as PyTorch's i, f, g, o.",
    "ONNX: the rows of W, R and B are i, o, f, c.",
    "PyTorch: weight_ih_l0 and weight_hh_l0 are i, f, g, o.",
)
_BIAS = (
    "MATLAB: Bias = bias_ih_l0 + bias_hh_l0, once.",
    "ONNX: B is bias_ih and bias_hh one after the other; the operator adds them.",
)


def lstm_gates(suspect: Suspect) -> Iterator[Explanation]:
    """For LSTMs, bidirectional ones too."""
    layer = recurrent_of(suspect)
    if layer is None or suspect.step is None or suspect.step.op not in LSTM:
        return
    trial = RecurrentTrial(suspect, layer, forwards=True)
    yield from trial.explanations(
        (
            *gate_orders(layer, "ifgo", _KNOWN, _ORDER),
            *_biases(layer),
            *recurrent_weights(layer, gates=4),
            *_activations(layer),
        )
    )


def _biases(layer: Recurrent) -> Iterator[tuple[Claim, Changes]]:
    cases = [("bias missing", "Both biases are missing.", 0, 0), ("bias doubled", "Both biases are added twice.", 2, 2)]
    if layer.split:
        cases += [
            ("bias missing", "The hidden state's bias is missing.", 1, 0),
            ("bias missing", "The input's bias is missing.", 0, 1),
            ("bias doubled", "The hidden state's bias is added twice.", 1, 2),
            ("bias doubled", "The input's bias is added twice.", 2, 1),
            ("bias of wrong sign", "Both biases are subtracted.", -1, -1),
        ]
    for kind, statement, own, hidden in cases:
        yield Claim(kind, statement, _BIAS), mapped(layer, partial(scaled_biases, own=own, hidden=hidden))
    fix = (
        "MATLAB: BiasInitializer 'unit-forget-gate' is for training; PyTorch's forget gate has no extra bias.",
        *_BIAS,
    )
    claim = Claim("forget gate's bias", "1 is added to the bias of the forget gate.", fix)
    yield claim, mapped(layer, _forgetting)


def _forgetting(cell: Cell) -> Cell:
    extra: Array = np.repeat([0.0, 1.0, 0.0, 0.0], cell.hidden)
    return replace(cell, bias=cell.bias + extra)


def _activations(layer: Recurrent) -> Iterator[tuple[Claim, Changes]]:
    fix = (
        "MATLAB: 'GateActivationFunction', 'sigmoid', 'StateActivationFunction', 'tanh'.",
        "ONNX: activations = Sigmoid, Tanh, Tanh.",
    )
    claim = Claim("gate activation", "The gates' activation is hard-sigmoid instead of sigmoid.", fix)
    yield claim, advanced(layer, lstm_step(gate=lambda value: np.clip(0.2 * value + 0.5, 0, 1)))
    claim = Claim("state activation", "The states' activation is softsign instead of tanh.", fix)
    yield claim, advanced(layer, lstm_step(state=lambda value: value / (1 + np.abs(value))))
