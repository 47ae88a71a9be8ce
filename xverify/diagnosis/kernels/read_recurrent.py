"""The recurrent layer that a suspect is, read from its step.

Its parameters are PyTorch's where the bundle holds them with their hashes. weights.mat has the sum of an LSTM's two biases alone:
each of them is in model.onnx, and where one is, the other is the rest of the sum. See layouts/lstm.py and layouts/gru.py.
"""

from collections.abc import Iterator

import numpy as np

from xverify.diagnosis.kernels.gru import gru_step
from xverify.diagnosis.kernels.lstm import lstm_step
from xverify.diagnosis.kernels.recurrent import Cell, Recurrent
from xverify.diagnosis.kernels.settings import is_setting
from xverify.diagnosis.kernels.trial import usable
from xverify.diagnosis.steps import Step
from xverify.diagnosis.suspect import Array, Suspect

LSTM = frozenset({"lstmLayer", "bilstmLayer", "LSTM"})
GRU = frozenset({"gruLayer", "GRU"})

_FIRST_STATE = 5
"""The operand of ONNX's operators from which on first states stand."""


def recurrent_of(suspect: Suspect) -> Recurrent | None:
    """The recurrent layer, or None where the suspect is none, has no batch axis, or its parameters are not known."""
    step = suspect.step
    if step is None or step.op not in LSTM | GRU or not usable(suspect) or suspect.inputs[0].ndim != 3:
        return None
    is_lstm = step.op in LSTM
    gates, states = (4, 2) if is_lstm else (3, 1)
    found = [[_cell(step, name, gates) for name in names] for names in _names(step)]
    cells = [[cell for cell, _ in layer if cell is not None] for layer in found]
    fixed = {place - _FIRST_STATE: value for place, value in step.constants.items() if place >= _FIRST_STATE}
    read = len(suspect.inputs) - 1
    complete = cells and all(len(layer) == len(names) for layer, names in zip(cells, _names(step), strict=True))
    if not complete or read not in ({states - len(fixed)} if fixed else {0, states}):
        return None
    advance = lstm_step() if is_lstm else gru_step()
    split = all(known for layer in found for _, known in layer)
    layers = tuple(tuple(layer) for layer in cells)
    return Recurrent(layers, advance, states, is_setting(step, "batch_first"), step.output, fixed, split)


def _names(step: Step) -> list[list[str]]:
    """The endings of PyTorch's parameter names: a list a layer, the backward direction second."""
    stacked = step.op == "bilstmLayer" or is_setting(step, "bidirectional")
    directions = ("", "_reverse") if stacked else ("",)
    names = {
        *step.parameters,
        *(f"weight_ih{_suffix(name)}" for name in step.stored if name.startswith("InputWeights")),
    }
    layers = {
        name.removeprefix("weight_ih_l").removesuffix("_reverse") for name in names if name.startswith("weight_ih_l")
    }
    return [[f"_l{number}{end}" for end in directions] for number in sorted(int(item) for item in layers)]


def _suffix(name: str) -> str:
    return name.removeprefix("InputWeights") or "_l0"


def _cell(step: Step, name: str, gates: int) -> tuple[Cell | None, bool]:
    """The cell, and whether its biases are known apart."""
    weight, recurrent = (_weight(step, role, name) for role in ("weight_ih", "weight_hh"))
    if weight is None or recurrent is None or len(recurrent) != gates * recurrent.shape[1]:
        return None, False
    own, hidden, known = _biases(step, name, len(recurrent), gates)
    return Cell(weight, recurrent, own, hidden), known


def _weight(step: Step, role: str, name: str) -> Array | None:
    found = step.parameters.get(role + name)
    return (
        found
        if found is not None
        else _stored(step, {"weight_ih": "InputWeights", "weight_hh": "RecurrentWeights"}[role], name)
    )


def _biases(step: Step, name: str, size: int, gates: int) -> tuple[Array, Array, bool]:
    """The input's and the state's; of an LSTM the sum and zeros where only that is known."""
    own, hidden = (step.parameters.get(f"{role}{name}") for role in ("bias_ih", "bias_hh"))
    stored = _stored(step, "Bias", name)
    if own is not None and hidden is not None:
        return own, hidden, True
    if stored is None:
        return np.zeros(size), np.zeros(size), False
    both = np.ravel(stored).astype(np.float64)
    if gates == 3:  # one over the other
        return both[:size], both[size:], True
    if own is not None:
        return own, both - own, True
    return (both - hidden, hidden, True) if hidden is not None else (both, np.zeros(size), False)


def _stored(step: Step, what: str, name: str) -> Array | None:
    """MATLAB's array of a cell. One layer alone has no ending; bilstmLayer stacks both directions."""
    layer = name.removesuffix("_reverse")
    for ending in (name, layer, "") if name in {"_l0", "_l0_reverse"} else (name, layer):
        found = step.stored.get(what + ending)
        if found is None:
            continue
        if step.op != "bilstmLayer":
            return found if name in {ending, "_l0"} else None
        return np.split(found, 2)[int(name.endswith("_reverse"))]
    return None


def states_of(layer: Recurrent) -> Iterator[str]:
    """What to call each of the layer's last states, in PyTorch's order."""
    for number, directions in enumerate(layer.cells):
        for way in ("", " backwards")[: len(directions)]:
            yield f"layer {number + 1}{way}"
