"""Fully connected layers, whose columns follow the order in which a flattenLayer before them joins its input."""

from xverify.matlab_code.literals import number, row
from xverify.matlab_code.step import Step, UnsupportedStepError, Written, zeros


def fully_connected(step: Step) -> Written:
    """A fullyConnectedLayer over the channels; behind a flattenLayer with its columns permuted."""
    value = step.data
    if value.labels[-1] != "C":
        raise UnsupportedStepError(f"it multiplies the last axis of {value.labels}, which is not the channels")
    outputs = step.array("Weights").shape[0]
    weights = step.code("Weights")
    if value.flattened:
        weights = f"for_flatten({weights}, {row(value.flattened)})"
    options = [("Weights", weights)]
    if step.has("Bias"):
        options.append(("Bias", step.code("Bias")))
    else:
        options += [("Bias", zeros(outputs, 1)), ("BiasLearnRateFactor", "0")]
    return step.becomes(step.layer("fullyConnectedLayer", [number(outputs)], options), value.labels)
