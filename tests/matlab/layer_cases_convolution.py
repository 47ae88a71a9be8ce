"""Cases of the convolutions, with groups and transposed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from math import prod, sqrt
from typing import Any

from layer_case import IMAGE, REVERSED, Case, Compute, Parameters, make, random


@dataclass(frozen=True)
class Convolution:
    """The settings of one convolution, in PyTorch's order of axes."""

    shape: tuple[int, ...]
    out: int
    kernel: tuple[int, ...]
    stride: tuple[int, ...] = ()
    padding: tuple[int, ...] | str = ()
    dilation: tuple[int, ...] = ()
    groups: int = 1
    bias: bool = True
    output_padding: tuple[int, ...] = ()

    @property
    def name(self) -> str:
        """For messages."""
        return f"{self}"

    def attributes(self, *names: str) -> dict[str, Any]:
        """Those that are not left out."""
        return {name: value for name in names if (value := getattr(self, name)) not in ((), 1)}


ONE_DIMENSION = (
    Convolution((3, 4, 9), 5, (3,)),
    Convolution((1, 4, 9), 5, (3,), (2,), (1,), bias=False),
    Convolution((2, 1, 10), 1, (4,), padding="same"),
    Convolution((2, 3, 10), 4, (3,), padding="same", dilation=(3,)),
    Convolution((2, 3, 10), 4, (3,), padding="valid"),
    Convolution((2, 3, 11), 4, (3,), (3,), (4,), (2,)),
    Convolution((2, 6, 5), 4, (1,)),
    Convolution((1, 6, 1), 4, (1,)),
)

TWO_DIMENSIONS = (
    Convolution((1, 3, 7, 9), 5, (3, 3)),
    Convolution((3, 3, 7, 9), 5, (3, 2), (1, 2), (1, 0)),
    Convolution((1, 3, 7, 9), 5, (2, 3), (2, 1), (0, 2), (3, 2)),
    Convolution((3, 1, 8, 6), 1, (3, 3), (2, 2), (1, 1), bias=False),
    Convolution((1, 4, 6, 5), 7, (1, 1)),
    Convolution((3, 4, 6, 5), 7, (1, 1), bias=False),
    Convolution((3, 4, 7, 5), 7, (1, 1), (2, 2)),
    Convolution((2, 4, 6, 5), 3, (1, 1), padding=(1, 2)),
    Convolution((3, 2, 7, 6), 5, (2, 4), padding="same"),
    Convolution((1, 2, 9, 10), 5, (4, 2), padding="same", dilation=(2, 3)),
    Convolution((1, 2, 5, 6), 5, (2, 3), padding="valid"),
    Convolution((1, 2, 1, 1), 5, (1, 1)),
    Convolution((2, 2, 1, 8), 5, (1, 3), padding=(0, 1)),
    Convolution((2, 2, 8, 1), 5, (3, 1), (2, 1)),
    Convolution((2, 2, 5, 6), 5, (5, 6)),
    Convolution((3, 7, 9), 5, (3, 3), padding=(1, 1)),
    # More than one block of patches.
    Convolution((1, 32, 250, 240), 2, (3, 3), padding=(1, 1)),
)

THREE_DIMENSIONS = (
    Convolution((1, 2, 4, 5, 6), 3, (2, 3, 1)),
    Convolution((3, 2, 5, 7, 6), 3, (3, 2, 2), (2, 1, 3), (1, 0, 1)),
    Convolution((1, 2, 6, 7, 9), 1, (2, 2, 3), (1, 2, 1), (0, 1, 2), (3, 1, 2), bias=False),
    Convolution((2, 2, 4, 5, 6), 3, (2, 3, 4), padding="same"),
    Convolution((2, 3, 4, 5, 6), 4, (1, 1, 1)),
    Convolution((1, 3, 1, 5, 6), 4, (1, 3, 3), padding=(0, 1, 1)),
)

GROUPS = (
    Convolution((3, 6, 7, 9), 6, (3, 3), (1, 2), (1, 1), groups=6),
    Convolution((1, 4, 7, 9), 12, (3, 2), (2, 1), (1, 0), (1, 2), groups=4),
    Convolution((1, 4, 7, 9), 4, (2, 4), padding="same", groups=4, bias=False),
    Convolution((3, 6, 7, 9), 9, (3, 3), padding=(0, 1), groups=3),
    Convolution((1, 8, 6, 5), 4, (1, 1), groups=2, bias=False),
    Convolution((2, 8, 6, 5), 2, (2, 3), groups=2),
)

TRANSPOSED_ONE = (
    Convolution((3, 4, 6), 5, (3,), (2,)),
    Convolution((1, 4, 6), 5, (4,), (3,), (1,), (2,), output_padding=(2,)),
    Convolution((2, 1, 6), 1, (3,), bias=False),
    Convolution((1, 3, 1), 2, (2,), (2,)),
)

TRANSPOSED_TWO = (
    Convolution((1, 3, 5, 4), 6, (2, 2), (2, 2)),
    Convolution((3, 3, 5, 4), 6, (3, 2), (2, 3), (1, 0), output_padding=(1, 2)),
    Convolution((2, 3, 4, 6), 1, (3, 2), (1, 2), (0, 1), (2, 3), bias=False),
    Convolution((2, 1, 4, 6), 4, (3, 3), (2, 2), (1, 1), output_padding=(1, 1)),
    Convolution((1, 3, 5, 4), 6, (1, 1)),
    Convolution((1, 3, 1, 4), 6, (3, 1)),
)

TRANSPOSED_THREE = (
    Convolution((1, 3, 2, 3, 4), 2, (2, 3, 1), (2, 1, 3)),
    Convolution((3, 2, 3, 2, 4), 3, (3, 2, 2), (2, 3, 1), (1, 0, 1), (1, 2, 1), output_padding=(1, 2, 0)),
    Convolution((1, 1, 3, 2, 4), 1, (2, 2, 2), bias=False),
)


def convolutions(op: str, operation: Compute, settings: Sequence[Convolution]) -> Iterator[Case]:
    """Convolutions of 1 to 3 dimensions, with groups or without."""
    names = ("stride", "padding", "dilation", "groups")
    for item in settings:
        channels = item.shape[-len(item.kernel) - 1] // item.groups
        attributes = item.attributes(*names)
        terms = channels * prod(item.kernel)
        roles = {"weight": random(item.out, channels, *item.kernel) / sqrt(terms)}
        if item.bias:
            roles["bias"] = random(item.out)
        parameters = Parameters("convolution", roles, {"groups": item.groups})
        compute = partial(operation, **attributes)
        data = [random(*item.shape)]
        yield make(
            op, item.name, compute, data, attributes=attributes, parameters=parameters, order=_order(item), terms=terms
        )


def transposed_convolutions(op: str, operation: Compute, settings: Sequence[Convolution]) -> Iterator[Case]:
    """Transposed convolutions of 1 to 3 dimensions."""
    names = ("stride", "padding", "dilation", "output_padding")
    for item in settings:
        channels = item.shape[1]
        attributes = item.attributes(*names)
        terms = channels * prod(item.kernel)
        roles = {"weight": random(channels, item.out, *item.kernel) / sqrt(terms)}
        if item.bias:
            roles["bias"] = random(item.out)
        parameters = Parameters("convolution", roles, {"transposed": True})
        compute = partial(operation, **attributes)
        data = [random(*item.shape)]
        yield make(
            op, item.name, compute, data, attributes=attributes, parameters=parameters, order=_order(item), terms=terms
        )


def _order(item: Convolution) -> str:
    return REVERSED if len(item.kernel) == 1 else IMAGE
