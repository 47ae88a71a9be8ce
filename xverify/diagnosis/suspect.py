"""A faulty layer with all that is known about it: what was found, what PyTorch computes, and what PyTorch computes it from."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xverify.bundle.manifest import Layer
from xverify.diagnosis.steps import Step

Array = NDArray[Any]


Others = Callable[[tuple[int, ...]], Iterator[tuple[str, Array]]]


def _no_others(_: tuple[int, ...]) -> Iterator[tuple[str, Array]]:
    return iter(())


@dataclass(frozen=True)
class Suspect:
    """One faulty layer.

    Attributes:
        layer: Its record in the manifest.
        actual: What was found, in PyTorch's axis order; of another shape than `expected` where that is what is wrong.
        expected: What PyTorch recorded.
        inputs: What PyTorch recorded of the values that it reads, in the order in which it reads them.
        step: How PyTorch computes it; None where it takes several steps, or none (a constant, a view).
        allowed: The largest error with which it passes.
        alone: Whether `actual` was computed from `inputs`; if not, it may have its error from other layers.
        flattened: Channels, height and width before the flattening that feeds the layer; () where none does.
        others: A shape -> the network's parameters of that shape, by their names in the state_dict, in PyTorch's axis order.
    """

    layer: Layer
    actual: Array
    expected: Array
    inputs: tuple[Array, ...]
    step: Step | None
    allowed: float
    alone: bool
    others: Others = _no_others
    flattened: tuple[int, ...] = ()

    @property
    def same_shape(self) -> bool:
        """Whether the found value has PyTorch's shape."""
        return self.actual.shape == self.expected.shape

    @cached_property
    def tolerance(self) -> float:
        """How near an explanation must come: what the layer may round, or four roundings where it may round nothing.

        An explanation is computed here, in float64 or in another order than on the other side, and rounds by itself.
        """
        finite = np.abs(self.expected[np.isfinite(self.expected)]) if self.expected.size else self.expected
        magnitude = max(float(finite.max(initial=0.0)), self.layer.magnitude)
        return max(self.allowed, 4 * float(np.finfo(np.float32).eps) * magnitude)
