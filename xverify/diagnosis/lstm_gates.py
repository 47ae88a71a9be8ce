"""An LSTM whose gates stand in another order, whose bias is not PyTorch's, or whose gates have another activation."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import numpy as np

from xverify.diagnosis.explanation import Explanation
from xverify.diagnosis.kernels.claim import Claim
from xverify.diagnosis.kernels.gates import orders, recurrent_transposed, reordered
from xverify.diagnosis.kernels.lstm import lstm_step
from xverify.diagnosis.kernels.read_recurrent import LSTM, recurrent_of
from xverify.diagnosis.kernels.recurrent import Cell, Recurrent
from xverify.diagnosis.kernels.recurrent_trial import RecurrentTrial, mapped
from xverify.diagnosis.suspect import Array, Suspect

_KNOWN = {"iofg": "ONNX's order"}

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
    for claim, changed in (*_gates(layer), *_biases(layer), *_weights(layer), *_activations(layer)):
        value = trial.value(changed)
        if value is not None:
            yield claim.with_value(value)


def _gates(layer: Recurrent) -> Iterator[tuple[Claim, Recurrent]]:
    found = orders("ifgo")
    for name, blocks in sorted(found, key=lambda item: item[0] not in _KNOWN):
        who = f" ({_KNOWN[name]})" if name in _KNOWN else ""
        statement = f"The gates are taken in the order {', '.join(name)}{who} instead of i, f, g, o."
        yield Claim("gate order", statement, _ORDER), mapped(layer, partial(reordered, blocks=blocks))


def _biases(layer: Recurrent) -> Iterator[tuple[Claim, Recurrent]]:
    claim = Claim("bias missing", "Both biases are missing.", _BIAS)
    yield claim, mapped(layer, lambda cell: replace(cell, bias=0 * cell.bias))
    claim = Claim("bias doubled", "The sum of both biases is added twice.", _BIAS)
    yield claim, mapped(layer, lambda cell: replace(cell, bias=2 * cell.bias))
    fix = (
        "MATLAB: BiasInitializer 'unit-forget-gate' is for training; PyTorch's forget gate has no extra bias.",
        *_BIAS,
    )
    claim = Claim("forget gate's bias", "1 is added to the bias of the forget gate.", fix)
    yield claim, mapped(layer, _forgetting)


def _forgetting(cell: Cell) -> Cell:
    extra: Array = np.repeat([0.0, 1.0, 0.0, 0.0], cell.hidden)
    return replace(cell, bias=cell.bias + extra)


def _weights(layer: Recurrent) -> Iterator[tuple[Claim, Recurrent]]:
    fix = ("MATLAB: RecurrentWeights is weight_hh_l0 as it is, (4 * hidden, hidden).", "PyTorch: weight_hh_l0.")
    claim = Claim("recurrent weights transposed", "Each gate's recurrent weights are transposed.", fix)
    yield claim, mapped(layer, recurrent_transposed)
    if all(cell.weight.shape == cell.recurrent.shape for cells in layer.cells for cell in cells):
        claim = Claim("recurrent weights exchanged", "The weights of input and hidden state are exchanged.", fix)
        yield claim, mapped(layer, lambda cell: replace(cell, weight=cell.recurrent, recurrent=cell.weight))


def _activations(layer: Recurrent) -> Iterator[tuple[Claim, Recurrent]]:
    fix = (
        "MATLAB: 'GateActivationFunction', 'sigmoid', 'StateActivationFunction', 'tanh'.",
        "ONNX: activations = Sigmoid, Tanh, Tanh.",
    )
    claim = Claim("gate activation", "The gates' activation is hard-sigmoid instead of sigmoid.", fix)
    yield claim, replace(layer, advance=lstm_step(gate=lambda value: np.clip(0.2 * value + 0.5, 0, 1)))
    claim = Claim("state activation", "The states' activation is softsign instead of tanh.", fix)
    yield claim, replace(layer, advance=lstm_step(state=lambda value: value / (1 + np.abs(value))))
