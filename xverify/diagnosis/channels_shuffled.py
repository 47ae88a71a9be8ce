"""The channels in another order, other than backwards: groups that are interleaved, filters that were sorted."""

from collections.abc import Iterator

import numpy as np

from xverify.diagnosis.explanation import Explanation
from xverify.diagnosis.kernels.axis_names import axis_name, channel_axis
from xverify.diagnosis.kernels.matching import found_order, is_reversal, spelled
from xverify.diagnosis.suspect import Suspect


def channels_shuffled(suspect: Suspect) -> Iterator[Explanation]:
    """For layers with channels: they are told apart by their values."""
    axis = channel_axis(suspect.layer.dims, suspect.expected.ndim)
    order = found_order(suspect, axis) if axis is not None else None
    if axis is None or order is None or is_reversal(order):
        return
    groups = _groups(order)
    interleaved = f" {groups} groups are interleaved." if groups else ""
    yield Explanation(
        kind="channel order",
        statement=f"The entries of {axis_name(suspect.layer.dims, axis)} stand in another order: PyTorch's {spelled(order)}.{interleaved}",
        value=np.take(suspect.expected, order, axis),
        fix=(
            "MATLAB: grouped convolutions keep groups in the last axis of Weights, and a channel shuffle reshapes column by column: "
            "reshape to (channels a group) x groups there where PyTorch has groups x (channels a group).",
            "ONNX: see the Reshape and Transpose before the layer, or the order of filters in its initializer.",
            "PyTorch: the order is that of the weight's first axis.",
        ),
        fitted=len(order),
    )


def _groups(order: tuple[int, ...]) -> int:
    """How many groups are interleaved, as in a channel shuffle; 0 where that is not the order."""
    size = len(order)
    for groups in range(2, size // 2 + 1):
        if size % groups == 0 and order == tuple(int(i) for i in np.arange(size).reshape(groups, -1).T.ravel()):
            return groups
    return 0
