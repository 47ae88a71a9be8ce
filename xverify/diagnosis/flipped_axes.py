"""An axis that runs backwards: BGR for RGB, an image upside down, a batch from its end."""

from collections.abc import Iterator

import numpy as np

from xverify.diagnosis.explanation import Explanation
from xverify.diagnosis.kernels.axis_names import axis_list
from xverify.diagnosis.kernels.sampling import promising
from xverify.diagnosis.suspect import Suspect


def flipped_axes(suspect: Suspect) -> Iterator[Explanation]:
    """For every layer: the found value is PyTorch's reversed along one axis, or along height and width."""
    if not suspect.same_shape:
        return
    for axes in _choices(suspect):
        value = np.flip(suspect.expected, axes)
        if promising(suspect, value):
            names = axis_list(suspect.layer.dims, axes)
            yield Explanation(
                kind=_kind(suspect.layer.dims, axes),
                statement=f"The order of {names} is reversed.",
                value=value,
                fix=_fixes(suspect, axes),
                evidence=_evidence(suspect, axes),
            )


def _choices(suspect: Suspect) -> Iterator[tuple[int, ...]]:
    dims = suspect.layer.dims
    long = [axis for axis, size in enumerate(suspect.expected.shape) if size > 1]
    yield from ((axis,) for axis in long)
    if "H" in dims and "W" in dims and {dims.index("H"), dims.index("W")} <= set(long):
        yield dims.index("H"), dims.index("W")


def _kind(dims: str, axes: tuple[int, ...]) -> str:
    meaning = dims[axes[0]] if dims else ""
    return {"C": "channels reversed", "N": "batch order"}.get(meaning, "axis reversed")


def _fixes(suspect: Suspect, axes: tuple[int, ...]) -> tuple[str, ...]:
    stored = suspect.layer.array.permutation
    if _kind(suspect.layer.dims, axes) == "channels reversed" and suspect.expected.shape[axes[0]] == 3:
        hint = "OpenCV and Caffe read images as BGR, PyTorch's datasets as RGB; MATLAB's imread gives RGB."
    else:
        hint = f"PyTorch: x.flip({', '.join(map(str, axes))}) undoes it."
    flips = " and ".join(f"flip(X, {stored.index(axis) + 1})" for axis in axes)
    return (
        f"MATLAB: {flips} undoes it; look for a flip, end:-1:1 or rot90 where the data are read.",
        "ONNX: a Slice with a step of -1 is missing, or one is too many.",
        hint,
    )


def _evidence(suspect: Suspect, axes: tuple[int, ...]) -> tuple[str, ...]:
    if len(axes) == 1 and suspect.expected.shape[axes[0]] == 2:
        return ("The axis has two entries here: reversed, exchanged and shifted by one are the same.",)
    return ()
