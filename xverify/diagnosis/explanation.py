"""What a hypothesis offers: the value that a layer would have if the hypothesis were true, and what to tell the user then."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from xverify.diagnosis.suspect import Suspect


@dataclass(frozen=True)
class Explanation:
    """One hypothesis, worked out for one layer.

    Attributes:
        kind: Which hypothesis: 'flatten order'.
        statement: One sentence: what the other side does instead of PyTorch's layer.
        value: What the layer computes if that is so, in PyTorch's axis order.
        fix: What to do, one line each, in the terms of PyTorch, ONNX and MATLAB.
        evidence: What else speaks for it.
        fitted: Numbers that were fitted to the found values (a scale, an offset): each makes the explanation weaker.
        describes: Whether it says what the values are, and not what made them: then it is never certain.
    """

    kind: str
    statement: str
    value: NDArray[Any]
    fix: tuple[str, ...]
    evidence: tuple[str, ...] = ()
    fitted: int = 0
    describes: bool = False


Hypothesis = Callable[[Suspect], Iterator[Explanation]]
"""Yields nothing where it has nothing to say about the layer. It must not change the suspect's arrays."""
