"""Sums, products and concatenations of several values."""

from xverify.matlab_code.literals import number
from xverify.matlab_code.step import Step, UnsupportedStepError, Written
from xverify.matlab_code.value import Operand, normalised


def addition(step: Step) -> Written:
    """additionLayer: of equal sizes."""
    first = _alike(step)
    if step.scalar("alpha", 1) != 1 or len({value.shape for value in step.inputs}) > 1:
        raise UnsupportedStepError("MATLAB's additionLayer adds equal sizes, without a factor")
    return step.becomes(step.layer("additionLayer", [number(len(step.inputs))]), first.labels)


def multiplication(step: Step) -> Written:
    """multiplicationLayer: axes of size 1 expand (documented)."""
    first = _alike(step)
    return step.becomes(step.layer("multiplicationLayer", [number(len(step.inputs))]), first.labels)


def concatenation(step: Step) -> Written:
    """A depthConcatenationLayer for images along their channels, else concatenationLayer, which takes MATLAB's dimension."""
    first = _alike(step)
    axis = normalised(step.scalar("dim", step.scalar("axis", 0)), len(first.labels))
    label, count = first.labels[axis], number(len(step.inputs))
    if label not in "CS":
        raise UnsupportedStepError("MATLAB's layers join along channels and space alone")
    if label == "C" and "S" in first.labels:
        return step.becomes(step.layer("depthConcatenationLayer", [count]), first.labels)
    dimension = number(first.dimension(axis))
    return step.becomes(step.layer("concatenationLayer", [dimension, count]), first.labels)


def _alike(step: Step) -> Operand:
    """The first value; all have the same meaning of axes."""
    if len({value.labels for value in step.inputs}) != 1 or len({value.format for value in step.inputs}) != 1:
        raise UnsupportedStepError("its inputs have different kinds of axes")
    for value in step.inputs:
        step.ordered(value)
    return step.inputs[0]
