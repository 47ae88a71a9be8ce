"""Inputs that were not normalised, or twice: 0 to 255 instead of 0 to 1, ImageNet's mean and standard deviation.

A layer is linear in its input only up to its bias, which no factor of the input reaches.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from xverify.diagnosis.explanation import Explanation
from xverify.diagnosis.kernels.axis_names import channel_axis
from xverify.diagnosis.kernels.sampling import LARGE, promising
from xverify.diagnosis.suspect import Array, Suspect

_FACTORS = {
    255.0: "The input is not divided by 255: it runs from 0 to 255, not to 1.",
    1 / 255: "The input is divided by 255 once more than in PyTorch.",
}

_LINEAR = {"conv1d", "conv2d", "conv3d", "convolution", "linear", "addmm"}


@dataclass(frozen=True)
class Statistics:
    """Of a data set: what PyTorch's inputs were normalised with, a number a channel or one for all."""

    name: str
    mean: tuple[float, ...]
    deviation: tuple[float, ...]


STATISTICS = (
    Statistics("ImageNet's", (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
    Statistics("0.5 as", (0.5,), (0.5,)),
    Statistics("CIFAR-10's", (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)),
    Statistics("CIFAR-10's", (0.4914, 0.4822, 0.4465), (0.2023, 0.1994, 0.2010)),
)


def input_normalization(suspect: Suspect) -> Iterator[Explanation]:
    """For layers of floats with parameters that are linear in their input, or without any."""
    if not suspect.same_shape or suspect.actual.dtype.kind != "f" or not 2 <= suspect.actual.size <= LARGE:
        return
    linear = suspect.layer.operation in _LINEAR
    if suspect.layer.parameters and not linear:
        return
    bias = _bias(suspect) if linear else np.zeros(())
    if bias is not None:
        for factor, statement in _FACTORS.items():
            yield from _offer(suspect, statement, (suspect.expected - bias) * factor + bias)
    axis = channel_axis(suspect.layer.dims, suspect.expected.ndim)
    if not linear and axis is not None:
        for statistics in STATISTICS:
            yield from _normalised(suspect, statistics, axis)


def _bias(suspect: Suspect) -> Array | None:
    """The bias, to be added to the value; zero without one, None where it is not known."""
    rank = suspect.expected.ndim
    features = suspect.layer.operation in {"linear", "addmm"}  # always on the last axis
    axis = rank - 1 if features else channel_axis(suspect.layer.dims, rank)
    if suspect.step is None or axis is None:
        return None
    bias = suspect.step.parameters.get("bias")
    return np.zeros(()) if bias is None else _along(bias, axis, suspect.expected.ndim)


def _along(values: Array, axis: int, rank: int) -> Array:
    return values.reshape([-1 if other == axis else 1 for other in range(rank)])


def _normalised(suspect: Suspect, statistics: Statistics, axis: int) -> Iterator[Explanation]:
    if len(statistics.mean) not in {1, suspect.expected.shape[axis]}:
        return
    mean = _along(np.array(statistics.mean), axis, suspect.expected.ndim)
    deviation = _along(np.array(statistics.deviation), axis, suspect.expected.ndim)
    named = f"{statistics.name} mean and standard deviation"
    raw = suspect.expected * deviation + mean
    yield from _offer(suspect, f"The input is not normalised with {named}.", raw)
    yield from _offer(suspect, f"The input is normalised twice with {named}.", (suspect.expected - mean) / deviation)
    yield from _offer(suspect, f"The input is neither divided by 255 nor normalised with {named}.", 255 * raw)
    once = (255 * raw - mean) / deviation
    yield from _offer(suspect, f"The input is normalised with {named}, but not divided by 255 before.", once)


def _offer(suspect: Suspect, statement: str, value: Array) -> Iterator[Explanation]:
    single = value.astype(np.float32)
    if promising(suspect, single):
        yield Explanation(
            kind="input normalisation",
            statement=statement,
            value=single,
            fix=(
                "PyTorch: transforms.ToTensor divides by 255, transforms.Normalize(mean, std) normalises; give MATLAB what comes out.",
                "MATLAB: imageInputLayer(..., Normalization='none') for inputs that are normalised; 'zscore' with Mean and "
                "StandardDeviation, and 'rescale-zero-one' with Min 0 and Max 255, do it in the network.",
                "ONNX: the model takes the input as PyTorch's model does: normalise it before.",
            ),
        )
