"""Convolutions and transposed convolutions."""

from xverify.matlab_code.literals import number, row
from xverify.matlab_code.step import CodeLayer, Step, UnsupportedStepError, Written, zeros
from xverify.matlab_code.value import LABELS
from xverify.matlab_code.window_settings import (
    Option,
    dilation_options,
    edges,
    padding_of,
    require_plain,
    stride_option,
)

_LABELS = {1: LABELS["NCL"], 2: LABELS["NCHW"], 3: LABELS["NCDHW"]}


def convolution(step: Step) -> Written:
    """convolution1dLayer to convolution3dLayer."""
    rank = _rank(step)
    weights = step.array("Weights").shape
    kernel, filters = list(weights[:rank]), weights[-1]
    layer = _windowed(step, kernel, [row(kernel), number(filters)], [1] * rank + [filters])
    return step.becomes(layer, _LABELS[rank])


def grouped_convolution(step: Step) -> Written:
    """groupedConvolution2dLayer; 'channel-wise' where each input channel is a group."""
    height, width, inputs, outputs, groups = step.array("Weights").shape
    count = "'channel-wise'" if inputs == 1 else number(groups)
    positional = [row([height, width]), number(outputs), count]
    return step.becomes(_windowed(step, [height, width], positional, [1, 1, outputs, groups]), _LABELS[2])


def transposed_convolution(step: Step) -> Written:
    """transposedConv1dLayer to transposedConv3dLayer. What PyTorch calls padding is cropping; output_padding crops less."""
    rank = _rank(step)
    step.require_labels(_LABELS[rank])
    weights = step.array("Weights").shape
    kernel, filters = list(weights[:rank]), weights[rank]
    require_plain("dilation of a transposed convolution", step.sizes("dilation", 1, rank), 1)
    before = step.sizes("padding", 0, rank)
    after = [p - extra for p, extra in zip(before, step.sizes("output_padding", 0, rank), strict=True)]
    if min(after) < 0:
        raise UnsupportedStepError("MATLAB's layer has no output_padding larger than the padding")
    options = [stride_option(step.sizes("stride", 1, rank))]
    options += [("Cropping", edges(before, after))] if any(before + after) else []
    options += _parameters(step, [1] * rank + [filters])
    since = "R2022a" if rank == 1 else ""
    return step.becomes(
        step.layer(step.operation.op, [row(kernel), number(filters)], options, since=since), _LABELS[rank]
    )


def _rank(step: Step) -> int:
    return int(step.operation.op.removesuffix("dLayer")[-1])


def _windowed(step: Step, kernel: list[int], positional: list[str], bias: list[int]) -> CodeLayer:
    """`kernel` is in MATLAB's order of axes."""
    rank = len(kernel)
    step.require_labels(_LABELS[rank])
    in_pytorch = [kernel[2], kernel[0], kernel[1]] if rank == 3 else kernel
    strides, dilations = step.sizes("stride", 1, rank), step.sizes("dilation", 1, rank)
    before, after = padding_of(step, in_pytorch, dilations)
    options = [stride_option(strides)] if set(strides) != {1} else []
    options += dilation_options(dilations)
    options += [("Padding", edges(before, after))] if any(before + after) else []
    return step.layer(step.operation.op, positional, options + _parameters(step, bias))


def _parameters(step: Step, bias: list[int]) -> list[Option]:
    """MATLAB's layer always has a bias: where PyTorch's has none it is 0, and stays so in training."""
    options = [("Weights", step.code("Weights"))]
    if step.has("Bias"):
        return [*options, ("Bias", step.code("Bias"))]
    return [*options, ("Bias", zeros(*bias)), ("BiasLearnRateFactor", "0")]
