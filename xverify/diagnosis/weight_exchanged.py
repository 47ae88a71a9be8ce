"""Parameters of another layer, or a normalization's own ones exchanged: names that were matched wrongly."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xverify.diagnosis.explanation import Explanation
from xverify.diagnosis.kernels.claim import Claim
from xverify.diagnosis.kernels.normalization import Normalization, Statistics
from xverify.diagnosis.kernels.offered import others
from xverify.diagnosis.kernels.read_convolution import convolution_of, transposed_convolution_of
from xverify.diagnosis.kernels.read_linear import linear_of
from xverify.diagnosis.kernels.read_normalization import normalization_of
from xverify.diagnosis.kernels.sampling import promising
from xverify.diagnosis.kernels.trial import Trial
from xverify.diagnosis.suspect import Suspect

Array = NDArray[Any]

_ROLES = ("weight", "bias", "running_mean", "running_var")


def weight_exchanged(suspect: Suspect) -> Iterator[Explanation]:
    """For convolutions, fully connected layers and normalizations."""
    normalization = normalization_of(suspect)
    if normalization is not None and suspect.same_shape:
        yield from _normalization(suspect, normalization)
        return
    layer = convolution_of(suspect) or transposed_convolution_of(suspect) or linear_of(suspect)
    if layer is None:
        return
    linear = linear_of(suspect) is not None
    trial = Trial(suspect, suspect.actual.ndim - 1 if linear else 1)
    biases = {} if layer.bias is None else dict(others(suspect, layer.bias.shape))
    for name, weight in others(suspect, layer.weight.shape):
        partner = _module(name) + "bias"
        changes = [({"weight": name}, layer.with_weight(weight))]
        if partner in biases:
            changes.append(
                ({"weight": name, "bias": partner}, replace(layer.with_weight(weight), bias=biases[partner]))
            )
        for names, changed in changes:
            value = trial.value(changed)
            if value is not None:
                yield _claim(suspect, names).with_value(value)
    for name, bias in biases.items():
        value = trial.value(replace(layer, bias=bias))
        if value is not None:
            yield _claim(suspect, {"bias": name}).with_value(value)


def _normalization(suspect: Suspect, layer: Normalization) -> Iterator[Explanation]:
    step = suspect.step
    assert step is not None
    own = {role: np.asarray(step.parameters[role]) for role in _ROLES if role in step.parameters}
    for names, parts in (*_own(suspect, own), *_foreign(suspect, own)):
        value = _applied(suspect, layer, {**own, **parts})
        if promising(suspect, value):
            yield _claim(suspect, names).with_value(value)


def _own(suspect: Suspect, own: dict[str, Array]) -> Iterator[tuple[dict[str, str], dict[str, Array]]]:
    """Two of its own parameters exchanged."""
    assert suspect.step is not None
    names = suspect.step.names
    for a, b in combinations(own, 2):
        yield {a: names.get(b, b), b: names.get(a, a)}, {a: own[b], b: own[a]}


def _foreign(suspect: Suspect, own: dict[str, Array]) -> Iterator[tuple[dict[str, str], dict[str, Array]]]:
    """All of another layer's, or one."""
    if not own:
        return
    found = dict(others(suspect, next(iter(own.values())).shape))
    modules = dict.fromkeys(_module(name) for name in found)
    for module in modules:
        names = {role: module + role for role in own if module + role in found}
        if len(names) == len(own):
            yield names, {role: found[name] for role, name in names.items()}
    for name, array in found.items():
        role = name.rpartition(".")[2]
        if role in own and len(own) > 1:
            yield {role: name}, {role: array}


def _applied(suspect: Suspect, layer: Normalization, parts: dict[str, Array]) -> Array:
    shaped = {role: _like(part, getattr(layer, name)) for role, name, part in _affine(parts)}
    changed = replace(layer, scale=shaped.get("weight"), offset=shaped.get("bias"))
    running = layer.running
    if running is not None:
        mean, variance = parts["running_mean"], parts["running_var"]
        changed = replace(changed, running=Statistics(_like(mean, running.mean), _like(variance, running.variance)))
    with np.errstate(all="ignore"):
        return changed(suspect.inputs[0])


def _affine(parts: dict[str, Array]) -> Iterator[tuple[str, str, Array]]:
    for role, name in (("weight", "scale"), ("bias", "offset")):
        if role in parts:
            yield role, name, parts[role]


def _like(part: Array, shaped: Array) -> Array:
    return part.reshape(shaped.shape)


def _module(name: str) -> str:
    """'layer1.conv.weight' -> 'layer1.conv.'."""
    return name.rpartition(".")[0] + "." if "." in name else ""


def _claim(suspect: Suspect, names: dict[str, str]) -> Claim:
    assert suspect.step is not None
    own = suspect.step.names
    parts = [f"'{name}' as its {role}" for role, name in names.items()]
    meant = ", ".join(f"'{own.get(role, role)}'" for role in names)
    return Claim(
        "parameters exchanged",
        f"The layer has {' and '.join(parts)} instead of {meant}.",
        (
            f"Match parameters by their whole names: {', '.join(f'{role} is {own.get(role, role)!r}' for role in names)}.",
        ),
    )
