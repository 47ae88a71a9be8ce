"""The samples of the batch in another order: values that are all right, each in another sample's place."""

from collections.abc import Iterator

import numpy as np

from xverify.diagnosis.explanation import Explanation
from xverify.diagnosis.kernels.matching import found_order, is_reversal, spelled
from xverify.diagnosis.suspect import Suspect


def batch_shuffled(suspect: Suspect) -> Iterator[Explanation]:
    """For layers whose first axis is the batch, or may be: samples are told apart by their values."""
    dims = suspect.layer.dims
    axis = dims.find("N") if dims else 0
    if axis < 0 or suspect.expected.ndim == 0:
        return
    order = found_order(suspect, axis)
    if order is None or is_reversal(order):
        return
    yield Explanation(
        kind="batch order" if dims else "order along axis 0",
        statement=f"The samples of the batch stand in another order: PyTorch's {spelled(order)}."
        if dims
        else f"The entries of axis 0 stand in another order: PyTorch's {spelled(order)}.",
        value=np.take(suspect.expected, order, axis),
        fix=(
            "MATLAB: a datastore or minibatchqueue that shuffles, or files read in another order, is at fault; the batch is the last axis.",
            "PyTorch: DataLoader(shuffle=False); reference.mat has the inputs in the order that counts.",
        ),
        fitted=len(order),
    )
