"""Layers, values and questions that the tests of the verdict share."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xverify.comparison.results import Comparison, LayerResult, Status

Array = NDArray[Any]
Values = dict[str, Array]

RNG = np.random.default_rng(11)
VALUES: Mapping[str, Array] = {
    "conv": RNG.normal(size=(2, 3, 5, 7)).astype(np.float32),
    "mask": RNG.normal(size=(2, 3)) > 0,
    "index": np.array([4, 2**53 + 1, -7], np.int64),
    "head": RNG.normal(size=(2, 4)).astype(np.float32),
    "total": np.array(1.5, np.float32),
}
DIMS = {"conv": "NCHW", "head": "NC"}
OUTPUTS = ("head", "index")


def values(**changes: Array) -> Values:
    return dict(VALUES) | changes


def moved(name: str, error: float, index: tuple[int, ...] = ()) -> Values:
    """The reference, but one element of one layer moved by `error`."""
    array = VALUES[name].astype(np.float64)
    array[index or (-1,) * array.ndim] += error
    return values(**{name: array})


def layer_of(comparison: Comparison, name: str) -> LayerResult:
    return next(layer for layer in comparison.layers if layer.id == name)


def statuses(comparison: Comparison) -> dict[str, Status]:
    return {layer.id: layer.status for layer in comparison.layers}


def require_only_failure(comparison: Comparison, name: str, *, reason: str) -> None:
    assert not comparison.passed
    assert statuses(comparison) == dict.fromkeys(VALUES, Status.PASSED) | {name: Status.FAILED}
    assert reason in layer_of(comparison, name).reason
