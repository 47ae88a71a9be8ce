"""One case of a layer function: inputs, settings, and what PyTorch computes from them.

Parameters reach MATLAB's layouts through xverify's own layouts, so that a layout and the function that reads it are tested together.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import sqrt
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from xverify.bundle.matfile import cell
from xverify.layouts.axes import matlab_dims
from xverify.layouts.table import layout_for

Array = NDArray[Any]
Setting = float | str | Sequence[float]
Compute = Callable[..., Tensor | tuple[Tensor, ...]]

REVERSED, IMAGE = "axes reversed", "MATLAB's order"

EPS = float(np.finfo(np.float32).eps)


@dataclass(frozen=True)
class Case:
    """One call of a layer function.

    Attributes:
        op: The layer function.
        name: What it tries.
        attributes: The step's settings, under PyTorch's names.
        parameters: In MATLAB's layouts.
        rank: PyTorch's rank of the first input.
        inputs: In the order of axes that the function gets.
        expected: What PyTorch computes, in that order.
        atol: The largest absolute error that passes.
    """

    op: str
    name: str
    attributes: Mapping[str, Setting]
    parameters: Mapping[str, Array]
    rank: int
    inputs: Sequence[Array]
    expected: Sequence[Array]
    atol: float

    def struct(self) -> dict[str, Any]:
        """The case as check_cases.m reads it."""
        return {
            "name": self.name,
            "kind": "layers",
            "op": self.op,
            "attributes": {name: _attribute(value) for name, value in self.attributes.items()},
            "parameters": dict(self.parameters),
            "rank": float(self.rank),
            "inputs": cell(list(self.inputs)),
            "expected": cell(list(self.expected)),
            "atol": self.atol,
        }


@dataclass(frozen=True)
class Parameters:
    """PyTorch's parameters of one layer, by role, and what chooses their layout."""

    operation: str = ""
    roles: Mapping[str, Tensor] = field(default_factory=dict)
    attributes: Mapping[str, Any] = field(default_factory=dict)

    def in_matlab(self, op: str) -> dict[str, Array]:
        """In the layout of the MATLAB layer `op`."""
        if not self.roles:
            return {}
        arrays = {role: value.numpy() for role, value in self.roles.items()}
        layout = layout_for(self.operation, self.attributes, arrays)
        assert layout.matlab_layer == op, (layout.matlab_layer, op)
        return {name: stored.array for name, stored in layout.to_matlab(arrays).items()}


NONE = Parameters()


def make(
    op: str,
    name: str,
    compute: Compute,
    inputs: Sequence[Tensor],
    *,
    attributes: Mapping[str, Setting] | None = None,
    parameters: Parameters = NONE,
    order: str = REVERSED,
    terms: int | None = 1,
) -> Case:
    """A case whose expected values `compute` gives, called with the inputs, and with the parameters under their roles.

    Args:
        op: The layer function.
        name: What the case tries.
        compute: What PyTorch does.
        inputs: In PyTorch's order of axes.
        attributes: The step's settings.
        parameters: PyTorch's.
        order: The order of axes that the function gets.
        terms: How many products or summands make an output; None asks for equal values.
    """
    single = _results(compute(*inputs, **parameters.roles))
    double = _results(
        compute(*map(_double, inputs), **{role: _double(value) for role, value in parameters.roles.items()})
    )
    return Case(
        op,
        name,
        attributes or {},
        parameters.in_matlab(op),
        inputs[0].dim(),
        [_moved(value, order) for value in inputs],
        [_moved(value, order) for value in single],
        0.0 if terms is None else _tolerance(single, double, terms),
    )


def _results(values: Tensor | tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    return tuple(value.detach() for value in (values if isinstance(values, tuple) else (values,)))


def _double(value: Tensor) -> Tensor:
    return value.double() if value.is_floating_point() else value


def _tolerance(single: Sequence[Tensor], double: Sequence[Tensor], terms: int) -> float:
    """Six times the rounding that PyTorch itself shows, or four units in the last place of the largest value, more for long sums.

    Few outputs show little rounding by chance, on one processor and not on the next: hence the second.
    """
    shown = max(_largest(actual.double() - exact) for actual, exact in zip(single, double, strict=True))
    return max(6 * shown, 4 * EPS * max(map(_largest, double)) * max(1.0, sqrt(terms) / 8))


def _largest(value: Tensor) -> float:
    finite = value[value.isfinite()].abs()
    return float(finite.max()) if finite.numel() else 0.0


def _moved(value: Tensor, order: str) -> Array:
    if order == REVERSED or value.dim() < 3:
        return value.numpy().transpose()
    return value.numpy().transpose(_IMAGE_AXES[value.dim()])


_IMAGE_AXES = {
    3: (1, 2, 0),  # an image without batch
    4: matlab_dims("NCHW")[1],
    5: matlab_dims("NCDHW")[1],
}


def _attribute(value: Setting) -> Any:
    if isinstance(value, str):
        return value
    return float(value) if isinstance(value, (int, float)) else np.array([value], dtype=np.float64).reshape(1, -1)


def random(*shape: int) -> Tensor:
    """Normal values with a small offset: a mean of 0 would hide a bias that is left out."""
    return torch.randn(shape) + 0.1


def orders(rank: int) -> tuple[str, ...]:
    """A function that does not care for the order of the spatial axes is tried with both."""
    return (REVERSED, IMAGE) if rank > 3 else (REVERSED,)


def with_special_values(data: Tensor) -> Tensor:
    """Every seventh value becomes NaN, Inf or -Inf."""
    flat = data.flatten()
    flat[::7] = torch.tensor([float("nan"), float("inf"), float("-inf")]).repeat(len(flat))[: len(flat[::7])]
    return flat.reshape(data.shape)
