"""Values that are right but for a factor or a sum: y = a x + b, one a and b for the layer or one for each channel.

Fitted numbers explain anything if there are enough of them: a channel must have several values for each, and an explanation
in part must follow the found values' own ups and downs, not only their level.
"""

from collections.abc import Iterator

import numpy as np

from xverify.diagnosis.explanation import Explanation
from xverify.diagnosis.kernels.affine import Affine, Moments
from xverify.diagnosis.kernels.axis_names import axis_name, channel_axis
from xverify.diagnosis.kernels.sampling import LARGE, PROMISING, fits, places
from xverify.diagnosis.suspect import Array, Suspect

_VALUES_A_NUMBER = 4
"""Values that there must be for each fitted number. One factor for the whole layer shows in two values already, if it fits well."""

_WELL = 0.02
"""Of the error's energy, that may be left where there are fewer."""

_RECURRENT = {"lstm", "gru"}
"""What is wrong in a recurrence is in no proportion to its value, and yet follows it."""

_FAMOUS = {
    -1.0: "their sign is wrong",
    2.0: "they are doubled, as by a sum of a value with itself",
    0.5: "they are halved, as by a mean in place of a sum",
    **{
        1 / (1 - p): f"as by the scaling 1 / (1 - p) of a dropout with p = {p:g} in training"
        for p in (0.1, 0.2, 0.25, 0.3, 0.4)
    },
    **{1 - p: f"as if a dropout with p = {p:g} were scaled back once too often" for p in (0.1, 0.2, 0.25, 0.3, 0.4)},
}
"""Factor -> what it points to. Those of inputs (255) are `input_normalization`'s."""

_INPUT_FACTORS = (255.0, 1 / 255)
_NEAR = 1e-4


def scale_and_offset(suspect: Suspect) -> Iterator[Explanation]:
    """For layers of floats of PyTorch's shape, all of them finite; one number first, then more."""
    actual, expected = suspect.actual, suspect.expected
    if not suspect.same_shape or actual.dtype.kind != "f" or not 2 <= actual.size <= LARGE:
        return
    if not np.isfinite(actual).all() or not np.isfinite(expected).all():
        return
    axis = channel_axis(suspect.layer.dims, actual.ndim)
    choices = (None,) if axis is None or actual.shape[axis] == 1 else (None, axis)
    fits_of = [(choice, Moments(expected, actual, choice)) for choice in choices]
    for choice, moments in fits_of:
        for fit in _few_numbers_first(moments):
            if _enough(suspect, fit) and fit.scale.any() and _exact(suspect, fit):
                if not _is_the_inputs(fit):
                    yield _explained(suspect, fit, choice)
                return
    if suspect.layer.operation in _RECURRENT:
        return
    for choice, moments in fits_of:
        fit = moments.both()
        if fit.fitted * _VALUES_A_NUMBER <= actual.size and _follows(suspect, fit, moments):
            yield _explained(suspect, fit, choice)


def _enough(suspect: Suspect, fit: Affine) -> bool:
    """Whether there are enough values to believe a fit."""
    if fit.fitted * _VALUES_A_NUMBER <= suspect.actual.size >= 2 * _VALUES_A_NUMBER:
        return True
    before = np.square(suspect.actual.astype(np.float64) - suspect.expected).sum()
    after = np.square(suspect.actual.astype(np.float64) - fit(suspect.expected)).sum()
    return fit.fitted <= 1 and not fit.offset.any() and bool(after <= _WELL * before)


def _few_numbers_first(moments: Moments) -> Iterator[Affine]:
    scale = moments.scale()
    if scale.scale.size == 1:
        zero = np.zeros_like(scale.scale)
        near = [factor for factor in _FAMOUS if abs(float(scale.scale.item()) / factor - 1) < _NEAR]
        yield from (Affine(np.full_like(zero, factor), zero, 0) for factor in near)
    yield scale
    yield moments.offset()
    yield moments.both()


def _exact(suspect: Suspect, fit: Affine) -> bool:
    spots = places(suspect.expected.shape)
    return fits(suspect, suspect.actual[spots], _at(fit, suspect.expected, spots))


def _at(fit: Affine, values: Array, spots: tuple[Array, ...]) -> Array:
    scale, offset = (np.broadcast_to(item, values.shape)[spots] for item in (fit.scale, fit.offset))
    return np.asarray(values[spots] * scale + offset)


def _follows(suspect: Suspect, fit: Affine, moments: Moments) -> bool:
    """Whether most of the found values' spread, and most of the error, is explained."""
    before = np.square(suspect.actual.astype(np.float64) - suspect.expected).sum()
    after = np.square(suspect.actual.astype(np.float64) - fit(suspect.expected)).sum()
    spread = float(moments.spread_y.sum())
    return bool(spread > 0 and after <= PROMISING * min(before, spread))


def _is_the_inputs(fit: Affine) -> bool:
    return (
        fit.scale.size == 1
        and not fit.offset.any()
        and any(abs(fit.scale.item() / f - 1) < _NEAR for f in _INPUT_FACTORS)
    )


def _explained(suspect: Suspect, fit: Affine, axis: int | None) -> Explanation:
    return Explanation(
        kind=_kind(fit),
        statement=_statement(suspect, fit, axis),
        value=fit(suspect.expected),
        fix=(
            "MATLAB: compare Scale and Offset of normalisation layers, Bias, and any scaling of inputs or outputs with weights.mat.",
            "ONNX: a Mul, Div, Add or Sub is missing here or one too many, or one of its constants is another.",
            f"PyTorch: the layer is {suspect.layer.operation} of {', '.join(suspect.layer.parameters) or 'no parameters'}.",
        ),
        evidence=_evidence(suspect, fit, axis),
        fitted=fit.fitted,
        describes=axis is not None,
    )


def _kind(fit: Affine) -> str:
    if fit.scale.size == 1 and fit.scale.item() == -1:
        return "sign"
    scaled, moved = bool((fit.scale != 1).any()), bool(fit.offset.any())
    return "scale and offset" if scaled and moved else "scale" if scaled else "offset"


def _statement(suspect: Suspect, fit: Affine, axis: int | None) -> str:
    if axis is None:
        a, b = fit.scale.item(), fit.offset.item()
        return f"The values are {_formula(a, b)}{f': {_FAMOUS[a]}' if a in _FAMOUS and not b else ''}."
    where = axis_name(suspect.layer.dims, axis)
    wrong = np.flatnonzero((np.abs(fit.scale - 1) > _NEAR).ravel() | (np.abs(fit.offset.ravel()) > suspect.tolerance))
    shown = "; ".join(f"{i}: {_formula(fit.scale.ravel()[i], fit.offset.ravel()[i])}" for i in wrong[:3])
    more = "; ..." if wrong.size > 3 else ""
    return f"{wrong.size} of {fit.scale.size} entries of {where} have a factor or a sum of their own: {shown}{more}."


def _formula(a: float, b: float) -> str:
    scaled = "" if a == 1 else f"{a:.6g} x "
    added = f" {'+' if b > 0 else '-'} {abs(b):.6g}" if b else ""
    return f"{scaled}PyTorch's{added}"


def _evidence(suspect: Suspect, fit: Affine, axis: int | None) -> tuple[str, ...]:
    lines = [f"{fit.fitted} fitted numbers for {suspect.actual.size} values."] if fit.fitted else []
    if axis is not None and fit.scale.size > 1:
        lines.append(
            f"Factors from {fit.scale.min():.6g} to {fit.scale.max():.6g}, sums from {fit.offset.min():.6g} to {fit.offset.max():.6g}."
        )
    return tuple(lines)
