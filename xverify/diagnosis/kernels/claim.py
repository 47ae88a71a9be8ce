"""What a hypothesis says about a layer, before its value is there."""

from dataclasses import dataclass, replace
from typing import Any, Self

from numpy.typing import NDArray

from xverify.diagnosis.explanation import Explanation


@dataclass(frozen=True)
class Claim:
    """An explanation without its value; see `Explanation`."""

    kind: str
    statement: str
    fix: tuple[str, ...]
    evidence: tuple[str, ...] = ()
    fitted: int = 0

    def at(self, where: str) -> Self:
        """The claim for a part of the layer: ' in layer 1 of 2' before its statement's full stop; as it is for ''."""
        return replace(self, statement=f"{self.statement.removesuffix('.')}{where}.") if where else self

    def with_value(self, value: NDArray[Any]) -> Explanation:
        """The explanation."""
        return Explanation(self.kind, self.statement, value, self.fix, self.evidence, self.fitted)
