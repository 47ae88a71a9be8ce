"""A convolution of an image that was padded otherwise: other amounts, another number, or the image's own border."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from xverify.diagnosis.explanation import Explanation
from xverify.diagnosis.kernels.claim import Claim
from xverify.diagnosis.kernels.convolution import Convolution
from xverify.diagnosis.kernels.paddings import amounts_claim, other_amounts
from xverify.diagnosis.kernels.read_convolution import convolution_of
from xverify.diagnosis.kernels.trial import Trial
from xverify.diagnosis.kernels.windows import Edge, Windows
from xverify.diagnosis.suspect import Suspect

EDGES: dict[Edge, str] = {
    "edge": "the nearest pixels (PyTorch's and MATLAB's 'replicate', ONNX's 'edge')",
    "reflect": "the image reflected at its outermost pixels (PyTorch's 'reflect', MATLAB's 'symmetric-exclude-edge')",
    "symmetric": "the image reflected with its outermost pixels (MATLAB's 'symmetric-include-edge')",
    "wrap": "the pixels of the other side (PyTorch's 'circular', ONNX's 'wrap')",
}
"""What may stand in the padding, and what it is called."""


def padding(suspect: Suspect) -> Iterator[Explanation]:
    """For convolutions."""
    layer = convolution_of(suspect)
    if layer is None:
        return
    trial = Trial(suspect)
    yield from _amounts(suspect, layer, trial)
    if any((*layer.windows.before, *layer.windows.after)):
        yield from _number(suspect, layer, trial)
        yield from _edges(layer, trial)


def _amounts(suspect: Suspect, layer: Convolution, trial: Trial) -> Iterator[Explanation]:
    extents, counts = suspect.inputs[0].shape[2:], suspect.actual.shape[2:]
    for windows in other_amounts(layer.windows, extents, counts):
        value = trial.value(replace(layer, windows=windows))
        if value is not None:
            yield amounts_claim(windows, layer.windows, extents).with_value(value)


def other_edges(windows: Windows) -> Iterator[tuple[Edge, str]]:
    """What else may stand in the padding; with one pixel of it the nearest pixels are the reflected ones."""
    for edge, name in EDGES.items():
        twice = edge == "symmetric" and max((*windows.before, *windows.after)) < 2
        if edge != windows.edge and not twice:
            yield edge, name


def _edges(layer: Convolution, trial: Trial) -> Iterator[Explanation]:
    for edge, name in other_edges(layer.windows):
        value = trial.value(replace(layer, windows=replace(layer.windows, edge=edge)))
        if value is not None:
            claim = Claim(
                "padding mode",
                f"The padding is {name} instead of zeros.",
                (
                    "MATLAB: 'PaddingValue', 0.",
                    "PyTorch: padding_mode='zeros'.",
                    "ONNX: pads of Conv itself, or Pad with mode constant.",
                ),
            )
            yield claim.with_value(value)


def _number(suspect: Suspect, layer: Convolution, trial: Trial) -> Iterator[Explanation]:
    """A convolution is linear in the number in the padding: two tries at a few places tell which one explains the values."""
    zero, one = (trial.values_at(replace(layer, windows=replace(layer.windows, value=number))) for number in (0.0, 1.0))
    if zero is None or one is None:
        return
    effect = np.asarray(one - zero, np.float64)
    energy = float(np.square(effect).sum())
    if not suspect.same_shape or energy == 0:
        return
    with np.errstate(invalid="ignore"):
        fitted = float(((trial.actual - zero) * effect).sum()) / energy
    if not np.isfinite(fitted):
        return
    whole = float(round(fitted))
    for number in dict.fromkeys((whole, fitted)):
        value = trial.value(replace(layer, windows=replace(layer.windows, value=number))) if number else None
        if value is not None:
            yield _number_claim(number, fitted=number != whole).with_value(value)
            return


def _number_claim(number: float, *, fitted: bool) -> Claim:
    return Claim(
        "padding value",
        f"The padding holds {number:.4g} instead of 0.",
        (
            "MATLAB: 'PaddingValue', 0.",
            "ONNX: pads of Conv itself, or Pad with constant_value 0.",
            "PyTorch: padding_mode='zeros'.",
        ),
        fitted=int(fitted),
    )
