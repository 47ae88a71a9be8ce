"""An average where PyTorch takes the maximum, or the other way round."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from xverify.diagnosis.explanation import Explanation
from xverify.diagnosis.kernels.claim import Claim
from xverify.diagnosis.kernels.pooling import Pooling
from xverify.diagnosis.kernels.read_pooling import pooling_of
from xverify.diagnosis.kernels.trial import PartTrial, usable
from xverify.diagnosis.kernels.windows import Windows
from xverify.diagnosis.suspect import Suspect

_GLOBAL = {f"global{kind}Pooling{rank}dLayer": kind for kind in ("Average", "Max") for rank in (1, 2, 3)}


def pooling_kind(suspect: Suspect) -> Iterator[Explanation]:
    """For poolings, those over the whole image too."""
    layer = pooling_of(suspect) or _whole_image(suspect)
    if layer is None:
        return
    trial = PartTrial(suspect)
    for claim, changed in _changes(layer):
        value = trial.value(changed, changed.output_shape(suspect.inputs[0].shape))
        if value is not None:
            yield claim.with_value(value)


def _changes(layer: Pooling) -> Iterator[tuple[Claim, Pooling]]:
    if layer.kind == "average":
        claim = _claim("The maximum is taken instead of the average.", "averagePooling", "AveragePool", "AvgPool")
        yield claim, replace(layer, kind="max", windows=replace(layer.windows, value=-np.inf))
        total = _claim("The sum is taken instead of the average.", "averagePooling", "AveragePool", "AvgPool")
        yield total, replace(layer, divisor=1.0)
        return
    claim = _claim("The average is taken instead of the maximum.", "maxPooling", "MaxPool", "MaxPool")
    for include in (True, False):
        yield claim, replace(layer, kind="average", windows=replace(layer.windows, value=0.0), include=include)


def _claim(statement: str, matlab: str, onnx: str, pytorch: str) -> Claim:
    fix = (f"MATLAB: {matlab}2dLayer.", f"ONNX: {onnx}.", f"PyTorch: nn.{pytorch}2d.")
    return Claim("pooling kind", statement, fix)


def _whole_image(suspect: Suspect) -> Pooling | None:
    step = suspect.step
    if step is None or step.op not in _GLOBAL or not usable(suspect):
        return None
    extents = suspect.inputs[0].shape[2:]
    if suspect.expected.shape[2:] != (1,) * len(extents):
        return None
    ones, zeros = (1,) * len(extents), (0,) * len(extents)
    return Pooling("max" if _GLOBAL[step.op] == "Max" else "average", Windows(extents, ones, zeros, zeros, ones))
