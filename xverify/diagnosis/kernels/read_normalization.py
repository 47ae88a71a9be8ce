"""The normalization that a suspect is, read from its step."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xverify.diagnosis.kernels.normalization import Normalization, Statistics
from xverify.diagnosis.kernels.settings import number, parameter
from xverify.diagnosis.kernels.trial import usable
from xverify.diagnosis.steps import Step
from xverify.diagnosis.suspect import Suspect

Array = NDArray[Any]
Shape = tuple[int, ...]


def normalization_of(suspect: Suspect) -> Normalization | None:
    """The normalization, or None where the suspect is none."""
    step = suspect.step
    if step is None or step.op not in _READERS or not usable(suspect):
        return None
    shape = suspect.inputs[0].shape
    return _READERS[step.op](step, shape) if shape == suspect.expected.shape and len(shape) >= 2 else None


def _batch(step: Step, shape: Shape) -> Normalization | None:
    mean, variance = parameter(step, "running_mean", 3), parameter(step, "running_var", 4)
    if mean is None or variance is None:
        return None
    running = Statistics(_on_channels(mean, shape), _on_channels(variance, shape))
    axes = (0, *range(2, len(shape)))
    return Normalization(shape, axes, _epsilon(step), *_affine(step, shape), running)


def _layer(step: Step, shape: Shape) -> Normalization | None:
    scale, offset = parameter(step, "weight", 1), parameter(step, "bias", 2)
    rank = _normalised_rank(step, len(shape))
    inner = shape[len(shape) - rank :]
    parts = [None if part is None else np.reshape(part, inner) for part in (scale, offset)]
    axes = tuple(range(len(shape) - rank, len(shape)))
    return Normalization(shape, axes, _epsilon(step), parts[0], parts[1])


def _normalised_rank(step: Step, rank: int) -> int:
    if step.op == "LayerNormalization":
        axis = int(number(step, "axis", -1))
        return -axis if axis < 0 else rank - axis
    value = step.settings.get("normalized_shape", 1.0)
    return len(value) if isinstance(value, tuple) else 1


def _group(step: Step, shape: Shape) -> Normalization | None:
    groups = int(number(step, "num_groups", 1))
    view = (shape[0], groups, shape[1] // groups, *shape[2:])
    return Normalization(view, tuple(range(2, len(view))), _epsilon(step), *_affine(step, shape))


def _instance(step: Step, shape: Shape) -> Normalization | None:
    return Normalization(shape, tuple(range(2, len(shape))), _epsilon(step), *_affine(step, shape))


def _affine(step: Step, shape: Shape) -> tuple[Array | None, Array | None]:
    scale, offset = parameter(step, "weight", 1), parameter(step, "bias", 2)
    return (
        None if scale is None else _on_channels(scale, shape),
        None if offset is None else _on_channels(offset, shape),
    )


def _on_channels(part: Array, shape: Shape) -> Array:
    return part.reshape(1, -1, *(1,) * (len(shape) - 2))


def _epsilon(step: Step) -> float:
    return number(step, "eps", number(step, "epsilon", 1e-5))


_READERS: dict[str, Callable[[Step, Shape], Normalization | None]] = {
    "batchNormalizationLayer": _batch,
    "BatchNormalization": _batch,
    "layerNormalizationLayer": _layer,
    "LayerNormalization": _layer,
    "groupNormalizationLayer": _group,
    "instanceNormalizationLayer": _instance,
    "InstanceNormalization": _instance,
}
