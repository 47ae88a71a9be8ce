"""Windows laid at other steps: beginning later, with stride and dilation or the two axes exchanged, or at MATLAB's default of 1."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

from xverify.diagnosis.explanation import Explanation
from xverify.diagnosis.kernels.claim import Claim
from xverify.diagnosis.kernels.pooling import Pooling
from xverify.diagnosis.kernels.read_convolution import convolution_of
from xverify.diagnosis.kernels.read_pooling import pooling_of
from xverify.diagnosis.kernels.trial import PartTrial, Trial
from xverify.diagnosis.kernels.windows import Sizes, Windows
from xverify.diagnosis.suspect import Array, Suspect


def stride_offset(suspect: Suspect) -> Iterator[Explanation]:
    """For convolutions and poolings. What another padding does as well is among the paddings."""
    convolution, pooling = convolution_of(suspect), pooling_of(suspect)
    if convolution is not None:
        trial = Trial(suspect)
        for claim, windows in _changes(suspect, convolution.windows):
            value = trial.value(replace(convolution, windows=windows))
            if value is not None:
                yield claim.with_value(value)
    if pooling is not None:
        part = PartTrial(suspect)
        for claim, windows in _changes(suspect, pooling.windows):
            value = _pooled(suspect, part, replace(pooling, windows=windows))
            if value is not None:
                yield claim.with_value(value)


def _pooled(suspect: Suspect, trial: PartTrial, layer: Pooling) -> Array | None:
    return trial.value(layer, layer.output_shape(suspect.inputs[0].shape))


def _changes(suspect: Suspect, usual: Windows) -> Iterator[tuple[Claim, Windows]]:
    """Each with the padding that it has, and with as much behind as gives the found shape."""
    extents, counts = suspect.inputs[0].shape[2:], suspect.actual.shape[2:]
    seen = {usual}
    for claim, windows in (*_later(usual), *_exchanged(usual)):
        for changed in (windows, windows.fitted(extents, counts)):
            within = all(after < reach for after, reach in zip(changed.after, changed.reach, strict=True))
            if within and changed not in seen:
                seen.add(changed)
                yield claim, changed


def _later(usual: Windows) -> Iterator[tuple[Claim, Windows]]:
    """Beginning inside the image, which no padding does."""
    offsets = (range(min(stride, 4)) for stride in usual.stride)
    for offset in product(*offsets):
        before = tuple(amount - item for amount, item in zip(usual.before, offset, strict=True))
        if min(before) < 0:
            claim = Claim(
                "stride offset",
                f"The windows begin {_numbers(offset)} pixels later; they are {_numbers(usual.stride)} apart.",
                (
                    "MATLAB: windows begin at the first pixel, X(1:stride:end, ...).",
                    f"PyTorch: stride={usual.stride}, padding={usual.before}.",
                ),
            )
            yield claim, replace(usual, before=before)


def _exchanged(usual: Windows) -> Iterator[tuple[Claim, Windows]]:
    stride, dilation = usual.stride, usual.dilation
    ones = (1,) * usual.rank
    if stride != dilation:
        statement = f"Stride and dilation are exchanged: stride {_numbers(dilation)}, dilation {_numbers(stride)}."
        yield _claim("stride and dilation", statement, usual), replace(usual, stride=dilation, dilation=stride)
    if dilation != ones:
        claim = _claim("dilation missing", "The dilation is missing.", usual)
        yield claim, replace(usual, dilation=ones)
        yield claim, replace(usual, dilation=ones, before=_centred(usual))
    if stride != ones:
        statement = "The stride is 1, MATLAB's default."
        yield _claim("stride missing", statement, usual), replace(usual, stride=ones)
    if usual.kernel not in {stride, ones}:
        statement = "The stride is the window's size, the default of PyTorch's poolings."
        yield _claim("stride of the window's size", statement, usual), replace(usual, stride=usual.kernel)
    turned = replace(usual, stride=stride[::-1]), replace(usual, dilation=dilation[::-1])
    for name, windows in zip(("stride", "dilation"), turned, strict=True):
        if windows != usual:
            yield _claim(f"{name} of other axes", f"The {name} of height and width is exchanged.", usual), windows


def _centred(usual: Windows) -> Sizes:
    """Padding in front that leaves the windows' middle where it is, without dilation."""
    axes = zip(usual.before, usual.reach, usual.kernel, strict=True)
    return tuple(before - (reach - kernel) // 2 for before, reach, kernel in axes)


def _claim(kind: str, statement: str, usual: Windows) -> Claim:
    stride, dilation = usual.stride, usual.dilation
    return Claim(
        kind,
        statement,
        (
            f"MATLAB: 'Stride', {_row(stride)}, 'DilationFactor', {_row(dilation)}.",
            f"ONNX: strides = {list(stride)}, dilations = {list(dilation)}.",
            f"PyTorch: stride={stride}, dilation={dilation}.",
        ),
    )


def _numbers(sizes: Sizes) -> str:
    return " and ".join(map(str, sizes)) if len(set(sizes)) > 1 else str(sizes[0])


def _row(sizes: Sizes) -> str:
    ordered = (*sizes[1:], sizes[0]) if len(sizes) == 3 else sizes
    return f"[{' '.join(map(str, ordered))}]" if len(sizes) > 1 else str(sizes[0])
