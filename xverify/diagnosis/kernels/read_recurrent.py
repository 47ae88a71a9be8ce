"""The recurrent layer that a suspect is, read from its step.

weights.mat holds an LSTM's two biases as their sum, a GRU's one over the other: see layouts/lstm.py and layouts/gru.py.
"""

from itertools import product

import numpy as np

from xverify.diagnosis.kernels.gru import gru_step
from xverify.diagnosis.kernels.lstm import lstm_step
from xverify.diagnosis.kernels.recurrent import Cell, Recurrent
from xverify.diagnosis.kernels.settings import is_setting, number
from xverify.diagnosis.kernels.trial import usable
from xverify.diagnosis.steps import Step
from xverify.diagnosis.suspect import Array, Suspect

LSTM = frozenset({"lstmLayer", "bilstmLayer"})
GRU = frozenset({"gruLayer"})


def recurrent_of(suspect: Suspect) -> Recurrent | None:
    """The recurrent layer, or None where the suspect is none, or has no batch axis."""
    step = suspect.step
    if step is None or step.op not in LSTM | GRU or not usable(suspect) or suspect.inputs[0].ndim != 3:
        return None
    is_lstm = step.op in LSTM
    cells = _lstm_cells(step) if is_lstm else _gru_cells(step)
    states = 2 if is_lstm else 1
    if not cells or len(suspect.inputs) not in {1, 1 + states}:
        return None
    advance = lstm_step() if is_lstm else gru_step()
    return Recurrent(cells, advance, states, is_setting(step, "batch_first"), step.output)


def _lstm_cells(step: Step) -> tuple[tuple[Cell, ...], ...]:
    layers = []
    for suffix in _suffixes(step):
        weight, recurrent = step.stored[f"InputWeights{suffix}"], step.stored[f"RecurrentWeights{suffix}"]
        hidden = recurrent.shape[-1]
        bias = _bias(step, suffix, len(weight))
        count = len(weight) // (4 * hidden)
        parts = zip(np.split(weight, count), np.split(recurrent, count), np.split(bias, count), strict=True)
        layers.append(tuple(Cell(*part, np.zeros(4 * hidden)) for part in parts))
    return tuple(layers)


def _gru_cells(step: Step) -> tuple[tuple[Cell, ...], ...]:
    directions = ("", "_reverse") if is_setting(step, "bidirectional") else ("",)
    count = int(number(step, "num_layers", 1))
    plain = count == 1 and len(directions) == 1
    suffixes = {(layer, end): "" if plain else f"_l{layer}{end}" for layer, end in product(range(count), directions)}
    if any(f"InputWeights{suffix}" not in step.stored for suffix in suffixes.values()):
        return ()
    return tuple(tuple(_gru_cell(step, suffixes[layer, end]) for end in directions) for layer in range(count))


def _gru_cell(step: Step, suffix: str) -> Cell:
    weight, recurrent = step.stored[f"InputWeights{suffix}"], step.stored[f"RecurrentWeights{suffix}"]
    bias = _bias(step, suffix, 2 * len(weight))
    return Cell(weight, recurrent, bias[: len(weight)], bias[len(weight) :])


def _bias(step: Step, suffix: str, size: int) -> Array:
    bias = step.stored.get(f"Bias{suffix}")
    return np.zeros(size) if bias is None else np.ravel(bias)


def _suffixes(step: Step) -> list[str]:
    """The endings of the stored names, one a layer, in order."""
    found = [name.removeprefix("InputWeights") for name in step.stored if name.startswith("InputWeights")]
    return sorted(found, key=lambda suffix: int(suffix.removeprefix("_l") or 0))
