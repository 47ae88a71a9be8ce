"""The pooling that a suspect is, read from its step."""

import re

import numpy as np

from xverify.diagnosis.kernels.pooling import Pooling
from xverify.diagnosis.kernels.settings import is_setting, number, numbers
from xverify.diagnosis.kernels.trial import usable
from xverify.diagnosis.kernels.windows import Windows
from xverify.diagnosis.steps import Step
from xverify.diagnosis.suspect import Suspect

_POOLING = re.compile(r"(max|average)Pooling([123])dLayer")
_OPERATORS = {"MaxPool": "max", "AveragePool": "average"}


def pooling_of(suspect: Suspect) -> Pooling | None:
    """The pooling, or None where the suspect is none; a global one is another layer."""
    step = suspect.step
    if step is None or not usable(suspect):
        return None
    layer = _POOLING.fullmatch(step.op)
    if layer:
        made = _pytorch(step, layer[1] == "max", int(layer[2]))
    elif step.op in _OPERATORS:
        made = _operator(step, _OPERATORS[step.op] == "max", suspect.inputs[0].ndim - 2)
    else:
        return None
    return made if made.output_shape(suspect.inputs[0].shape) == suspect.expected.shape else None


def _pytorch(step: Step, largest: bool, rank: int) -> Pooling:
    kernel = numbers(step, "kernel_size", 1, rank)
    stride = numbers(step, "stride", 0, rank)
    padding, dilation = numbers(step, "padding", 0, rank), numbers(step, "dilation", 1, rank)
    windows = Windows(kernel, stride if any(stride) else kernel, padding, padding, dilation)
    include = number(step, "count_include_pad", 1) != 0
    return _made(largest, windows, is_setting(step, "ceil_mode"), include, number(step, "divisor_override", 0))


def _operator(step: Step, largest: bool, rank: int) -> Pooling:
    pads = numbers(step, "pads", 0, 2 * rank)
    windows = Windows(
        numbers(step, "kernel_shape", 1, rank),
        numbers(step, "strides", 1, rank),
        pads[:rank],
        pads[rank:],
        numbers(step, "dilations", 1, rank),
    )
    return _made(largest, windows, is_setting(step, "ceil_mode"), is_setting(step, "count_include_pad"), 0)


def _made(largest: bool, windows: Windows, ceil: bool, include: bool, divisor: float) -> Pooling:
    value = -np.inf if largest else 0.0
    padded = Windows(
        windows.kernel, windows.stride, windows.before, windows.after, windows.dilation, value=float(value)
    )
    return Pooling("max" if largest else "average", padded, ceil, include, divisor or None)
