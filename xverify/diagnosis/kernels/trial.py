"""A changed layer held against the values that were found: at a few places first, and everywhere only if it fits there."""

from collections.abc import Callable, Iterable
from typing import Any, Protocol

from numpy.typing import NDArray

from xverify.diagnosis.kernels.sampling import close, promising
from xverify.diagnosis.kernels.spots import Spots, choose
from xverify.diagnosis.suspect import Suspect

Array = NDArray[Any]

PART = 4
"""Channels of the first image that are tried first, where each is worked out by itself."""


class Kernel(Protocol):
    """A layer that can be worked out at a few places."""

    def output_shape(self, shape: tuple[int, ...], /) -> tuple[int, ...] | None:
        """The value's shape for an input of this shape; None where the layer does not take it."""
        ...

    def __call__(self, value: Array, /) -> Array:
        """The value for an input."""
        ...

    def at(self, value: Array, spots: Spots, /) -> Array:
        """The value at a few places: (point, channel)."""
        ...


class Trial:
    """Tries changed layers on one suspect.

    Attributes:
        spots: The places that are looked at first.
        actual: What was found there: (point, channel).

    Args:
        suspect: The faulty layer.
        axis: Its channels' axis.
    """

    def __init__(self, suspect: Suspect, axis: int = 1) -> None:
        self._suspect = suspect
        self.spots = choose(suspect.actual.shape, axis)
        self.actual = self.spots.of(suspect.actual)
        self._expected = self.spots.of(suspect.expected) if suspect.same_shape else None

    def values_at(self, kernel: Kernel) -> Array | None:
        """What a changed layer gives at the trial's spots; None where it gives another shape than the found one."""
        given = self._suspect.inputs[0]
        fits = kernel.output_shape(given.shape) == self._suspect.actual.shape
        return kernel.at(given, self.spots) if fits else None

    def value(self, kernel: Kernel, given: Array | None = None) -> Array | None:
        """The layer's value, if it is near the found one.

        Args:
            kernel: The changed layer.
            given: What it reads; the suspect's first input if None.
        """
        given = self._suspect.inputs[0] if given is None else given
        if kernel.output_shape(given.shape) != self._suspect.actual.shape:
            return None
        if not self.is_near(kernel.at(given, self.spots)):
            return None
        value = kernel(given)
        return value if promising(self._suspect, value) else None

    def is_near(self, found: Array) -> bool:
        """Whether values at the trial's spots (point, channel) explain what was found there, at least for the most part."""
        return close(self._suspect, self.actual, found, self._expected)


class PartTrial:
    """Tries layers that work on each channel by itself: on a few channels first."""

    def __init__(self, suspect: Suspect) -> None:
        self._suspect = suspect

    def value(self, layer: Callable[[Array], Array], shape: tuple[int, ...] | None) -> Array | None:
        """The layer's value, if it is near the found one.

        Args:
            layer: The changed layer.
            shape: Of its value.
        """
        suspect = self._suspect
        if shape != suspect.actual.shape:
            return None
        part = (slice(1), slice(PART))
        expected = suspect.expected[part] if suspect.same_shape else None
        if not close(suspect, suspect.actual[part], layer(suspect.inputs[0][part]), expected):
            return None
        value = layer(suspect.inputs[0])
        return value if promising(suspect, value) else None


def usable(suspect: Suspect) -> bool:
    """Whether there are numbers to try a changed layer on, and as many axes as PyTorch's value has."""
    arrays: Iterable[Array] = (suspect.actual, suspect.expected, *suspect.inputs[:1])
    numbers = all(array.size and array.dtype.kind == "f" for array in arrays)
    return len(suspect.inputs) > 0 and numbers and suspect.actual.ndim == suspect.expected.ndim
