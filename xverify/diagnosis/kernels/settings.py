"""A step's settings in the numbers that kernels take: whole ones, one for each axis."""

import numpy as np
from numpy.typing import NDArray

from xverify.diagnosis.steps import Step

Sizes = tuple[int, ...]


def numbers(step: Step, name: str, default: float, count: int) -> Sizes:
    """A setting as one number an axis: what is one number there holds for all axes, what is missing or empty is the default."""
    value = step.settings.get(name, ())
    found = value if isinstance(value, tuple) else (value,)
    whole = tuple(int(item) for item in found if not isinstance(item, str)) or (int(default),)
    return whole * count if len(whole) == 1 else whole


def number(step: Step, name: str, default: float) -> float:
    """A setting that is one number."""
    value = step.settings.get(name, default)
    return value if isinstance(value, float) else default


def parameter(step: Step, name: str, place: int) -> NDArray[np.float32] | None:
    """A parameter by PyTorch's name, or where the step is an ONNX operator, the constant at its place."""
    if name in step.parameters:
        return step.parameters[name]
    return step.constants.get(place)


def is_setting(step: Step, name: str) -> bool:
    """Whether a setting that is yes or no is on."""
    return number(step, name, 0.0) != 0
