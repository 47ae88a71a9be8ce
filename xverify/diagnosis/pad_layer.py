"""A layer that only pads: with another number, another mode, or the amounts exchanged."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from xverify.diagnosis.explanation import Explanation
from xverify.diagnosis.kernels.claim import Claim
from xverify.diagnosis.kernels.sampling import promising
from xverify.diagnosis.kernels.trial import usable
from xverify.diagnosis.kernels.windows import Edge, Windows
from xverify.diagnosis.padding import EDGES, other_edges
from xverify.diagnosis.suspect import Array, Suspect

_MODES: dict[str, Edge] = {"constant": "constant", "edge": "edge", "reflect": "reflect", "wrap": "wrap"}


def pad_layer(suspect: Suspect) -> Iterator[Explanation]:
    """For steps that are ONNX's Pad."""
    layer = _read(suspect)
    if layer is None:
        return
    image = suspect.inputs[0]
    for claim, changed in (*_modes(layer), *_number(suspect, layer), *_moved(layer)):
        if changed.counts(image.shape) == suspect.actual.shape:
            value = _padded(changed, image)
            if promising(suspect, value):
                yield claim.with_value(value)


def _read(suspect: Suspect) -> Windows | None:
    step = suspect.step
    if step is None or step.op != "Pad" or not usable(suspect) or 1 not in step.constants:
        return None
    image = suspect.inputs[0]
    pads = [int(item) for item in np.ravel(step.constants[1])]
    mode = _MODES.get(str(step.settings.get("mode", "constant")))
    if mode is None or len(pads) != 2 * image.ndim:
        return None
    ones = (1,) * image.ndim
    number = float(np.ravel(step.constants.get(2, np.zeros(1)))[0])
    layer = Windows(ones, ones, tuple(pads[: image.ndim]), tuple(pads[image.ndim :]), ones, mode, number)
    return layer if layer.counts(image.shape) == suspect.expected.shape else None


def _padded(layer: Windows, image: Array) -> Array:
    index: list[Any] = [0] * layer.rank
    return layer.views(image)[(..., *index)]


def _modes(layer: Windows) -> Iterator[tuple[Claim, Windows]]:
    meant = EDGES.get(layer.edge, "a constant")
    fix = (f"The padding is {meant}: PyTorch's F.pad(mode=...), ONNX's Pad with mode {layer.edge}.",)
    for edge, name in other_edges(layer):
        yield Claim("padding mode", f"The padding is {name} instead of {meant}.", fix), replace(layer, edge=edge)


def _number(suspect: Suspect, layer: Windows) -> Iterator[tuple[Claim, Windows]]:
    """The number that stands in most of the found padding."""
    if not suspect.same_shape:
        return
    image = suspect.inputs[0]
    added = _padded(replace(layer, edge="constant", value=1.0), np.zeros(image.shape, image.dtype)) != 0
    if added.any():
        number = float(np.median(suspect.actual[added]))
        meant = f"{layer.value:g}" if layer.edge == "constant" else EDGES[layer.edge]
        statement = f"The padding holds {number:.4g} instead of {meant}."
        fix = (f"The padding is {meant}: PyTorch's F.pad(value=...), ONNX's Pad with constant_value.",)
        yield Claim("padding value", statement, fix), replace(layer, edge="constant", value=number)


def _moved(layer: Windows) -> Iterator[tuple[Claim, Windows]]:
    if layer.before != layer.after:
        fix = (f"ONNX: pads = {[*layer.before, *layer.after]}: all amounts in front, then all behind.",)
        claim = Claim("padding amounts", "The amounts in front and behind are exchanged.", fix)
        yield claim, replace(layer, before=layer.after, after=layer.before)
    if layer.rank >= 4 and (layer.before[-1], layer.after[-1]) != (layer.before[-2], layer.after[-2]):
        fix = ("PyTorch's F.pad names the last axis first: (left, right, top, bottom).",)
        before = (*layer.before[:-2], layer.before[-1], layer.before[-2])
        after = (*layer.after[:-2], layer.after[-1], layer.after[-2])
        claim = Claim("padding amounts", "The amounts for height and width are exchanged.", fix)
        yield claim, replace(layer, before=before, after=after)
