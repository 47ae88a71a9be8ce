"""The convolution that a suspect is, read from its step."""

import re
from dataclasses import replace

from xverify.diagnosis.kernels.convolution import Convolution
from xverify.diagnosis.kernels.settings import Sizes, number, numbers, parameter
from xverify.diagnosis.kernels.transposed_convolution import TransposedConvolution
from xverify.diagnosis.kernels.trial import usable
from xverify.diagnosis.kernels.windows import Windows
from xverify.diagnosis.steps import Step
from xverify.diagnosis.suspect import Suspect

_PLAIN = re.compile(r"convolution[123]dLayer|groupedConvolution2dLayer|Conv")
_TRANSPOSED = re.compile(r"transposedConv[123]dLayer|ConvTranspose")


def convolution_of(suspect: Suspect) -> Convolution | None:
    """The convolution, or None where the suspect is none, or its weight is not known."""
    step = suspect.step
    if step is None or not _PLAIN.fullmatch(step.op) or not usable(suspect):
        return None
    weight, bias = parameter(step, "weight", 1), parameter(step, "bias", 2)
    image = suspect.inputs[0]
    if weight is None or weight.ndim != image.ndim:
        return None
    groups = image.shape[1] // weight.shape[1]
    made = Convolution(weight, None if bias is None else bias.ravel(), _windows(step, weight.shape[2:]), groups)
    return made if made.output_shape(image.shape) == suspect.expected.shape else None


def transposed_convolution_of(suspect: Suspect) -> TransposedConvolution | None:
    """The transposed convolution, or None where the suspect is none, or its weight is not known."""
    step = suspect.step
    if step is None or not _TRANSPOSED.fullmatch(step.op) or not usable(suspect):
        return None
    weight, bias = parameter(step, "weight", 1), parameter(step, "bias", 2)
    image = suspect.inputs[0]
    if weight is None or weight.ndim != image.ndim:
        return None
    windows = _windows(step, weight.shape[2:])
    extra = numbers(step, "output_padding", 0, windows.rank)
    after = tuple(last - more for last, more in zip(windows.after, extra, strict=True))
    groups = int(number(step, "groups", number(step, "group", 1)))
    made = TransposedConvolution(weight, None, windows.stride, windows.before, after, windows.dilation, groups)
    made = made if bias is None else replace(made, bias=bias.ravel())
    return made if made.output_shape(image.shape) == suspect.expected.shape else None


def _windows(step: Step, kernel: Sizes) -> Windows:
    if step.op.endswith("Layer"):
        return _pytorch_windows(step, kernel)
    rank = len(kernel)
    pads = numbers(step, "pads", 0, 2 * rank)
    strides, dilations = numbers(step, "strides", 1, rank), numbers(step, "dilations", 1, rank)
    return Windows(kernel, strides, pads[:rank], pads[rank:], dilations)


def _pytorch_windows(step: Step, kernel: Sizes) -> Windows:
    rank = len(kernel)
    stride, dilation = numbers(step, "stride", 1, rank), numbers(step, "dilation", 1, rank)
    if step.settings.get("padding") == "same":
        # An odd rest goes behind.
        totals = [distance * (size - 1) for size, distance in zip(kernel, dilation, strict=True)]
        before, after = tuple(total // 2 for total in totals), tuple(total - total // 2 for total in totals)
        return Windows(kernel, stride, before, after, dilation)
    padding = numbers(step, "padding", 0, rank)
    return Windows(kernel, stride, padding, padding, dilation)
