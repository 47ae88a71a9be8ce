"""Values that stand one or two places aside: a window that starts elsewhere, padding on the other side."""

from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np

from xverify.diagnosis.explanation import Explanation
from xverify.diagnosis.kernels.axis_names import axis_name, spatial_axes
from xverify.diagnosis.kernels.sampling import LARGE, fits, places
from xverify.diagnosis.suspect import Array, Suspect

_FAR = 2
"""Places that a value is looked for aside."""

Region = tuple[slice, ...]


def shifted(suspect: Suspect) -> Iterator[Explanation]:
    """For layers with spatial axes."""
    if not 2 <= suspect.actual.size <= LARGE or suspect.actual.ndim != suspect.expected.ndim:
        return
    axes = spatial_axes(suspect.layer.dims, suspect.expected.ndim)
    if not axes:
        return
    if suspect.same_shape:
        yield from _shifts(suspect, axes)
    else:
        yield from _crops(suspect, axes)


def _shifts(suspect: Suspect, axes: Sequence[int]) -> Iterator[Explanation]:
    """Where the values came in from outside, what stands there is whatever was found, unless they went round or are zero."""
    for offsets in _offsets(axes):
        to, source = _overlap(suspect.expected.shape, offsets)
        inside = suspect.actual[to]
        if 2 * inside.size < suspect.actual.size or not _fits(suspect, inside, suspect.expected[source]):
            continue
        for value, border, fitted in _filled(suspect, offsets, to, source):
            if _fits(suspect, suspect.actual, value):
                yield Explanation(
                    kind="shifted",
                    statement=f"The values are shifted by {_named(suspect, offsets)}{border}.",
                    value=value,
                    fix=_WINDOW_FIXES,
                    evidence=(f"{inside.size} of {suspect.actual.size} values stand that far aside.",),
                    fitted=len(offsets) + fitted,
                )
                break


_WINDOW_FIXES = (
    "MATLAB: Padding of a convolution or pooling layer is [top bottom; left right] as [t b l r]; 'same' pads the odd one below and right.",
    "ONNX: pads = [top, left, bottom, right]; auto_pad SAME_UPPER and SAME_LOWER differ by one.",
    "PyTorch: padding is the same on both sides of an axis; F.pad takes the last axis first.",
)


def _offsets(axes: Sequence[int]) -> Iterator[dict[int, int]]:
    """Axis -> how far, near ones first: along one axis, then along all."""
    steps = [step for far in range(1, _FAR + 1) for step in (far, -far)]
    yield from ({axis: step} for step in steps for axis in axes)
    if len(axes) == 2:
        yield from (dict(zip(axes, pair, strict=True)) for pair in product(steps, repeat=2))
    elif len(axes) > 2:
        yield from (dict.fromkeys(axes, step) for step in steps)


def _overlap(shape: Sequence[int], offsets: dict[int, int]) -> tuple[Region, Region]:
    """Where shifted values go, and where they come from."""
    to, source = [], []
    for axis, size in enumerate(shape):
        step = offsets.get(axis, 0)
        to.append(slice(max(step, 0), max(size + min(step, 0), 0)))
        source.append(slice(max(-step, 0), max(size - max(step, 0), 0)))
    return tuple(to), tuple(source)


def _fits(suspect: Suspect, actual: Array, value: Array) -> bool:
    spots = places(actual.shape)
    return fits(suspect, actual[spots], value[spots])


def _filled(suspect: Suspect, offsets: dict[int, int], to: Region, source: Region) -> Iterator[tuple[Array, str, int]]:
    """The shifted value, what is in the places that became free, and how many numbers of it were taken from the found ones."""
    yield np.roll(suspect.expected, list(offsets.values()), list(offsets)), " and go round", 0
    zeros = np.zeros_like(suspect.expected)
    zeros[to] = suspect.expected[source]
    yield zeros, ", with zeros behind them", 0
    found = suspect.actual.astype(suspect.expected.dtype)
    found[to] = suspect.expected[source]
    yield found, "", suspect.actual.size - suspect.expected[source].size


def _named(suspect: Suspect, offsets: dict[int, int]) -> str:
    parts = [f"{step:+d} along {axis_name(suspect.layer.dims, axis)}" for axis, step in offsets.items()]
    return " and ".join(parts)


def _crops(suspect: Suspect, axes: Sequence[int]) -> Iterator[Explanation]:
    """A value that lacks some rows or columns at its borders, or has some more."""
    found, right = suspect.actual.shape, suspect.expected.shape
    changed = [axis for axis in range(len(right)) if found[axis] != right[axis]]
    differences = [found[axis] - right[axis] for axis in changed]
    if not set(changed) <= set(axes) or max(map(abs, differences)) > 2 * _FAR:
        return
    if not (all(item < 0 for item in differences) or all(item > 0 for item in differences)):
        return
    for starts in product(*(range(abs(item) + 1) for item in differences)):
        region = _region(right if differences[0] > 0 else found, dict(zip(changed, starts, strict=True)))
        if differences[0] < 0 and _fits(suspect, suspect.actual, suspect.expected[region]):
            yield _border(suspect, suspect.expected[region], changed, starts, "lack", len(changed))
        elif differences[0] > 0 and _fits(suspect, suspect.actual[region], suspect.expected):
            value = suspect.actual.astype(suspect.expected.dtype)
            value[region] = suspect.expected
            extra = suspect.actual.size - suspect.expected.size
            yield _border(suspect, value, changed, starts, "have more of", len(changed) + extra)


def _region(shape: Sequence[int], starts: dict[int, int]) -> Region:
    return tuple(slice(starts.get(axis, 0), starts.get(axis, 0) + size) for axis, size in enumerate(shape))


def _border(
    suspect: Suspect, value: Array, changed: Sequence[int], starts: Sequence[int], verb: str, fitted: int
) -> Explanation:
    parts = []
    for axis, start in zip(changed, starts, strict=True):
        number = abs(suspect.actual.shape[axis] - suspect.expected.shape[axis])
        parts.append(f"{start} before and {number - start} after along {axis_name(suspect.layer.dims, axis)}")
    return Explanation(
        kind="border",
        statement=f"The values are right but {verb} the border: {', '.join(parts)}.",
        value=value,
        fix=_WINDOW_FIXES,
        fitted=fitted,
    )
