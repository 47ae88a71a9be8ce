"""The resizing that a suspect is, read from its step."""

import numpy as np

from xverify.diagnosis.kernels.resize import Mode, Positions, Resize, Rounding
from xverify.diagnosis.kernels.settings import is_setting, number
from xverify.diagnosis.kernels.trial import usable
from xverify.diagnosis.steps import Setting, Step
from xverify.diagnosis.suspect import Suspect

_MODES: dict[str, Mode] = {"nearest": "nearest", "linear": "linear", "cubic": "cubic"}
_POSITIONS: dict[str, Positions] = {
    "asymmetric": "asymmetric",
    "half_pixel": "half_pixel",
    "pytorch_half_pixel": "half_pixel",
    "align_corners": "align_corners",
    "half_pixel_symmetric": "half_pixel_symmetric",
}
_ROUNDINGS: dict[str, Rounding] = {
    "floor": "floor",
    "ceil": "ceil",
    "round_prefer_floor": "round_prefer_floor",
    "round_prefer_ceil": "round_prefer_ceil",
}


def resize_of(suspect: Suspect) -> Resize | None:
    """The resizing, or None where the suspect is none."""
    step = suspect.step
    if step is None or step.op not in {"resize2dLayer", "Resize"} or not usable(suspect):
        return None
    image, value = suspect.inputs[0], suspect.expected
    if image.ndim != value.ndim or image.shape[:2] != value.shape[:2] or image.ndim < 3:
        return None
    sizes = value.shape[2:]
    return _operator(step, sizes) if step.op == "Resize" else _pytorch(step, sizes, image.shape[2:])


def _pytorch(step: Step, sizes: tuple[int, ...], extents: tuple[int, ...]) -> Resize:
    factors = _factors(step, len(sizes))
    if "align_corners" in step.settings:
        return Resize(
            sizes, "linear", "align_corners" if is_setting(step, "align_corners") else "half_pixel", factors=factors
        )
    doubled = sizes == tuple(2 * extent for extent in extents)
    return Resize(sizes, "nearest", "asymmetric", factors=() if doubled else factors)


def _factors(step: Step, rank: int) -> tuple[float, ...]:
    """The factors that were asked for; () where the extents were."""
    value = step.settings.get("scale_factors", ())
    found: tuple[Setting, ...] = value if isinstance(value, tuple) else (value,)
    if not found:
        found = tuple(step.settings[name] for name in ("scales_d", "scales_h", "scales_w") if name in step.settings)
    factors = tuple(item for item in found if isinstance(item, float) and item > 0)
    return factors if len(factors) == rank else ()


def _operator(step: Step, sizes: tuple[int, ...]) -> Resize | None:
    mode = _MODES.get(str(step.settings.get("mode", "nearest")))
    positions = _POSITIONS.get(str(step.settings.get("coordinate_transformation_mode", "half_pixel")))
    rounding = _ROUNDINGS.get(str(step.settings.get("nearest_mode", "round_prefer_floor")))
    if mode is None or positions is None or rounding is None or is_setting(step, "antialias"):
        return None
    scales = np.ravel(step.constants.get(2, np.empty(0)))
    factors = tuple(float(scale) for scale in scales[2:]) if len(scales) == len(sizes) + 2 else ()
    return Resize(sizes, mode, positions, rounding, number(step, "cubic_coeff_a", -0.75), factors)
