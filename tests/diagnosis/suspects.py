"""Suspects for tests: a faulty value as torch computes it, beside what PyTorch recorded; and which hypotheses explain it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from xverify.bundle.manifest import Error, Layer, NoiseFloor, StoredArray, Tolerance
from xverify.diagnosis.explanation import Explanation, Hypothesis
from xverify.diagnosis.kernels.sampling import tolerance_for
from xverify.diagnosis.steps import Setting, Step
from xverify.diagnosis.suspect import Suspect

Array = NDArray[Any]
Value = Tensor | Array

EPS32 = float(np.finfo(np.float32).eps)


@dataclass(frozen=True)
class Made:
    """How PyTorch makes the layer, as far as a hypothesis asks. `op` '' means that no single step makes it."""

    operation: str = "made"
    op: str = ""
    dims: str = ""
    settings: Mapping[str, Setting] = field(default_factory=dict)
    parameters: Mapping[str, Value] = field(default_factory=dict)
    constants: Mapping[int, Value] = field(default_factory=dict)


def suspect(
    actual: Value,
    expected: Value,
    *inputs: Value,
    made: Made | None = None,
    allowed: float | None = None,
    alone: bool = True,
) -> Suspect:
    """A suspect.

    Args:
        actual: What the other side found.
        expected: What PyTorch computes.
        inputs: What PyTorch computes it from.
        made: How PyTorch computes it.
        allowed: The tolerance; six roundings of the largest magnitude if None, 0 where the operation is exact.
        alone: Whether the layer ran alone.
    """
    made = made or Made()
    reference = _array(expected)
    finite = np.abs(reference[np.isfinite(reference)].astype(np.float64))
    magnitude = float(finite.max(initial=0.0))
    limit = 6 * EPS32 * magnitude if allowed is None else allowed
    return Suspect(
        layer=_layer(reference, made, magnitude, limit),
        actual=_array(actual),
        expected=reference,
        inputs=tuple(_array(item) for item in inputs),
        step=_step(made) if made.op else None,
        allowed=limit,
        alone=alone,
    )


def fitting(subject: Suspect, hypotheses: Sequence[Hypothesis]) -> list[Explanation]:
    """The explanations that give the found values within tolerance; those with the fewest fitted numbers first, then in order."""
    near = [
        item
        for item in offered(subject, hypotheses)
        if error(item.value, subject.actual) <= tolerance_for(subject, item.value)
    ]
    return sorted(near, key=lambda item: item.fitted)


def kinds(subject: Suspect, hypotheses: Sequence[Hypothesis]) -> list[str]:
    """The kinds that fit with the fewest fitted numbers, each once, in order: more than one is an ambiguity that is said."""
    found = fitting(subject, hypotheses)
    return list(dict.fromkeys(item.kind for item in found if item.fitted == found[0].fitted))


def offered(subject: Suspect, hypotheses: Sequence[Hypothesis]) -> Iterator[Explanation]:
    """The explanations of the found shape that change PyTorch's value."""
    for hypothesis in hypotheses:
        for item in hypothesis(subject):
            if item.value.shape != subject.actual.shape:
                continue
            if not subject.same_shape or not error(item.value, subject.expected) <= subject.tolerance:
                yield item


def error(actual: Array, expected: Array) -> float:
    """The largest difference; infinite where NaN or Inf stand at other places."""
    a, b = actual.astype(np.float64), expected.astype(np.float64)
    usual = np.isfinite(a) & np.isfinite(b)
    if not np.array_equal(a[~usual], b[~usual], equal_nan=True):
        return float("inf")
    return float(np.abs(a[usual] - b[usual]).max(initial=0.0))


def random(*shape: int, seed: int = 0) -> Tensor:
    """Normally distributed numbers."""
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def _array(value: Value) -> Array:
    return value.detach().numpy() if isinstance(value, Tensor) else np.asarray(value)


def _step(made: Made) -> Step:
    parameters = {name: _array(value) for name, value in made.parameters.items()}
    constants = {place: _array(value) for place, value in made.constants.items()}
    return Step(made.op, made.settings, parameters, {name: f"layer.{name}" for name in parameters}, {}, constants, 0)


def _layer(expected: Array, made: Made, magnitude: float, limit: float) -> Layer:
    order = tuple(range(expected.ndim))
    dtype = str(expected.dtype)
    stored = StoredArray("reference.mat", "layer", 0, expected.shape, dtype, order, made.dims, made.dims)
    return Layer(
        id="layer", module_path="net.layer", module_type="", fx_node="layer", source_line="", operation=made.operation, onnx_tensor="layer",
        alias_of="", matlab_layer=made.op if made.op.endswith("Layer") else "", matlab_note="", shape=expected.shape, dims=made.dims,
        dtype=dtype, inputs=(), parameters=(), array=stored, magnitude=magnitude,
        rms=magnitude, all_zero=not expected.any(), noise_floor=NoiseFloor(Error(1e-6, 1e-7), Error(1e-6, 1e-7)),
        tolerance=Tolerance(limit, limit, "by hand"),
    )  # fmt: skip
