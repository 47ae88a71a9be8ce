"""A concatenation that joins the right values in another order, or along another axis."""

from collections.abc import Iterator, Sequence
from itertools import permutations, product

import numpy as np

from xverify.diagnosis.explanation import Explanation
from xverify.diagnosis.kernels.axis_names import axis_name
from xverify.diagnosis.kernels.sampling import LARGE, places, promising
from xverify.diagnosis.suspect import Array, Suspect

_CONCATENATIONS = {"cat", "concat", "concatenate"}

_MAX_REPEATED = 3
"""Inputs up to which an input may also stand twice: 27 choices."""

_MAX_PERMUTED = 5
"""Inputs up to which every order is tried: 120."""

_SHOWN_BY, _LISTED = 64, 12
"""Elements of an input by which it is known again; numbers of an order that are named."""


def concatenation_order(suspect: Suspect) -> Iterator[Explanation]:
    """For concatenations of at least two values."""
    parts = suspect.inputs
    if suspect.layer.operation not in _CONCATENATIONS or len(parts) < 2 or suspect.actual.size > LARGE:
        return
    axis = _axis(suspect)
    if axis is None:
        return
    if suspect.same_shape:
        for order in _orders(suspect, axis):
            yield from _joined(suspect, [parts[index] for index in order], axis, _ordered(order))
    for other in range(parts[0].ndim):
        if other != axis and _joinable(parts, other):
            name, right = (axis_name(suspect.layer.dims, item) for item in (other, axis))
            yield from _joined(suspect, parts, other, f"The inputs are joined along {name}, not along {right}.")


def _axis(suspect: Suspect) -> int | None:
    """Along which PyTorch joins them: read from the values, which settle it where sizes do not."""
    for axis in range(suspect.inputs[0].ndim):
        if _joinable(suspect.inputs, axis) and np.array_equal(np.concatenate(suspect.inputs, axis), suspect.expected):
            return axis
    return None


def _joinable(parts: Sequence[Array], axis: int) -> bool:
    rests = {part.shape[:axis] + part.shape[axis + 1 :] for part in parts}
    return len(rests) == 1 and len({part.ndim for part in parts}) == 1


def _orders(suspect: Suspect, axis: int) -> Iterator[tuple[int, ...]]:
    """Orders of the inputs, PyTorch's aside; of many inputs the reverse one, and the one that the values show."""
    count = len(suspect.inputs)
    straight = tuple(range(count))
    if count > _MAX_PERMUTED:
        backwards, seen = straight[::-1], _seen(suspect, axis)
        yield backwards
        if seen not in {(), straight, backwards}:
            yield seen
        return
    yield from (order for order in permutations(straight) if order != straight)
    if count <= _MAX_REPEATED:
        yield from (order for order in product(straight, repeat=count) if len(set(order)) < count)


def _seen(suspect: Suspect, axis: int) -> tuple[int, ...]:
    """Which input is nearest to what stands at each place; () where they have different sizes."""
    parts = suspect.inputs
    if len({part.shape for part in parts}) != 1:
        return ()
    spots = places(parts[0].shape)
    given = np.stack([part[spots][:_SHOWN_BY].astype(np.float64) for part in parts])
    found = np.stack(
        [part[spots][:_SHOWN_BY].astype(np.float64) for part in np.split(suspect.actual, len(parts), axis)]
    )
    return tuple(int(np.abs(given - item).sum(1).argmin()) for item in found)


def _ordered(order: Sequence[int]) -> str:
    numbers = ", ".join(str(index + 1) for index in order[:_LISTED]) + (", ..." if len(order) > _LISTED else "")
    repeated = " One of them is not there." if len(set(order)) < len(order) else ""
    return f"The inputs are joined in the order {numbers}.{repeated}"


def _joined(suspect: Suspect, parts: Sequence[Array], axis: int, statement: str) -> Iterator[Explanation]:
    if suspect.actual.shape[axis : axis + 1] != (sum(part.shape[axis] for part in parts),):
        return
    value = np.concatenate(parts, axis)
    if promising(suspect, value):
        straight = all(part is given for part, given in zip(parts, suspect.inputs, strict=True))
        yield Explanation(
            kind="concatenation axis" if straight else "concatenation order",
            statement=statement,
            value=value,
            fix=(
                "MATLAB: connect the layers to in1, in2, ... of the (depth)concatenationLayer in PyTorch's order; its first argument "
                "is the axis, counted in MATLAB's order.",
                f"ONNX: Concat with axis = {_axis(suspect)} and its inputs in PyTorch's order.",
                "PyTorch: torch.cat's list has the order.",
            ),
        )
