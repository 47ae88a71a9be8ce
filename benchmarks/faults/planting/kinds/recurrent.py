"""Faults in recurrent layers: gates in another order, biases lost, GRU's other reset."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from planting.change import Array, Change, attribute, with_attributes, with_input
from planting.graph import Site
from planting.kinds.kind import Kind
from planting.steps import Step

_PYTORCH_IN_ONNX = {"LSTM": (0, 2, 3, 1), "GRU": (1, 0, 2)}
"""ONNX's order (LSTM i o f c, GRU z r h) -> the blocks as PyTorch stores them (i f g o, r z n)."""

_EXCHANGED_IN_MATLAB = {"LSTM": (0, 2, 3, 1), "GRU": (1, 0, 2)}
"""Blocks as MATLAB stores them (i f z o, r z n) -> those that give the gates what the fault in ONNX's order gives them."""

Alter = Callable[[int, Array], Array]


def _blocks(array: Array, axis: int, order: tuple[int, ...], repeats: int = 1) -> Array:
    """Blocks along an axis in another order, in each of `repeats` equal parts by itself."""
    parts = [
        np.concatenate([np.split(part, len(order), axis)[block] for block in order], axis)
        for part in np.split(array, repeats, axis)
    ]
    return np.ascontiguousarray(np.concatenate(parts, axis))


def _gates(operator: str) -> Kind:
    order = _PYTORCH_IN_ONNX[operator]

    def graph(site: Site) -> Change | None:
        """PyTorch's order kept where ONNX has another."""
        repeats = {1: 1, 2: 1, 3: 2}  # B holds two biases, one after the other
        return _recurrent(site, operator, lambda index, array: _blocks(array, 1, order, repeats[index]), (1, 2, 3))

    def step(step: Step) -> Step | None:
        if step.op not in _layers(operator):
            return None
        both = step.op.startswith("bi")  # one direction above the other
        changed = {name: _stored(operator, name, array, both=both) for name, array in _first(step).items()}
        return replace(step, arrays={**step.arrays, **changed})

    return Kind(f"{operator} gate order", graph=graph, step=step)


def _stored(operator: str, name: str, array: Array, *, both: bool) -> Array:
    biases = 2 if operator == "GRU" and name.startswith("Bias") else 1  # the state's below the input's
    return _blocks(array, 0, _EXCHANGED_IN_MATLAB[operator], biases * (2 if both else 1))


def _bias(operator: str, name: str, *, whole: bool) -> Kind:
    def lost(_: int, array: Array) -> Array:
        kept = array.copy()
        kept[:, 0 if whole else array.shape[1] // 2 :] = 0
        return kept

    def step(step: Step) -> Step | None:
        if step.op not in _layers(operator):
            return None
        biases = {name: np.zeros_like(step.arrays[name]) for name in _first(step) if name.startswith("Bias")}
        return replace(step, arrays={**step.arrays, **biases}) if biases else None

    # MATLAB's LSTM layer has one bias, the sum of both: half of it cannot be lost there.
    return Kind(name, graph=lambda site: _recurrent(site, operator, lost, (3,)), step=step if whole else None)


def _layers(operator: str) -> set[str]:
    return {f"{operator.lower()}Layer", f"bi{operator.lower()}Layer"}


def _first(step: Step) -> dict[str, Array]:
    """The arrays of the first cell of a stack, both directions: what the first ONNX node has."""
    return {name: array for name, array in step.arrays.items() if "_l" not in name or "_l0" in name}


def _recurrent(site: Site, operator: str, alter: Alter, indices: tuple[int, ...]) -> Change | None:
    """The node with other constants."""
    found = site.find(operator)
    if found is None:
        return None
    place, node = found
    changed, constants = node, dict[str, Array]()
    for index in indices:
        array = site.graph.constants.get(node.input[index]) if len(node.input) > index else None
        if array is None:
            continue
        constants[site.named(str(index))] = alter(index, array)
        changed = with_input(changed, index, site.named(str(index)))
    return Change({place: [changed]}, constants) if constants else None


def _reset_mode(site: Site) -> Change | None:
    found = site.find("GRU")
    if found is None:
        return None
    other = 1 - attribute(found[1], "linear_before_reset", 0)
    return Change({found[0]: [with_attributes(found[1], linear_before_reset=other)]})


RECURRENT_KINDS = (
    _gates("LSTM"),
    _gates("GRU"),
    _bias("LSTM", "LSTM bias dropped", whole=True),
    _bias("LSTM", "LSTM recurrent bias dropped", whole=False),
    _bias("GRU", "GRU bias dropped", whole=True),
    Kind("GRU reset mode", graph=_reset_mode),
)
