"""A layer without weights that reads its input with the channels reversed, or height and width exchanged.

Where the layer works on every element or channel by itself, that is the same as its output so changed, which is found there.
"""

from collections.abc import Iterator

import numpy as np

from xverify.diagnosis.explanation import Explanation
from xverify.diagnosis.kernels.movement import recomputation
from xverify.diagnosis.kernels.sampling import LARGE, promising
from xverify.diagnosis.suspect import Array, Suspect

_ALONE_IS_THE_SAME = {"permute", "transpose"}


def inputs_reordered(suspect: Suspect) -> Iterator[Explanation]:
    """For joins, reshapes and operations of two values; the inputs changed one at a time."""
    if suspect.actual.size > LARGE or suspect.layer.operation in _ALONE_IS_THE_SAME:
        return
    compute = recomputation(suspect)
    if compute is None:
        return
    for number, given in enumerate(suspect.inputs):
        for kind, how, changed in _changes(given):
            inputs = (*suspect.inputs[:number], changed, *suspect.inputs[number + 1 :])
            value = compute(inputs)
            if promising(suspect, value):
                which = f"input {number + 1}" if len(suspect.inputs) > 1 else "the input"
                yield Explanation(
                    kind=kind,
                    statement=f"The layer reads {which} with {how}.",
                    value=value,
                    fix=(
                        "MATLAB: images are height x width x channels x batch; permute PyTorch's N C H W by [3 4 2 1] to get them.",
                        "PyTorch reads RGB where OpenCV and Caffe give BGR: x.flip(1) exchanges them.",
                        "ONNX: a Transpose, or a Slice with step -1, is missing before the layer or one too many.",
                    ),
                )


def _changes(given: Array) -> Iterator[tuple[str, str, Array]]:
    if given.ndim >= 2 and given.shape[1] > 1:
        yield "input channels reversed", "the channels (axis 1) reversed", np.flip(given, 1)
    if given.ndim >= 4 and given.shape[-1] == given.shape[-2] > 1:
        yield (
            "input height and width exchanged",
            "height and width (the last two axes) exchanged",
            given.swapaxes(-1, -2),
        )
