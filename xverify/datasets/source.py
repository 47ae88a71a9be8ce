"""What a data set is to whoever reads it: names and labels at once, images one after the other."""

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
"""An image: H x W x 3 (RGB) or H x W (grey)."""

UNKNOWN = -1
"""The label of a sample that has none."""


class Source(Protocol):
    """A data set. Names and labels are in memory, images are not."""

    @property
    def kind(self) -> str:
        """What it is, in words: 'image folder'."""
        ...

    @property
    def classes(self) -> tuple[str, ...]:
        """The class names that the data themselves have; label i means the i-th. Empty: none."""
        ...

    @property
    def names(self) -> Sequence[str]:
        """A name a sample, in the data set's order; all different."""
        ...

    @property
    def labels(self) -> NDArray[np.int64]:
        """`(N,)`; `UNKNOWN` where a sample has none."""
        ...

    def images(self, indices: Sequence[int]) -> Iterator[Pixels]:
        """Decodes these samples, one after the other.

        Args:
            indices: In ascending order.

        Raises:
            XverifyError: An image cannot be read, or not without guessing; the message names it.
        """
        ...


def labels_of(values: Sequence[int] | NDArray[Any]) -> NDArray[np.int64]:
    """Labels as every source keeps them."""
    return np.asarray(values, dtype=np.int64)


def listed(names: Sequence[str]) -> str:
    """Class names for a message."""
    return f"{len(names)} classes ({', '.join(names[:5])}{', ...' if len(names) > 5 else ''})"
