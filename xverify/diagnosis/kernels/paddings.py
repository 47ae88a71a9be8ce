"""Other amounts of padding that give a value of the found shape, and how to say them in PyTorch, ONNX and MATLAB."""

from collections.abc import Iterator
from itertools import product

from xverify.diagnosis.kernels.claim import Claim
from xverify.diagnosis.kernels.windows import Sizes, Windows

MOST = 64
"""Combinations over the axes that are tried; with more only one axis at a time, or all alike."""

NAMES = {1: ("length",), 2: ("height", "width"), 3: ("depth", "height", "width")}


def other_amounts(windows: Windows, extents: Sizes, counts: Sizes) -> Iterator[Windows]:
    """The same windows, laid otherwise on an image of these extents so that there are this many.

    The padding behind follows from that in front and from the number of windows.
    """
    choices = [range(max(reach, before + 1)) for reach, before in zip(windows.reach, windows.before, strict=True)]
    usual = _usual(windows, extents)
    for before in _combinations(choices, windows.before):
        changed = windows.fitted(extents, counts, before=before)
        limits = zip(changed.after, changed.stride, changed.reach, strict=True)
        # Less than nothing behind is what a stride leaves over; a whole window in the padding is no padding that anyone meant.
        if (changed.after, before) != (usual.after, usual.before) and all(
            -step < after < max(reach, 1) for after, step, reach in limits
        ):
            yield changed


def _combinations(choices: list[range], usual: Sizes) -> Iterator[Sizes]:
    total = 1
    for choice in choices:
        total *= len(choice)
    if total <= MOST:
        yield from product(*choices)
        return
    for amount in range(max(map(len, choices))):
        yield tuple(min(amount, len(choice) - 1) for choice in choices)
        for axis, choice in enumerate(choices):
            if amount < len(choice):
                yield (*usual[:axis], amount, *usual[axis + 1 :])


def _usual(windows: Windows, extents: Sizes) -> Windows:
    """PyTorch's windows with no more padding behind than they reach."""
    return windows.fitted(extents, windows.counts(extents))


def amounts_claim(found: Windows, expected: Windows, extents: Sizes) -> Claim:
    """What is to be said of other amounts; those behind are the least that give the found windows."""
    parts, usual = [], _usual(expected, extents)
    for axis, name in enumerate(NAMES[found.rank]):
        if (found.before[axis], found.after[axis]) != (usual.before[axis], usual.after[axis]):
            now, then = f"{found.before[axis]} in front and {max(found.after[axis], 0)} behind", expected
            parts.append(f"{name} is padded by {now} instead of {then.before[axis]} and {then.after[axis]}")
    statement = "; ".join(parts) or "the windows begin elsewhere"
    return Claim("padding amounts", f"{statement[0].upper()}{statement[1:]}.", amounts_fix(expected))


def amounts_fix(windows: Windows) -> tuple[str, ...]:
    """The lines that set PyTorch's amounts."""
    before, after = windows.before, tuple(max(item, 0) for item in windows.after)
    ends = _matlab(before, after)
    return (
        f"MATLAB: 'Padding', {ends} (in front; behind){' for [height width]' if windows.rank == 2 else ''}.",
        f"ONNX: pads = {[*before, *after]}, auto_pad = NOTSET; SAME_UPPER and SAME_LOWER pad otherwise when the stride is not 1.",
        f"PyTorch: padding = {before if before == after else f'{before} in front, {after} behind'}.",
    )


def _matlab(before: Sizes, after: Sizes) -> str:
    """Padding is [t b l r] for images, [l r] for sequences, a matrix of two rows in three dimensions."""
    if len(before) == 3:
        order = (1, 2, 0)
        rows = (" ".join(str(side[axis]) for axis in order) for side in (before, after))
        return f"[{'; '.join(rows)}]"
    return f"[{' '.join(f'{b} {a}' for b, a in zip(before, after, strict=True))}]"
