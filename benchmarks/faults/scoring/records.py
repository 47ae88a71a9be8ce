"""One fault's record with what the tables ask of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import floor, isinf, log10
from typing import Any

from scoring.accepted import ACCEPTED

TOO_SMALL = -8
"""The last decade of effects: 1e-8 and less is float32's own rounding."""


@dataclass(frozen=True)
class Scored:
    """A planted fault that was compared."""

    record: Mapping[str, Any]

    @property
    def kind(self) -> str:
        return str(self.record["kind"])

    @property
    def place(self) -> str:
        return str(self.record["place"])

    @property
    def effect(self) -> float:
        return float(self.record["effect"])

    @property
    def decade(self) -> str:
        """'1e-4': effects from 1e-4 to 1e-3."""
        if isinf(self.effect):
            return "NaN or another shape"
        exponent = floor(log10(self.effect)) if self.effect > 0 else TOO_SMALL
        return "1 and more" if exponent >= 0 else f"1e{max(exponent, TOO_SMALL)}"

    @property
    def detected(self) -> bool:
        return bool(self.record["detected"])

    @property
    def ran(self) -> bool:
        """Whether the other side ran at all: a model that is refused names no layer."""
        return not self.record.get("refused")

    @property
    def first_right(self) -> bool:
        return bool(self.record["first_right"])

    @property
    def has_cause(self) -> bool:
        """Whether the diagnosis knows a cause for this kind of fault."""
        return bool(ACCEPTED[self.kind])

    @property
    def cause(self) -> str:
        """The cause that is claimed for the faulty layer; '' if none."""
        return next((str(item["kind"]) for item in self._causes if item["right_layer"]), "")

    @property
    def cause_right(self) -> bool:
        return self.cause in ACCEPTED[self.kind]

    @property
    def named_beside(self) -> bool:
        """Whether a right cause stands among the alternatives only."""
        own = [item for item in self._causes if item["right_layer"]]
        return not self.cause_right and any(ACCEPTED[self.kind] & set(item["alternatives"]) for item in own)

    @property
    def wrong_certain(self) -> bool:
        """Whether a wrong cause, or any cause at a layer that is right, is claimed with certainty."""
        return any(
            item["confidence"] == "certain" and not (item["right_layer"] and item["kind"] in ACCEPTED[self.kind])
            for item in self._causes
        )

    @property
    def _causes(self) -> Sequence[Mapping[str, Any]]:
        causes: Sequence[Mapping[str, Any]] = self.record["causes"]
        return causes


def scored(records: Sequence[Mapping[str, Any]]) -> list[Scored]:
    """The records of faults that were planted and compared."""
    return [Scored(record) for record in records if not record.get("skipped") and not record.get("error")]
