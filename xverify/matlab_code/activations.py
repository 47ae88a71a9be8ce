"""Layers that act on each element alone, and softmax."""

from collections.abc import Callable

from xverify.matlab_code.literals import number, text
from xverify.matlab_code.step import Step, UnsupportedStepError, Written
from xverify.matlab_code.value import normalised


def plain(step: Step) -> Written:
    """A layer without settings: reluLayer, swishLayer, sigmoidLayer, tanhLayer."""
    return _elementwise(step, [])


def leaky_relu(step: Step) -> Written:
    """leakyReluLayer(scale)."""
    return _elementwise(step, [number(step.scalar("negative_slope", 0.01))])


def clipped_relu(step: Step) -> Written:
    """clippedReluLayer(ceiling): its floor is 0."""
    if step.scalar("min_val", -1) != 0:
        raise UnsupportedStepError("the floor of MATLAB's clippedReluLayer is 0")
    return _elementwise(step, [number(step.scalar("max_val", 1))])


def elu(step: Step) -> Written:
    """eluLayer(alpha)."""
    if step.scalar("scale", 1) != 1 or step.scalar("input_scale", 1) != 1:
        raise UnsupportedStepError("MATLAB's eluLayer has no scale, as SELU needs it")
    return _elementwise(step, [number(step.scalar("alpha", 1))])


def gelu(step: Step) -> Written:
    """A geluLayer (R2022b)."""
    kind = step.attribute("approximate", "none")
    options = [("Approximation", text(str(kind)))] if kind != "none" else []
    value = step.data
    return step.becomes(step.layer("geluLayer", [], options, since="R2022b"), value.labels, value.flattened)


def prelu(step: Step) -> Written:
    """preluLayer: a layer of the toolbox since R2024a (recalled, not read again)."""
    value = step.ordered(step.data)
    layer = step.layer("preluLayer", [], [("Alpha", step.code("Alpha"))], since="R2024a")
    return step.becomes(layer, value.labels)


def softmax(step: Step) -> Written:
    """softmaxLayer, over the channels."""
    value = step.ordered(step.data)
    axis = step.scalar("dim", step.scalar("axis", -1))
    if value.labels[normalised(axis, len(value.labels))] != "C":
        raise UnsupportedStepError("MATLAB's softmaxLayer acts over the channels, this one over another axis")
    return step.becomes(step.layer("softmaxLayer"), value.labels)


def dropout(step: Step) -> Written:
    """dropoutLayer, which does nothing in prediction."""
    return _elementwise(step, [number(step.scalar("p", 0.5))])


def _elementwise(step: Step, positional: list[str]) -> Written:
    value = step.data
    return step.becomes(step.layer(step.operation.op, positional), value.labels, value.flattened)


ACTIVATIONS: dict[str, Callable[[Step], Written]] = {
    "reluLayer": plain,
    "swishLayer": plain,
    "sigmoidLayer": plain,
    "tanhLayer": plain,
    "leakyReluLayer": leaky_relu,
    "clippedReluLayer": clipped_relu,
    "eluLayer": elu,
    "geluLayer": gelu,
    "dropoutLayer": dropout,
}
"""Those that keep the order of a flattened value, because they look at no other element."""
