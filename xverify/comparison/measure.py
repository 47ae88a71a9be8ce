"""One layer's values against the reference, judged by its tolerance."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from xverify.bundle.manifest import ChannelTolerances, Layer
from xverify.comparison import metrics
from xverify.comparison.policy import Policy
from xverify.comparison.results import Measure

Array = NDArray[Any]


def incomparable(value: Array, reference: Array) -> str:
    """Why two arrays cannot be compared at all: another shape (nothing is broadcast) or type. '' where they can."""
    if value.shape != reference.shape:
        return f"shape {_shape(value.shape)} instead of {_shape(reference.shape)}"
    if value.dtype.kind not in "fiub":
        return f"its values are {value.dtype}, not numbers"
    if (reference.dtype.kind == "f") != (value.dtype.kind == "f") and reference.dtype.kind == "f":
        return f"its values are {value.dtype} instead of {reference.dtype}"
    return ""


def _shape(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape)) or "scalar"


def measure(layer: Layer, value: Array, reference: Array, policy: Policy, *, local: bool) -> Measure:
    """One layer's values against the reference, judged.

    Args:
        layer: The layer, with its recorded tolerance.
        value: The other runtime's values, of the reference's shape.
        reference: PyTorch's values.
        policy: The user's tolerances.
        local: Whether `value` was computed from recorded inputs.
    """
    if reference.dtype.kind != "f":
        return _exact_measure(value, reference)
    fixed = policy.fixed_for(layer)
    rtol = fixed.rtol if fixed else 0.0
    difference = metrics.difference(value, reference, rtol)
    index = _position(difference.worst, reference.shape)
    expected, actual = (float(reference[index]), float(value[index])) if reference.size else (0.0, 0.0)
    tolerance = layer.tolerance.local if local else layer.tolerance.accumulated
    # Where the worst element is not finite, all elements are NaN or Inf, alike on both sides or with a problem.
    finite = bool(np.isfinite(expected)) and not difference.problem
    allowed = fixed.atol + (rtol * abs(expected) if finite else 0.0) if fixed else tolerance
    error = abs(actual - expected) if fixed and finite else difference.max_error
    if fixed is None and layer.tolerance.channels and reference.size and not difference.problem:
        error, allowed, index = _worst_channel(value, reference, layer.tolerance.channels, local=local)
        expected, actual = float(reference[index]), float(value[index])
    return Measure(
        max_error=difference.max_error,
        rms_error=difference.rms_error,
        error=error,
        allowed=allowed,
        passed=not difference.problem and error <= allowed,
        worst_index=index,
        actual=actual,
        expected=expected,
        problem=difference.problem,
        cosine=difference.cosine,
        snr_db=metrics.snr_db(difference.signal, difference.rms_error),
        ulp=metrics.ulp_distance(difference.max_error, expected),
        top1_agreement=metrics.top1_agreement(value, reference)
        if layer.dims == "NC" and reference.shape[-1] > 1
        else None,
    )


def _position(flat: int, shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(int(i) for i in np.unravel_index(flat, shape)) if 0 not in shape else ()


def _worst_channel(
    value: Array, reference: Array, channels: ChannelTolerances, *, local: bool
) -> tuple[float, float, tuple[int, ...]]:
    """The error, the allowance and the index where a channel uses most of what its own size allows."""
    allowed = np.array(channels.local if local else channels.accumulated)
    along = [1] * reference.ndim
    along[channels.axis] = len(allowed)
    with np.errstate(invalid="ignore", divide="ignore"):
        # Inf stands at the same places on both sides: the difference says so before. Nothing of no allowance is no use of it.
        error = np.nan_to_num(np.abs(value.astype(np.float64) - reference), nan=0.0)
        share = np.nan_to_num(error / allowed.reshape(along), nan=0.0)
    index = _position(int(share.argmax()), reference.shape)
    return float(error[index]), float(allowed[index[channels.axis]]), index


def _exact_measure(value: Array, reference: Array) -> Measure:
    """Integers and booleans: equal or not."""
    differing = value != reference
    count = int(differing.sum())
    flat = int(differing.argmax()) if count else 0
    index = tuple(int(i) for i in np.unravel_index(flat, reference.shape)) if reference.size else ()
    actual, expected = (float(value[index]), float(reference[index])) if reference.size else (0.0, 0.0)
    errors = np.abs(value.astype(np.float64) - reference.astype(np.float64))
    return Measure(
        max_error=float(errors.max(initial=0.0)),
        rms_error=float(np.sqrt(np.mean(np.square(errors)))) if reference.size else 0.0,
        error=float(errors.max(initial=0.0)),
        allowed=0.0,
        passed=count == 0,
        worst_index=index,
        actual=actual,
        expected=expected,
        problem=f"{count} of {reference.size} values differ" if count else "",
    )
