"""A grouped convolution whose channels go to other groups."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xverify.diagnosis.explanation import Explanation
from xverify.diagnosis.kernels.claim import Claim
from xverify.diagnosis.kernels.convolution import Convolution
from xverify.diagnosis.kernels.read_convolution import convolution_of
from xverify.diagnosis.kernels.trial import Trial
from xverify.diagnosis.suspect import Suspect

Indices = NDArray[np.intp]


def missing_groups(suspect: Suspect) -> Iterator[Explanation]:
    """For grouped convolutions."""
    layer = convolution_of(suspect)
    if layer is None or layer.groups == 1:
        return
    trial = Trial(suspect)
    channels = suspect.inputs[0].shape[1]
    for claim, weight, inputs in _changes(layer, channels):
        given = suspect.inputs[0] if inputs is None else suspect.inputs[0][:, inputs]
        for changed in _with_bias(layer, weight):
            value = trial.value(changed, given)
            if value is not None:
                yield claim.with_value(value)
                break


def _changes(layer: Convolution, channels: int) -> Iterator[tuple[Claim, Indices | None, Indices | None]]:
    """What is to be said, the order of the weight's output channels, and that of the input's."""
    groups, outputs = layer.groups, len(layer.weight)
    for name, order in _orders(groups, outputs):
        yield _claim(f"The weight's output channels are taken {name}.", groups), order, None
    for name, order in _orders(groups, channels):
        yield _claim(f"The input's channels are taken {name}.", groups), None, order
    first = np.tile(np.arange(channels // groups), groups)
    yield _claim("All groups read the first group's channels.", groups), None, first


def _orders(groups: int, channels: int) -> Iterator[tuple[str, Indices]]:
    plain = np.arange(channels)
    each = channels // groups
    if each > 1:
        yield f"in turn, one of each of the {groups} groups", plain.reshape(groups, each).T.ravel()
        if each != groups:
            yield "as if they were dealt out to the groups in turn", plain.reshape(each, groups).T.ravel()
    yield "with the groups in reverse order", plain.reshape(groups, each)[::-1].ravel()


def _with_bias(layer: Convolution, order: Indices | None) -> Iterator[Convolution]:
    """The weight's channels in another order, and the bias as it is or with them."""
    if order is None:
        yield layer
        return
    changed = layer.with_weight(layer.weight[order])
    yield changed
    if layer.bias is not None:
        yield replace(changed, bias=layer.bias[order])


def _claim(statement: str, groups: int) -> Claim:
    fix: tuple[Any, ...] = (
        "MATLAB: groupedConvolution2dLayer's Weights are (height, width, in/group, out/group, group): the group is the slowest axis.",
        f"ONNX: group = {groups}.",
        f"PyTorch: groups={groups}; output channel o of group g is g * out/groups + o.",
    )
    return Claim("channel groups", statement, fix)
