"""A sum, difference, product or quotient of other operands, or another operation in its place: a residual that is missing."""

from collections.abc import Iterator

import numpy as np

from xverify.diagnosis.explanation import Explanation
from xverify.diagnosis.kernels.axis_names import axis_name
from xverify.diagnosis.kernels.elementwise import OPERATORS, apply, operands
from xverify.diagnosis.kernels.sampling import LARGE, promising
from xverify.diagnosis.suspect import Array, Suspect

_MEANING = {
    "add": "the sum",
    "sub": "the difference",
    "mul": "the product",
    "div": "the quotient",
    "maximum": "the larger",
    "minimum": "the smaller",
}

_ONNX = {"add": "Add", "sub": "Sub", "mul": "Mul", "div": "Div", "maximum": "Max", "minimum": "Min"}


def elementwise_operand(suspect: Suspect) -> Iterator[Explanation]:
    """For operations of two operands; and for concatenations, in whose place a sum may stand."""
    if suspect.actual.size > LARGE:
        return
    if suspect.layer.operation == "cat":
        yield from _sums_for_joins(suspect)
        return
    pair = operands(suspect)
    if pair is None:
        return
    yield from _exchanged(suspect, *pair)
    yield from _one_alone(suspect, *pair)
    yield from _another_operator(suspect, *pair)
    yield from _joins_for_sums(suspect, *pair)


def _exchanged(suspect: Suspect, first: Array, second: Array) -> Iterator[Explanation]:
    name = suspect.layer.operation
    if name in {"sub", "div"}:
        value = apply(OPERATORS[name], second, first)
        statement = f"The operands are exchanged: it is {_MEANING[name]} of the second and the first."
        yield from _offer(suspect, "operands exchanged", statement, value)


def _one_alone(suspect: Suspect, first: Array, second: Array) -> Iterator[Explanation]:
    for value, which, missing in ((first, "first", "second"), (second, "second", "first")):
        if np.broadcast_shapes(value.shape, suspect.expected.shape) == suspect.expected.shape:
            statement = (
                f"The {missing} operand is missing: the values are those of the {which}, without {_lost(suspect)}."
            )
            yield from _offer(suspect, "operand missing", statement, np.broadcast_to(value, suspect.expected.shape))


def _lost(suspect: Suspect) -> str:
    return "the residual" if suspect.layer.operation == "add" and len(suspect.inputs) == 2 else "the operation"


def _another_operator(suspect: Suspect, first: Array, second: Array) -> Iterator[Explanation]:
    own = suspect.layer.operation
    for name, compute in OPERATORS.items():
        if name != own:
            statement = f"It is {_MEANING[name]} of the operands, not {_MEANING[own]}."
            yield from _offer(suspect, "another operation", statement, apply(compute, first, second))
    yield from _offer(suspect, "another operation", "It is the mean of the operands.", (first + second) / 2)
    for value, which in ((first, "first"), (second, "second")):
        statement = f"It is {_MEANING[own]} of the {which} operand with itself."
        yield from _offer(suspect, "operand doubled", statement, apply(OPERATORS[own], value, value))


def _joins_for_sums(suspect: Suspect, first: Array, second: Array) -> Iterator[Explanation]:
    if suspect.same_shape or first.shape != second.shape or suspect.actual.size != 2 * first.size:
        return
    for axis in range(first.ndim):
        statement = f"The operands are joined along {axis_name(suspect.layer.dims, axis)}, not {_verb(suspect)}."
        yield from _offer(suspect, "another operation", statement, np.concatenate((first, second), axis))


def _verb(suspect: Suspect) -> str:
    return {"add": "added", "mul": "multiplied"}.get(suspect.layer.operation, "computed elementwise")


def _sums_for_joins(suspect: Suspect) -> Iterator[Explanation]:
    parts = suspect.inputs
    if suspect.same_shape or len(parts) < 2 or len({part.shape for part in parts}) != 1:
        return
    total = np.asarray(sum(parts[1:], start=parts[0]))
    yield from _offer(suspect, "another operation", "The inputs are added, not joined.", total)
    for number, part in enumerate(parts, start=1):
        yield from _offer(suspect, "operand missing", f"Only input {number} of the concatenation is there.", part)


def _offer(suspect: Suspect, kind: str, statement: str, value: Array) -> Iterator[Explanation]:
    if promising(suspect, value):
        operation = _ONNX.get(suspect.layer.operation, "Concat")
        yield Explanation(
            kind=kind,
            statement=statement,
            value=value,
            fix=(
                f"ONNX: {operation} with the inputs that manifest.json lists for this layer, in that order.",
                "MATLAB: see connectLayers in build_NAME.m: in1 and in2 of the layer, and which layer it is.",
                f"PyTorch: the layer is {suspect.layer.operation} of {' and '.join(suspect.layer.inputs) or 'its operands'}.",
            ),
        )
