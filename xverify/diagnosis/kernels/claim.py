"""What a hypothesis says about a layer, before its value is there."""

from dataclasses import dataclass
from typing import Any

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

    def with_value(self, value: NDArray[Any]) -> Explanation:
        """The explanation."""
        return Explanation(self.kind, self.statement, value, self.fix, self.evidence, self.fitted)
