"""A softmax that is missing, added, doubled, its logarithm, or over another axis."""

from collections.abc import Iterator

import numpy as np

from xverify.diagnosis.explanation import Explanation
from xverify.diagnosis.kernels.axis_names import axis_name
from xverify.diagnosis.kernels.sampling import LARGE, promising
from xverify.diagnosis.suspect import Array, Suspect

_SOFTMAX = {"softmax", "_softmax"}
_LOGARITHM = {"log_softmax", "_log_softmax"}

_SUMS_TO = 1e-3
"""How near sums of probabilities come to 1, at least, in float32 and over many classes."""


def softmax(suspect: Suspect) -> Iterator[Explanation]:
    """For softmax layers; and for every layer whose found values are probabilities, or their logarithms."""
    if not suspect.same_shape or suspect.actual.dtype.kind != "f" or not 2 <= suspect.actual.size <= LARGE:
        return
    if suspect.layer.operation in _SOFTMAX | _LOGARITHM:
        yield from _of_softmax(suspect)
    else:
        yield from _added(suspect)


def _of_softmax(suspect: Suspect) -> Iterator[Explanation]:
    logarithm = suspect.layer.operation in _LOGARITHM
    name = "log-softmax" if logarithm else "softmax"
    if len(suspect.inputs) != 1 or suspect.inputs[0].shape != suspect.expected.shape:
        return
    given = suspect.inputs[0]
    yield from _offer(suspect, "softmax missing", f"The {name} is missing: the values are its input's.", given)
    for axis in _long_axes(given):
        where = axis_name(suspect.layer.dims, axis)
        yield from _offer(suspect, "softmax axis", f"The {name} runs over {where}.", _compute(given, axis, logarithm))
        if logarithm:
            yield from _offer(
                suspect, "log-softmax", "It is a softmax without the logarithm.", _compute(given, axis, False)
            )
        else:
            yield from _offer(
                suspect, "log-softmax", "It is the logarithm of the softmax.", _compute(given, axis, True)
            )
        twice = _compute(suspect.expected, axis, logarithm)
        yield from _offer(suspect, "softmax doubled", f"The {name} is applied twice.", twice)


def _added(suspect: Suspect) -> Iterator[Explanation]:
    for axis in _long_axes(suspect.actual):
        for logarithm in (False, True):
            if _is_distribution(suspect.actual, axis, logarithm):
                name = "log-softmax" if logarithm else "softmax"
                where = axis_name(suspect.layer.dims, axis)
                statement = (
                    f"The values have gone through a {name} over {where} that PyTorch does not have in this layer."
                )
                yield from _offer(suspect, "softmax added", statement, _compute(suspect.expected, axis, logarithm))


def _is_distribution(values: Array, axis: int, logarithm: bool) -> bool:
    with np.errstate(all="ignore"):
        probabilities = np.exp(values) if logarithm else values
        if not (probabilities >= 0).all():
            return False
        return bool((np.abs(probabilities.sum(axis, dtype=np.float64) - 1) < _SUMS_TO).all())


def _long_axes(values: Array) -> list[int]:
    """Over an axis of one element a softmax is 1. From the last: most run over classes."""
    return [axis for axis in range(values.ndim - 1, -1, -1) if values.shape[axis] > 1]


def _compute(values: Array, axis: int, logarithm: bool) -> Array:
    wide = values.astype(np.float64)
    with np.errstate(all="ignore"):
        shifted = wide - wide.max(axis, keepdims=True)
        powers = np.exp(shifted)
        total = powers.sum(axis, keepdims=True)
        return np.asarray(shifted - np.log(total) if logarithm else powers / total, dtype=np.float32)


def _offer(suspect: Suspect, kind: str, statement: str, value: Array) -> Iterator[Explanation]:
    if promising(suspect, value):
        yield Explanation(
            kind=kind,
            statement=statement,
            value=value,
            fix=(
                "PyTorch: nn.CrossEntropyLoss has the softmax in it, so that most classifiers end with scores; "
                "nn.Softmax(dim=1) and nn.LogSoftmax(dim=1) run over the classes.",
                "MATLAB: softmaxLayer runs over the channels; take it out of the network, or add it, to match PyTorch's last layer.",
                "ONNX: Softmax and LogSoftmax with axis = PyTorch's dim (the default is 1 before operator set 13, -1 since).",
            ),
        )
