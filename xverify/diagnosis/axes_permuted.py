"""Axes in another order, or the same elements under another shape: MATLAB's H x W x C x N against PyTorch's N x C x H x W."""

from collections.abc import Iterator, Sequence

from xverify.diagnosis.explanation import Explanation
from xverify.diagnosis.kernels.axis_names import axis_list
from xverify.diagnosis.kernels.orders import inverse, orders_to
from xverify.diagnosis.kernels.sampling import promising
from xverify.diagnosis.suspect import Suspect
from xverify.matlab_code.literals import row

_MAX_RANK = 5
"""120 orders; a network has no more axes but in attention windows, where nobody permutes all of them."""


def axes_permuted(suspect: Suspect) -> Iterator[Explanation]:
    """For every layer: the found value is PyTorch's with its axes in another order, or merely of another shape."""
    expected, actual = suspect.expected, suspect.actual
    if expected.size != actual.size or not expected.size:
        return
    if expected.ndim == actual.ndim <= _MAX_RANK:
        for order in orders_to(expected.shape, actual.shape):
            if promising(suspect, expected.transpose(order)):
                yield _permuted(suspect, order)
    if not suspect.same_shape and promising(suspect, expected.reshape(actual.shape)):
        yield _reshaped(suspect)


def _permuted(suspect: Suspect, order: tuple[int, ...]) -> Explanation:
    dims, shape = suspect.layer.dims, suspect.expected.shape
    moved = [axis for axis, source in enumerate(order) if axis != source]
    swapped = dims and {dims[axis] for axis in moved} == {"H", "W"}
    names = list(dims) if len(dims) == len(shape) else [str(axis) for axis in range(len(shape))]
    return Explanation(
        kind="height and width exchanged" if swapped else "axes permuted",
        statement="Height and width are exchanged."
        if swapped
        else f"The axes are in the order {' '.join(names[axis] for axis in order)}, not {' '.join(names)}.",
        value=suspect.expected.transpose(order),
        fix=_fixes(suspect, order),
        evidence=_evidence(suspect, moved),
    )


def _evidence(suspect: Suspect, moved: Sequence[int]) -> tuple[str, ...]:
    sizes = {suspect.expected.shape[axis] for axis in moved}
    if len(sizes) != 1 or not suspect.same_shape:
        return ()
    given = "1x3x32x48" if suspect.layer.dims == "NCHW" else "different sizes for them"
    return (
        f"{axis_list(suspect.layer.dims, moved).capitalize()} have the same size here, {sizes.pop()}, so that shapes could not show it; "
        f"an export with `--input {given}` would.",
    )


def _fixes(suspect: Suspect, order: Sequence[int]) -> tuple[str, ...]:
    """What undoes the order: in MATLAB's arrays, whose axes are not PyTorch's, and in ONNX's, whose are."""
    stored = suspect.layer.array.permutation
    back, place = inverse(order), inverse(stored)
    in_matlab = [place[back[axis]] + 1 for axis in stored]
    fixes = [
        f"ONNX: a Transpose with perm = {list(back)} gives PyTorch's order: one is missing here, or one is too many.",
        f"PyTorch: x.permute({', '.join(map(str, back))}) gives it.",
    ]
    if len(in_matlab) >= 2:
        fixes.insert(0, f"MATLAB: X = permute(X, {row(in_matlab)}) before the layer is saved or read.")
    return tuple(fixes)


def _reshaped(suspect: Suspect) -> Explanation:
    found, right = suspect.actual.shape, suspect.expected.shape
    shapes = f"{'x'.join(map(str, found)) or 'a scalar'} instead of {'x'.join(map(str, right)) or 'a scalar'}"
    return Explanation(
        kind="another shape",
        statement=f"The values are right and in order, but their shape is {shapes}.",
        value=suspect.expected.reshape(found),
        fix=(
            "MATLAB: sizes of 1 at the end of an array are dropped; save it with its dims, or reshape it to what the bundle lists.",
            f"ONNX: a Reshape to {list(right)}, a Flatten or a Squeeze is missing, or one is too many.",
            f"PyTorch: the layer gives {right}.",
        ),
    )
