"""A slice that starts a place or two aside, or takes another step: MATLAB counts from 1 and includes the end."""

from collections.abc import Iterator, Sequence

import numpy as np

from xverify.diagnosis.explanation import Explanation
from xverify.diagnosis.kernels.axis_names import axis_name
from xverify.diagnosis.kernels.sampling import promising
from xverify.diagnosis.suspect import Array, Suspect

_FAR = 2
"""Places that another start is looked for aside."""

_MAX_STEP = 4


def slice_offset(suspect: Suspect) -> Iterator[Explanation]:
    """For slices along one axis: other starts and steps, from the input."""
    if suspect.layer.operation not in {"slice", "narrow"} or len(suspect.inputs) != 1:
        return
    given, target = suspect.inputs[0], suspect.expected.shape
    if not suspect.actual.size or suspect.actual.ndim != len(target):
        return
    changed = [axis for axis in range(given.ndim) if given.ndim == len(target) and given.shape[axis] != target[axis]]
    if len(changed) != 1:
        return
    axis = changed[0]
    own = next((choice for choice, part in _taken(given, axis, target) if np.array_equal(part, suspect.expected)), None)
    if own is None or suspect.actual.shape[:axis] != target[:axis]:
        return
    for (start, step), part in _taken(given, axis, suspect.actual.shape):
        if (start, step) != own and abs(start - own[0]) <= _FAR and promising(suspect, part):
            name = axis_name(suspect.layer.dims, axis)
            yield Explanation(
                kind="slice offset",
                statement=f"The slice along {name} starts at {start} with step {step}, not at {own[0]} with step {own[1]}.",
                value=part,
                fix=(
                    f"MATLAB: indices count from 1 and include the end: {own[0] + 1}:{own[1]}:... along that axis.",
                    f"ONNX: Slice with starts = {own[0]} and steps = {own[1]} along axis {axis}; its end is not included.",
                    f"PyTorch: x[{':, ' * axis}{own[0]}::{own[1]}].",
                ),
            )


def _taken(given: Array, axis: int, target: Sequence[int]) -> Iterator[tuple[tuple[int, int], Array]]:
    """(start, step) -> the slice of the wanted length, as a view."""
    length, size = target[axis], given.shape[axis]
    for step in range(1, _MAX_STEP + 1):
        for start in range(size - (length - 1) * step):
            yield (start, step), given[(slice(None),) * axis + (slice(start, start + (length - 1) * step + 1, step),)]
