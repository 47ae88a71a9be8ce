"""The other parameters of a suspect's network that have a given shape."""

from collections.abc import Iterator
from itertools import islice

from xverify.diagnosis.suspect import Array, Suspect

MOST = 64
"""Parameters of one shape that are tried."""


def others(suspect: Suspect, shape: tuple[int, ...]) -> Iterator[tuple[str, Array]]:
    """Parameters of other layers, of this shape."""
    own = set(suspect.step.names.values()) if suspect.step else set()
    yield from islice(((name, array) for name, array in suspect.others(shape) if name not in own), MOST)
