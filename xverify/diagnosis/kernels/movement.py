"""Layers without weights, computed again from other inputs: joins, reshapes, transposes, and operations of two values."""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import permutations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xverify.diagnosis.kernels.elementwise import OPERATORS, apply
from xverify.diagnosis.suspect import Suspect

Array = NDArray[Any]
Inputs = tuple[Array, ...]
Compute = Callable[[Inputs], Array]

_RESHAPES = {"view", "reshape", "flatten", "_unsafe_view", "unflatten"}


def recomputation(suspect: Suspect) -> Compute | None:
    """A function that gives PyTorch's value from the inputs that it recorded; None where none of those known here does."""
    if not suspect.inputs or any(item.dtype.kind == "b" for item in suspect.inputs):
        return None
    for compute in _choices(suspect):
        value = compute(suspect.inputs)
        if value.shape == suspect.expected.shape and np.array_equal(value, suspect.expected):
            return compute
    return None


def _choices(suspect: Suspect) -> Iterator[Compute]:
    name, inputs, shape = suspect.layer.operation, suspect.inputs, suspect.expected.shape
    if name == "cat" and len({item.ndim for item in inputs}) == 1:
        yield from (partial(_join, axis=axis) for axis in range(inputs[0].ndim) if _joinable(inputs, axis))
    elif name in _RESHAPES and inputs[0].size == suspect.expected.size:
        yield lambda given: given[0].reshape(shape)
    elif name in OPERATORS and len(inputs) == 2 and all(item.shape == shape for item in inputs):
        compute = OPERATORS[name]
        yield lambda given: apply(compute, given[0], given[1])
    elif name in {"permute", "transpose"} and inputs[0].ndim == len(shape) <= 4:
        yield from (partial(_turn, order=order) for order in permutations(range(len(shape))))


def _joinable(inputs: Inputs, axis: int) -> bool:
    return len({item.shape[:axis] + item.shape[axis + 1 :] for item in inputs}) == 1


def _join(given: Inputs, axis: int) -> Array:
    return np.concatenate(given, axis)


def _turn(given: Inputs, order: tuple[int, ...]) -> Array:
    return given[0].transpose(order)
