"""A part of a normalization that is missing or other: its scale, its mean, its variance, or the axes that it normalises over."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xverify.diagnosis.explanation import Explanation
from xverify.diagnosis.kernels.axis_names import axis_list
from xverify.diagnosis.kernels.claim import Claim
from xverify.diagnosis.kernels.normalization import Normalization
from xverify.diagnosis.kernels.read_normalization import normalization_of
from xverify.diagnosis.kernels.sampling import promising
from xverify.diagnosis.suspect import Suspect

Array = NDArray[Any]

MANY = 16_000_000
"""Elements from which on other axes are not tried: each try is several passes over the layer."""


def normalisation_parts(suspect: Suspect) -> Iterator[Explanation]:
    """For normalizations. A missing offset is among the missing biases."""
    layer = normalization_of(suspect)
    if layer is None or not suspect.same_shape:
        return
    for claim, value in _values(suspect, layer):
        if promising(suspect, value):
            yield claim.with_value(value)


def _values(suspect: Suspect, layer: Normalization) -> Iterator[tuple[Claim, Array]]:
    yield from _scales(suspect, layer)
    yield from _statistics(suspect, layer)
    if suspect.expected.size <= MANY:
        yield from _groups(suspect, layer)
        yield from _axes(suspect, layer)


def _scales(suspect: Suspect, layer: Normalization) -> Iterator[tuple[Claim, Array]]:
    if layer.scale is None:
        return
    image, name = suspect.inputs[0], suspect.step.names.get("weight", "weight") if suspect.step else "weight"
    fix = (f"MATLAB: Scale is PyTorch's '{name}'.", f"PyTorch: the scale is '{name}'.", "ONNX: the second input.")
    yield Claim("scale missing", "The scale is missing.", fix), replace(layer, scale=None)(image)
    if layer.offset is not None:
        claim = Claim("scale and offset missing", "Scale and offset are missing.", fix)
        yield claim, replace(layer, scale=None, offset=None)(image)
    claim = Claim("scale plus one", "The scale is 1 + weight, as where weights are stored less one.", fix)
    yield claim, replace(layer, scale=layer.scale + 1)(image)


def _statistics(suspect: Suspect, layer: Normalization) -> Iterator[tuple[Claim, Array]]:
    image, used = suspect.inputs[0], layer.statistics(suspect.inputs[0])
    fix = ("The formula is (x - mean) / sqrt(variance + epsilon) * scale + offset.",)
    factor = layer.factor(used.variance)
    yield Claim("mean not subtracted", "The mean is not subtracted.", fix), layer.applied(image, 0 * used.mean, factor)
    statement = "The mean is added instead of subtracted."
    yield Claim("mean of wrong sign", statement, fix), layer.applied(image, -used.mean, factor)
    claim = Claim("variance not divided", "It is not divided by the standard deviation.", fix)
    yield claim, layer.applied(image, used.mean, np.ones_like(factor))
    statement = "It is divided by the root of the mean square, without subtracting the mean: RMSNorm."
    square = layer.factor(used.variance + np.square(used.mean))
    yield Claim("mean not subtracted", statement, fix), layer.applied(image, 0 * used.mean, square)


def _groups(suspect: Suspect, layer: Normalization) -> Iterator[tuple[Claim, Array]]:
    """Another number of groups, or channels dealt out to them in turn."""
    image = suspect.inputs[0]
    if layer.running is not None or len(layer.view) != image.ndim + 1:
        return
    batch, groups, each, *rest = layer.view
    fix = (f"MATLAB: groupNormalizationLayer({groups}).", f"PyTorch: nn.GroupNorm({groups}, {groups * each}).")
    for other in range(1, groups * each + 1):
        if groups * each % other == 0 and other != groups:
            view = (batch, other, groups * each // other, *rest)
            yield (
                Claim("number of groups", f"It has {other} groups instead of {groups}.", fix),
                replace(layer, view=view)(image),
            )
    if 1 < groups < groups * each:
        view, axes = (batch, each, groups, *rest), (1, *layer.axes[1:])
        statement = f"The channels are dealt out to the {groups} groups in turn instead of in blocks."
        yield Claim("group order", statement, fix), replace(layer, view=view, axes=axes)(image)


def _axes(suspect: Suspect, layer: Normalization) -> Iterator[tuple[Claim, Array]]:
    """Statistics of the input over other axes; of the batch's own for a batch normalization that is `batch_statistics`."""
    image = suspect.inputs[0]
    plain = replace(layer, view=image.shape, running=None)
    usual = _usual(layer, image.ndim)
    for count in range(1, image.ndim + 1):
        for axes in combinations(range(image.ndim), count):
            if axes != usual and np.prod([image.shape[axis] for axis in axes]) > 1:
                yield _axes_claim(suspect, axes, usual), replace(plain, axes=axes)(image)


def _usual(layer: Normalization, rank: int) -> tuple[int, ...]:
    if len(layer.view) == rank:
        return layer.axes
    return tuple(range(1, rank)) if layer.view[1] == 1 else ()


def _axes_claim(suspect: Suspect, axes: tuple[int, ...], usual: tuple[int, ...]) -> Claim:
    dims = suspect.layer.dims
    meant = f" instead of {axis_list(dims, usual)}" if usual else " instead of over groups of channels"
    return Claim(
        "normalised axes",
        f"Mean and variance are taken over {axis_list(dims, axes)}{meant}.",
        (
            "MATLAB: the dlarray's format decides, and layerNormalizationLayer's OperationDimension: 'S', 'T' and 'C' may be among them.",
            "PyTorch: nn.LayerNorm normalises over the last axes, BatchNorm over all but the channels.",
        ),
    )
