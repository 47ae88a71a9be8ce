"""Pooling over windows and over everything."""

from collections.abc import Sequence
from dataclasses import replace

from xverify.matlab_code.literals import row
from xverify.matlab_code.step import Step, UnsupportedStepError, Written
from xverify.matlab_code.value import LABELS, labels_without, normalised
from xverify.matlab_code.window_settings import edges, in_matlab, require_plain, stride_option

_LABELS = {1: LABELS["NCL"], 2: LABELS["NCHW"], 3: LABELS["NCDHW"]}


def max_pooling(step: Step) -> Written:
    """maxPooling1dLayer to maxPooling3dLayer. MATLAB's default stride is 1: it is always written."""
    rank = _rank(step)
    require_plain("dilation of a pooling", step.sizes("dilation", 1, rank), 1)
    return _pooling(step, rank, [])


def average_pooling(step: Step) -> Written:
    """averagePooling1dLayer to averagePooling3dLayer; 'PaddingValue' is 'mean' where padding does not count."""
    rank = _rank(step)
    if step.attribute("divisor_override") is not None:
        raise UnsupportedStepError("MATLAB's layer has no divisor of its own")
    counts = step.scalar("count_include_pad", 1) != 0
    before, after = _padding(step, rank)
    if counts and before != after:
        raise UnsupportedStepError("ceil_mode lets a window stick out, and zeros of the padding count")
    return _pooling(step, rank, [] if counts or not any(before + after) else [("PaddingValue", "'mean'")])


def global_pooling(step: Step) -> Written:
    """globalAveragePooling1dLayer to globalMaxPooling3dLayer: the spatial axes stay, of size 1; a time axis goes."""
    value = step.require_labels(_LABELS[_rank(step)])
    return step.becomes(step.layer(step.operation.op), value.labels.replace("T", "1"))


def onnx_global_pooling(step: Step) -> Written:
    """ONNX's GlobalAveragePool and GlobalMaxPool: over all axes but batch and channel, which all stay."""
    kind = step.operation.op.removeprefix("Global").removesuffix("Pool")
    return _over(step, kind, range(2, len(step.data.labels)), keep=True)


def reduce_mean(step: Step) -> Written:
    """ReduceMean over all pixels, or over time."""
    axes = step.numbers("axes", "operand_2")
    if axes is None:
        raise UnsupportedStepError("it averages over everything")
    found = [normalised(axis, len(step.data.labels)) for axis in axes]
    return _over(step, "Average", found, keep=step.scalar("keepdims", 1) != 0)


def _over(step: Step, kind: str, axes: Sequence[int], *, keep: bool) -> Written:
    value = step.ordered(step.data)
    pooled = {value.labels[axis] for axis in axes} - {"1"}
    whole = {axis for axis, label in enumerate(value.labels) if label in pooled} <= set(axes)
    if not whole or pooled not in ({"S"}, {"T"}):
        raise UnsupportedStepError("only all spatial axes, or time, can be averaged by a layer")
    rank = value.labels.count("S") if pooled == {"S"} else 1
    left = value.labels.replace("T", "1") if pooled == {"T"} else value.labels
    function = f"global{kind}Pooling{rank}dLayer"
    if keep:
        shape = tuple(1 if axis in axes else size for axis, size in enumerate(value.shape))
        return step.becomes(step.layer(function), left, shape=shape)
    left = labels_without(left, axes)
    if pooled == {"T"}:
        return step.becomes(step.layer(function), left)
    # MATLAB's array of pixels keeps its spatial dimensions, of size 1: a flattenLayer takes them away.
    first = replace(step, name=step.fresh(f"{step.name}_mean")).layer(function)
    last = replace(step.layer("flattenLayer"), inputs=(first.name,))
    return Written((first, last), step.becomes(last, left).values)


def _rank(step: Step) -> int:
    return int(step.operation.op.removesuffix("dLayer")[-1])


def _pooling(step: Step, rank: int, extra: list[tuple[str, str]]) -> Written:
    step.require_labels(_LABELS[rank])
    before, after = _padding(step, rank)
    kernel = step.sizes("kernel_size", 1, rank)
    if any(edge >= size for edge, size in zip(after, kernel, strict=True)):
        raise UnsupportedStepError("padding is as large as the window")
    options = [stride_option(_strides(step, rank))]
    options += [("Padding", edges(before, after))] if any(before + after) else []
    return step.becomes(step.layer(step.operation.op, [row(in_matlab(kernel))], options + extra), _LABELS[rank])


def _strides(step: Step, rank: int) -> list[int]:
    return step.sizes("stride", [float(size) for size in step.sizes("kernel_size", 1, rank)], rank)


def _padding(step: Step, rank: int) -> tuple[list[int], list[int]]:
    """MATLAB has no ceil_mode: what the last window needs beyond the padding is written as padding behind."""
    before = step.sizes("padding", 0, rank)
    kernel, strides = step.sizes("kernel_size", 1, rank), _strides(step, rank)
    extents, counts = step.data.shape[2:], step.shape[2:]
    needed = [
        (count - 1) * stride + size - extent - edge
        for count, stride, size, extent, edge in zip(counts, strides, kernel, extents, before, strict=True)
    ]
    return before, [max(edge, need) for edge, need in zip(before, needed, strict=True)]
