"""Stride, dilation and padding of a window, from PyTorch's order of axes to MATLAB's arguments."""

from collections.abc import Sequence

from xverify.matlab_code.literals import row
from xverify.matlab_code.step import Step, UnsupportedStepError

Option = tuple[str, str]


def in_matlab(values: Sequence[int]) -> list[int]:
    """Depth, height, width become height, width, depth; shorter lists stay."""
    return [values[1], values[2], values[0]] if len(values) == 3 else list(values)


def edges(before: Sequence[int], after: Sequence[int]) -> str:
    """Sizes at both edges of each axis: '[left right]', '[top bottom left right]', '[top left front; bottom right back]'."""
    first, last = in_matlab(before), in_matlab(after)
    if len(first) == 3:
        return f"[{row(first)[1:-1]}; {row(last)[1:-1]}]"
    return row(size for pair in zip(first, last, strict=True) for size in pair)


def stride_option(strides: Sequence[int]) -> Option:
    """The option 'Stride'."""
    return "Stride", row(in_matlab(strides))


def dilation_options(dilations: Sequence[int]) -> list[Option]:
    """The option 'DilationFactor', where it is not 1."""
    return [("DilationFactor", row(in_matlab(dilations)))] if set(dilations) != {1} else []


def padding_of(step: Step, kernel: Sequence[int], dilations: Sequence[int]) -> tuple[list[int], list[int]]:
    """Padding before and after, for each axis in PyTorch's order. PyTorch's 'same' puts an odd rest behind."""
    padding = step.attribute("padding", 0.0)
    if padding == "same":
        totals = [dilation * (size - 1) for size, dilation in zip(kernel, dilations, strict=True)]
        return [total // 2 for total in totals], [total - total // 2 for total in totals]
    if padding == "valid":
        return [0] * len(kernel), [0] * len(kernel)
    sizes = step.sizes("padding", 0.0, len(kernel))
    return sizes, sizes


def require_plain(name: str, values: Sequence[int], plain: int) -> None:
    """Refuses a setting that MATLAB's layer does not have."""
    if set(values) != {plain}:
        raise UnsupportedStepError(f"MATLAB's layer has no {name}, here {list(values)}")
