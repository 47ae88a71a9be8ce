"""A layer, or some of its channels, that is the same number everywhere: a value that was never computed, or weights of zero."""

from collections.abc import Iterator

import numpy as np

from xverify.diagnosis.explanation import Explanation
from xverify.diagnosis.kernels.axis_names import axis_name, channel_axis
from xverify.diagnosis.suspect import Array, Suspect

_FIXES = (
    "MATLAB: is the layer initialised (dlnetwork), are its Weights loaded, and was its output saved after the forward pass?",
    "ONNX: is the layer's initializer all zero? `xverify compare` checks every one of them against PyTorch's.",
    "PyTorch: compare with the layer's weight in the state_dict.",
)

_FEW = 5


def dead_output(suspect: Suspect) -> Iterator[Explanation]:
    """For layers that are zero where PyTorch's are not, or one number where PyTorch's vary, as a whole or in whole channels."""
    actual, expected = suspect.actual, suspect.expected
    if not suspect.same_shape or not actual.size:
        return
    dead = not actual.any() and expected.any()
    if not dead and (actual.size < 2 or not _varies(expected)):
        return
    if dead or not _varies(actual):
        number = actual.flat[0]
        yield Explanation(
            kind="dead output",
            statement=f"All values are {'zero' if number == 0 else f'{number:.6g}'}.",
            value=np.full_like(actual, number),
            fix=_FIXES,
            fitted=int(number != 0),
        )
        return
    axis = channel_axis(suspect.layer.dims, actual.ndim)
    if axis is not None:
        yield from _channels(suspect, axis)


def _channels(suspect: Suspect, axis: int) -> Iterator[Explanation]:
    """Channels that are zero, and no more than that: the others are PyTorch's."""
    others = tuple(other for other in range(suspect.actual.ndim) if other != axis)
    dead = (suspect.actual == 0).all(others) & (suspect.expected != 0).any(others)
    number, total = int(dead.sum()), int(dead.size)
    if not number or not others or suspect.actual.size // total < 2:
        return
    shape = [total if other == axis else 1 for other in range(suspect.actual.ndim)]
    which = ", ".join(map(str, np.flatnonzero(dead)[:_FEW])) + (", ..." if number > _FEW else "")
    yield Explanation(
        kind="dead output",
        statement=f"{number} of {total} entries of {axis_name(suspect.layer.dims, axis)} are zero: {which} (from 0).",
        value=np.where(dead.reshape(shape), 0, suspect.expected).astype(suspect.expected.dtype),
        fix=_FIXES,
    )


def _varies(values: Array) -> bool:
    return bool((values != values.flat[0]).any())
