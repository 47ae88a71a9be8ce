"""The other parameters of a suspect's network that have a given shape."""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from numpy.typing import NDArray

from xverify.diagnosis.suspect import Suspect

Array = NDArray[Any]
Others = Callable[[tuple[int, ...]], Iterator[tuple[str, Array]]]
"""A shape -> names in the state_dict and arrays of that shape, in PyTorch's axis order."""

MOST = 64
"""Parameters of one shape that are tried."""


def others(suspect: Suspect, shape: tuple[int, ...]) -> Iterator[tuple[str, Array]]:
    """Parameters of other layers, of this shape."""
    found: Others | None = getattr(suspect, "others", None)
    own = set(suspect.step.names.values()) if suspect.step else set()
    if found is not None:
        yield from islice(((name, array) for name, array in found(shape) if name not in own), MOST)
