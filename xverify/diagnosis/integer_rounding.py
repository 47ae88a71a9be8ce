"""Values that were rounded: to float16, to bfloat16, or to the 256 levels of an int8 quantisation.

The found values lie on the coarse grid, and PyTorch's do not: a float32 lies on float16's with a probability of 1 in 8,192.
"""

from collections.abc import Iterator

import numpy as np

from xverify.diagnosis.explanation import Explanation
from xverify.diagnosis.kernels.number_formats import FORMATS, NumberFormat
from xverify.diagnosis.kernels.sampling import LARGE, SAMPLE, places
from xverify.diagnosis.suspect import Array, Suspect

_TELLING = 8
"""Values that the grid must have moved before it proves anything."""

_ROUNDINGS = 8
"""Of the layer's largest magnitude: what a layer that computes in the format itself may be off by."""

_LEVELS = 256


def integer_rounding(suspect: Suspect) -> Iterator[Explanation]:
    """For layers of floats of PyTorch's shape, all of them finite."""
    if not suspect.same_shape or suspect.actual.dtype.kind != "f" or not 1 < suspect.actual.size <= LARGE:
        return
    if not np.isfinite(suspect.actual).all() or not np.isfinite(suspect.expected).all():
        return
    format_ = next((item for item in FORMATS if _on_grid(suspect.actual, item)), None)
    if format_ is not None and _moved(suspect, format_):
        yield _in_format(suspect, format_)
    yield from _levels(suspect)


def _on_grid(values: Array, item: NumberFormat) -> bool:
    spots = places(values.shape)
    return bool(
        np.array_equal(item.rounded(values[spots]), values[spots]) and np.array_equal(item.rounded(values), values)
    )


def _moved(suspect: Suspect, item: NumberFormat) -> bool:
    return int((item.rounded(suspect.expected) != suspect.expected).sum()) >= _TELLING


def _in_format(suspect: Suspect, item: NumberFormat) -> Explanation:
    """Rounded at the end, or computed in the format throughout: then by how much it is off is no more than bounded."""
    away = np.abs(suspect.actual.astype(np.float64) - suspect.expected)
    nearest = away <= item.spacing(suspect.expected) / 2 + suspect.tolerance
    largest = max(float(np.abs(suspect.expected).max()), suspect.layer.magnitude)
    bounded = away <= _ROUNDINGS * np.exp2(-item.digits) * largest
    throughout = not nearest.all()
    explained = bounded | nearest if throughout else nearest
    return Explanation(
        kind=f"rounded to {item.name}",
        statement=f"The layer is computed in {item.name}." if throughout else f"The values are rounded to {item.name}.",
        value=np.where(explained, suspect.actual, item.rounded(suspect.expected)),
        fix=(
            f"ONNX: the model, or a Cast in it, is {item.name}: export it in float32, and run it without reduced precision.",
            "MATLAB: keep weights and data in single; half and a GPU's reduced precision round.",
            "PyTorch: the reference is float32; model.half() or autocast would be compared with itself.",
        ),
        evidence=(f"All {suspect.actual.size} values are numbers of {item.name}.",),
        fitted=int(throughout),
    )


def _levels(suspect: Suspect) -> Iterator[Explanation]:
    """A uniform grid of at most 256 levels through zero."""
    if suspect.actual.size <= 2 * _TELLING or np.unique(suspect.actual[places(suspect.actual.shape)]).size > _LEVELS:
        return
    levels = np.unique(suspect.actual.astype(np.float64))
    if not 3 <= levels.size <= min(_LEVELS, suspect.actual.size // 2, SAMPLE):
        return
    step = _step(levels)
    if (
        step is None
        or int((np.abs(suspect.expected - np.round(suspect.expected / step) * step) > 0.05 * step).sum()) < _TELLING
    ):
        return
    low, high = float(levels[0]), float(levels[-1])
    rounded = np.clip(np.round(suspect.expected / step) * step, low, high)
    tie = np.abs(suspect.actual - np.clip(suspect.expected, low, high)) <= 0.5001 * step + suspect.tolerance
    yield Explanation(
        kind="rounded to int8",
        statement=f"The values are quantised: multiples of {step:.6g} from {low:.6g} to {high:.6g}.",
        value=np.where(tie, suspect.actual, rounded),
        fix=(
            "ONNX: QuantizeLinear and DequantizeLinear, or a quantised model: compare the float32 model.",
            "MATLAB: a network from dlquantizer computes in int8; compare the one before.",
        ),
        evidence=(f"{suspect.actual.size} values have {levels.size} different numbers.",),
        fitted=3,
    )


def _step(levels: Array) -> float | None:
    """The distance of levels, improved over all of them; None where they are no uniform grid through zero."""
    step = float(np.diff(levels).min())
    multiples = np.round(levels / step)
    if np.ptp(multiples) >= _LEVELS or not multiples.any():
        return None
    step = float(np.dot(levels, multiples) / np.dot(multiples, multiples))
    return step if np.abs(levels / step - multiples).max() < 1e-3 else None
