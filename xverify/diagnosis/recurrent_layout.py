"""A recurrent layer that reads its sequence otherwise: backwards, with batch and time exchanged, or from other first states."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import permutations

import numpy as np

from xverify.diagnosis.explanation import Explanation
from xverify.diagnosis.kernels.claim import Claim
from xverify.diagnosis.kernels.read_recurrent import recurrent_of, states_of
from xverify.diagnosis.kernels.recurrent import Recurrent
from xverify.diagnosis.kernels.recurrent_trial import RecurrentTrial
from xverify.diagnosis.kernels.sampling import promising
from xverify.diagnosis.suspect import Array, Suspect

_MAX_STATES = 4
"""Two layers of two directions: 24 orders."""

Work = Callable[[Sequence[Array]], Array]


def recurrent_layout(suspect: Suspect) -> Iterator[Explanation]:
    """For LSTMs and GRUs."""
    layer = recurrent_of(suspect)
    if layer is None:
        return
    trial = RecurrentTrial(suspect, layer)
    given = len(suspect.inputs) > 1 or bool(layer.fixed)
    for claim, work in (*_directions(layer), *_halves(layer), *_states(layer, given)):
        value = trial.value(work)
        if value is not None:
            yield claim.with_value(value)
    yield from _axes(suspect, layer)
    yield from _order_of_states(suspect, layer)


def _order_of_states(suspect: Suspect, layer: Recurrent) -> Iterator[Explanation]:
    """Last states of several layers or directions, put together in another order."""
    names = list(states_of(layer))
    if not layer.element or not 1 < len(names) <= _MAX_STATES or len(suspect.expected) != len(names):
        return
    fix = (
        "PyTorch: h_n has (layers * directions, batch, hidden), layer by layer, forward before backward.",
        "ONNX: Concat of each layer's Y_h and Y_c, the first layer first.",
        "MATLAB: every lstmLayer and gruLayer gives its own HiddenState and CellState.",
    )
    for order in permutations(range(len(names))):
        value = suspect.expected[list(order)]
        if order != tuple(range(len(names))) and promising(suspect, value):
            listed = ", ".join(names[place] for place in order)
            yield Claim("order of states", f"The last states stand in the order {listed}.", fix).with_value(value)


def _directions(layer: Recurrent) -> Iterator[tuple[Claim, Work]]:
    time = 1 if layer.batch_first else 0

    def backwards(inputs: Sequence[Array]) -> Array:
        return layer([np.flip(inputs[0], time), *inputs[1:]])

    fix = (
        "MATLAB: lstmLayer and gruLayer read a sequence forwards; flip(X, 3) of a 'CBT' array reads it backwards.",
        "ONNX: direction = forward.",
    )
    statement = "The sequence is read from its end."
    yield Claim("time reversed", statement, fix), backwards
    if layer.element == 0:
        claim = Claim("time reversed", f"{statement[:-1]}, and its steps are given back in PyTorch's order.", fix)
        yield claim, lambda inputs: np.flip(backwards(inputs), time)
        claim = Claim("time reversed", "The steps of the result are in reverse order.", fix)
        yield claim, lambda inputs: np.flip(layer(inputs), time)


def _halves(layer: Recurrent) -> Iterator[tuple[Claim, Work]]:
    """What may be wrong with two directions."""
    if len(layer.cells[0]) < 2:
        return
    fix = (
        "MATLAB: bilstmLayer stacks the forward direction's weights over the backward one's.",
        "ONNX: direction = bidirectional, forward first.",
    )
    claim = Claim("directions exchanged", "The weights of both directions are exchanged.", fix)
    yield claim, replace(layer, cells=tuple(directions[::-1] for directions in layer.cells))
    claim = Claim("directions alike", "The backward direction has the forward one's weights.", fix)
    yield claim, replace(layer, cells=tuple((directions[0], directions[0]) for directions in layer.cells))
    if layer.element == 0:
        claim = Claim("directions exchanged", "The results of both directions are exchanged.", fix)
        yield claim, lambda inputs: np.roll(layer(inputs), layer.cells[-1][0].hidden, -1)
        claim = Claim("time reversed", "The backward direction's steps are not turned back.", fix)
        yield claim, lambda inputs: _unturned(layer, inputs)


def _unturned(layer: Recurrent, inputs: Sequence[Array]) -> Array:
    value = layer(inputs)
    forward, backward = np.split(value, 2, axis=-1)
    return np.concatenate([forward, np.flip(backward, 1 if layer.batch_first else 0)], axis=-1)


def _states(layer: Recurrent, given: bool) -> Iterator[tuple[Claim, Work]]:
    if given:
        fix = ("MATLAB: HiddenState and CellState of the layer.", "ONNX: initial_h and initial_c.")
        claim = Claim("initial states ignored", "The initial states are zeros instead of those that are given.", fix)
        yield claim, lambda inputs: replace(layer, fixed={})(inputs[:1])
    if layer.state_count == 2 and layer.element:
        found, usual = ("cell", "hidden") if layer.element == 1 else ("hidden", "cell")
        fix = ("MATLAB: HasStateOutputs gives output, hidden state, cell state.", "ONNX: Y, Y_h, Y_c.")
        claim = Claim("states exchanged", f"It gives the last {found} state instead of the last {usual} state.", fix)
        yield claim, replace(layer, element=3 - layer.element)


def _axes(suspect: Suspect, layer: Recurrent) -> Iterator[Explanation]:
    """All of the batch at once: a part of it would be a part of the time."""
    if len(suspect.inputs) > 1 or layer.fixed:
        return
    value = replace(layer, batch_first=not layer.batch_first)(suspect.inputs)
    if promising(suspect, value):
        order = "(batch, time, channel)" if layer.batch_first else "(time, batch, channel)"
        claim = Claim(
            "batch and time exchanged",
            "The batch's axis is taken for time, and time for the batch.",
            (
                f"PyTorch: batch_first={layer.batch_first}: the axes are {order}.",
                "MATLAB: dlarray(X, 'CBT').",
                "ONNX: layout = 0 is (time, batch, channel).",
            ),
        )
        yield claim.with_value(value.astype(suspect.expected.dtype))
