"""A mean, sum or extreme over other axes, or of another kind: a sum for a mean, n for n - 1."""

from collections.abc import Iterator
from itertools import combinations

import numpy as np

from xverify.diagnosis.explanation import Explanation
from xverify.diagnosis.kernels.axis_names import axis_list
from xverify.diagnosis.kernels.reductions import REDUCTIONS, count
from xverify.diagnosis.kernels.sampling import LARGE, promising
from xverify.diagnosis.suspect import Array, Suspect

_REDUCTIONS = {
    "mean", "sum", "amax", "amin", "max", "min", "var", "std", "linalg_vector_norm", "norm", "adaptive_avg_pool1d",
    "adaptive_avg_pool2d", "_adaptive_avg_pool2d", "_adaptive_avg_pool3d", "adaptive_max_pool2d",
}  # fmt: skip

_MAX_RANK = 5


def reduction_axis(suspect: Suspect) -> Iterator[Explanation]:
    """For reductions of one recorded value to the found number of elements."""
    if suspect.layer.operation not in _REDUCTIONS or len(suspect.inputs) != 1:
        return
    given = suspect.inputs[0]
    if not 1 <= given.ndim <= _MAX_RANK or not 0 < given.size <= LARGE or given.dtype.kind != "f":
        return
    own = next(_computing(suspect, given, suspect.expected), None)
    if own is None:
        return
    for name, axes, value in _all(given, suspect.actual):
        if (name, axes) != own and promising(suspect, value):
            yield _explained(suspect, given, own, (name, axes), value)


def _all(given: Array, target: Array) -> Iterator[tuple[str, tuple[int, ...], Array]]:
    """Every reduction over every set of axes that gives as many elements as the target has, in its shape."""
    for number in range(1, given.ndim + 1):
        for axes in combinations(range(given.ndim), number):
            if given.size // count(given, axes) == target.size:
                for name, compute in REDUCTIONS.items():
                    yield name, axes, compute(given, axes).reshape(target.shape)


def _computing(suspect: Suspect, given: Array, target: Array) -> Iterator[tuple[str, tuple[int, ...]]]:
    """What PyTorch computes, from its values."""
    for name, axes, value in _all(given, target):
        if np.abs(value - target).max(initial=0.0) <= suspect.tolerance:
            yield name, axes


def _explained(
    suspect: Suspect,
    given: Array,
    own: tuple[str, tuple[int, ...]],
    found: tuple[str, tuple[int, ...]],
    value: Array,
) -> Explanation:
    same_axes = found[1] == own[1]
    over = f" over {_axes(given, found[1])}, not {_axes(given, own[1])}"
    return Explanation(
        kind="reduction" if same_axes else "reduction axis",
        statement=f"It is {found[0]}{'' if same_axes else over}{'' if found[0] == own[0] else f', not {own[0]}'}.",
        value=value,
        fix=(
            f"PyTorch: the layer takes {own[0]} over dim = {list(own[1])} of {list(given.shape)}.",
            f"ONNX: {suspect.step.op if suspect.step else 'the reduction'} with axes = {list(own[1])}.",
            "MATLAB: mean, sum, max, var and std take the dimension counted from 1 in MATLAB's axes; var and std divide by n - 1 "
            "unless the weight is 1; global pooling layers reduce the spatial axes.",
        ),
        evidence=_evidence(given, own[1], found[1]),
    )


def _axes(given: Array, axes: tuple[int, ...]) -> str:
    sizes = "x".join(str(given.shape[axis]) for axis in axes)
    return f"{axis_list('', axes)} ({sizes})"


def _evidence(given: Array, own: tuple[int, ...], found: tuple[int, ...]) -> tuple[str, ...]:
    if own != found and count(given, own) == count(given, found):
        return ("The axes have the same size here, so that shapes could not show it.",)
    return ()
