"""Whether two ONNX files compute the same outputs: one file before and after the passes, on the same inputs."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from xverify.comparison import metrics
from xverify.comparison.measure import incomparable
from xverify.comparison.results import Record

Array = NDArray[Any]

K_CONVERSION = 10.0
"""Noise floors within which an output passes: the factor of accumulated errors (docs/explanation/tolerances.md)."""


class OutputCheck(Record, frozen=True):
    """One output of a file after the passes against the same output before them."""

    name: str
    passed: bool
    max_error: float
    allowed: float
    reason: str
    """Why it failed; '' where it passed."""


def noise_floor(value: Array, variants: Sequence[Array]) -> float:
    """How far runs that are equally right are apart: the largest distance of a variant, at least eps32 x magnitude.

    Args:
        value: An output of the file as it was.
        variants: The same output of runs with inputs moved by one ulp, with the runtime's optimisations, and the like.
    """
    if value.dtype.kind != "f":
        return 0.0
    finite = value[np.isfinite(value)]
    magnitude = float(np.abs(finite).max()) if finite.size else 0.0
    spread = [metrics.difference(variant, value).max_error for variant in variants]
    return max([float(np.finfo(value.dtype).eps) * magnitude, *(s for s in spread if np.isfinite(s))])


ILL_CONDITIONED = 1e-3
"""Where an allowed error passes this share of an output's size, passing it proves nothing (as for layers)."""


def proves_nothing(value: Array, allowed: float) -> str:
    """Why comparing an output says nothing, whatever the other file gives; '' where it says something.

    Args:
        value: The output of the file as it was.
        allowed: Largest absolute error with which it would pass.
    """
    if value.dtype.kind != "f" or not value.size:
        return ""
    finite = value[np.isfinite(value)].astype(np.float64)
    if not finite.any():
        return "it is all zero, NaN or Inf"
    size = float(np.sqrt(np.mean(finite**2)))
    if allowed > ILL_CONDITIONED * size:
        return f"rounding alone moves it by a share of its size (allowed {allowed:.3g}, root mean square {size:.3g})"
    return ""


def check_output(name: str, actual: Array, expected: Array, allowed: float) -> OutputCheck:
    """Judges one output.

    Args:
        name: Its name.
        actual: Its value after the passes.
        expected: Its value before them.
        allowed: Largest absolute error; ignored for integers and booleans, which must be equal.
    """
    if problem := incomparable(actual, expected):
        return OutputCheck(name, passed=False, max_error=float("nan"), allowed=allowed, reason=problem)
    if expected.dtype.kind != "f":
        count = int(np.count_nonzero(actual != expected))
        reason = f"{count} of {expected.size} values differ" if count else ""
        return OutputCheck(name, passed=not count, max_error=float(count > 0), allowed=0.0, reason=reason)
    difference = metrics.difference(actual, expected)
    reason = difference.problem
    if not reason and not difference.max_error <= allowed:
        reason = f"error {difference.max_error:.3g}, allowed {allowed:.3g}"
    return OutputCheck(name, passed=not reason, max_error=difference.max_error, allowed=allowed, reason=reason)


class PassRecord(Record, frozen=True):
    """What one pass did: ONNX operator -> nodes that are new, or gone; and how many others it changed."""

    name: str
    added: Mapping[str, int]
    removed: Mapping[str, int]
    changed: int


class Versions(Record, frozen=True):
    """Opset, IR version and number of nodes of a file."""

    opset: int
    ir_version: int
    nodes: int


class Conversion(Record, frozen=True):
    """What `xverify convert` did, and how the outputs compare.

    `renamed_ports` maps inputs and outputs of the given file to their names now, where they differ; `renamed` counts all
    tensors and weights with another name; `made_up` names the inputs whose values were seeded noise.
    """

    schema_version: Literal[1]
    source: str
    output: str
    release: str
    before: Versions
    after: Versions
    passes: tuple[PassRecord, ...]
    renamed_ports: Mapping[str, str]
    renamed: int
    outputs: tuple[OutputCheck, ...]
    made_up: tuple[str, ...]
    dynamic_batch: bool
