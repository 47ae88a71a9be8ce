"""Images that are resized with other positions, another rounding or another interpolation."""

from collections.abc import Iterator
from dataclasses import replace

from xverify.diagnosis.explanation import Explanation
from xverify.diagnosis.kernels.claim import Claim
from xverify.diagnosis.kernels.read_resize import resize_of
from xverify.diagnosis.kernels.resize import Mode, Positions, Resize, Rounding
from xverify.diagnosis.kernels.trial import PartTrial
from xverify.diagnosis.suspect import Suspect

_POSITIONS: dict[Positions, str] = {
    "half_pixel": "pixels' centres are matched (half_pixel, align_corners=False)",
    "align_corners": "the outermost pixels' centres are matched (align_corners=True)",
    "asymmetric": "the images' first pixels are matched (asymmetric)",
}
_MODES: dict[Mode, str] = {"linear": "bilinear", "nearest": "nearest", "cubic": "bicubic"}
_ROUNDINGS: tuple[Rounding, ...] = ("floor", "round_prefer_floor", "round_prefer_ceil", "ceil")


def resize_alignment(suspect: Suspect) -> Iterator[Explanation]:
    """For resizings."""
    layer = resize_of(suspect)
    if layer is None or not suspect.same_shape:
        return
    trial = PartTrial(suspect)
    for changed in _changes(layer):
        value = trial.value(changed, suspect.expected.shape)
        if value is not None:
            yield _claim(changed, layer).with_value(value)


def _changes(layer: Resize) -> Iterator[Resize]:
    """The same interpolation first; factors that were asked for and do not fit exactly may have been left out."""
    if layer.factors:
        yield replace(layer, factors=())
    for mode in (layer.mode, *(mode for mode in _MODES if mode != layer.mode)):
        for positions in _POSITIONS:
            for rounding in _ROUNDINGS if mode == "nearest" else _ROUNDINGS[:1]:
                for cubic in (-0.75, -0.5) if mode == "cubic" else (layer.cubic,):
                    changed = replace(layer, mode=mode, positions=positions, rounding=rounding, cubic=cubic)
                    if changed != layer:
                        yield changed


def _claim(found: Resize, usual: Resize) -> Claim:
    return Claim(
        _kind(found, usual),
        f"It resizes {_described(found)} instead of {_described(usual)}.",
        (
            f"ONNX: Resize with mode {usual.mode}, coordinate_transformation_mode {usual.positions}"
            + (f", nearest_mode {usual.rounding}." if usual.mode == "nearest" else "."),
            "MATLAB: resize2dLayer's 'GeometricTransformMode' and 'NearestRoundingMode'; build_NAME.m indexes as PyTorch does.",
            f"PyTorch: F.interpolate(mode={_MODES[usual.mode]!r}"
            + (")." if usual.mode == "nearest" else f", align_corners={usual.positions == 'align_corners'})."),
        ),
    )


def _kind(found: Resize, usual: Resize) -> str:
    if found.mode != usual.mode:
        return "resize mode"
    if found.positions != usual.positions:
        return "resize alignment"
    return "resize rounding" if found.rounding != usual.rounding else "resize factors"


def _described(layer: Resize) -> str:
    rounding = f", rounded by {layer.rounding}" if layer.mode == "nearest" else ""
    cubic = f", coefficient {layer.cubic}" if layer.mode == "cubic" else ""
    factors = " with the given factors" if layer.factors else ""
    return f"{_MODES[layer.mode]}{factors}: {_POSITIONS.get(layer.positions, layer.positions)}{rounding}{cubic}"
