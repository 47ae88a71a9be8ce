"""The other side of `evaluate-parity`: something that takes a data set in parts and gives the network's outputs for each."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from xverify.datasets.stream import Part


@dataclass(frozen=True, eq=False)
class Answer:
    """What the other side says to a part.

    Attributes:
        part: The samples.
        logits: `(n, classes)`.
        inputs: Place in the part -> the tensor `(C, H, W)` that the other side prepared itself.
    """

    part: Part
    logits: NDArray[Any]
    inputs: Mapping[int, NDArray[np.float32]] = field(default_factory=dict)


class Answering(Protocol):
    """A runtime, or files that one wrote."""

    @property
    def name(self) -> str:
        """What the user knows it by, with its version; known when it has answered."""
        ...

    @property
    def notes(self) -> tuple[str, ...]:
        """What the reader of a verdict must know about this side."""
        ...

    def answers(self, parts: Iterator[Part]) -> Iterator[Answer]:
        """An answer for each part, in order."""
        ...
