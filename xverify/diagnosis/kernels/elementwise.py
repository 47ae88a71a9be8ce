"""What an elementwise layer reads: other layers' values and constants, in the operator's order."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xverify.diagnosis.suspect import Suspect

Array = NDArray[Any]
Operator = Callable[[Array, Array], Array]

OPERATORS: dict[str, Operator] = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "div": np.divide,
    "maximum": np.maximum,
    "minimum": np.minimum,
}
"""ATen operation -> what it computes of two operands."""


def operands(suspect: Suspect) -> tuple[Array, Array] | None:
    """The two operands of a layer in `OPERATORS`, in order; None where they do not give PyTorch's value."""
    compute = OPERATORS.get(suspect.layer.operation)
    if compute is None or any(item.dtype.kind == "b" for item in suspect.inputs):
        return None
    for pair in _pairs(suspect):
        try:
            value = apply(compute, *pair)
        except ValueError:  # shapes that do not broadcast
            continue
        if value.shape == suspect.expected.shape and _agrees(suspect, value):
            return pair
    return None


def apply(compute: Operator, first: Array, second: Array) -> Array:
    """An operator without warnings: a division by zero is a value here.

    Raises:
        ValueError: The shapes do not broadcast.
    """
    with np.errstate(all="ignore"):
        return np.asarray(compute(first, second))


def _pairs(suspect: Suspect) -> list[tuple[Array, Array]]:
    """The operands as they may stand: weights.mat has lost a vector's shape, and which operand is the constant."""
    if len(suspect.inputs) == 2:
        first, second = suspect.inputs
        return [(first, second), (second, first)]
    if len(suspect.inputs) != 1:
        return []
    given = suspect.inputs[0]
    constants = dict(suspect.step.constants) if suspect.step else {}
    if not constants:
        return [(given, given)]
    place, constant = next(iter(constants.items()))
    forms = [item.astype(given.dtype) for item in (constant, constant.ravel())]
    return [(form, given) if place == 0 else (given, form) for form in forms]


def _agrees(suspect: Suspect, value: Array) -> bool:
    with np.errstate(invalid="ignore"):
        away = np.abs(value.astype(np.float64) - suspect.expected)
    return not np.any(away > suspect.tolerance)
