"""What every kind of model source hands to `loading`: a network, and what is known about it."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any, Protocol

from torch import nn

Example = tuple[tuple[Any, ...], dict[str, Any]]
"""Positional and keyword arguments of forward()."""


@dataclass(frozen=True)
class Built:
    """A network as its source made it: no weights file read, in whatever mode and on whatever device.

    Attributes:
        model: The network.
        name: What it is called, short.
        weights: Where its weights come from, in words; empty where the source has only random ones to offer.
        example: Arguments that came with the network.
        default_shape: Shape of its only input, where known; the batch is 2.
        notes: What to tell the user.
    """

    model: nn.Module
    name: str
    weights: str = ""
    example: Example | None = None
    default_shape: tuple[int, ...] | None = None
    notes: tuple[str, ...] = ()


class Builder(Protocol):
    """Builds the network of one kind of source."""

    def __call__(self, name: str, stored: AbstractSet[str]) -> Built:
        """The network `name`, with the optional parts that the weights file's entries `stored` call for."""
        ...
