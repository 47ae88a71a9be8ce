"""What `check`, `weights` and `evaluate-parity` wrote as JSON, as sections of a report on a comparison.

Only what a section shows is read; fields that are not known are left alone, so newer files are read, too.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from xverify.report import numbers
from xverify.report.extra import IMPORTER, Extra
from xverify.report.summary import Fact

MAX_ROWS = 50
"""Rows of a table; the rest is counted."""

MAX_PLACES = 4


class _Finding(msgspec.Struct):
    severity: str
    what: str
    where: list[str]
    reason: str
    evidence: str
    confidence: str
    action: str


class _Check(msgspec.Struct):
    """`xverify check --json`: docs/reference/check.md."""

    file: str
    release: str
    blocked: bool
    custom_layers: bool
    score: dict[str, int]
    findings: list[_Finding]


class _Change(msgspec.Struct):
    max: float | None
    relative: float | None


class _Parameter(msgspec.Struct):
    status: str
    layer: str
    property: str
    names: list[str]
    note: str = ""
    change: _Change | None = None


class _Weights(msgspec.Struct):
    """`xverify weights --json`: docs/reference/weights.md."""

    passed: bool
    file: str
    producer: str
    parameters: list[_Parameter]
    notes: list[str] = []


class _Samples(msgspec.Struct):
    total: int
    compared: int


class _Agreement(msgspec.Struct):
    top1: int
    near_ties: int
    other_decisions: int


class _Logits(msgspec.Struct):
    largest_difference: float | None
    beyond: int
    not_finite: int


class _Difference(msgspec.Struct):
    sample: str
    status: str
    label: str
    reference: str
    other: str
    difference: float | None
    allowed: float | None


class _Parity(msgspec.Struct):
    """`xverify evaluate-parity --json`: docs/reference/parity-json.md."""

    passed: bool
    reference: str
    against: str
    data: str
    samples: _Samples
    agreement: _Agreement
    logits: _Logits
    differences: list[_Difference]


def section(content: Mapping[str, Any]) -> Extra | None:
    """The section of a file's content; None where it is none of the three kinds.

    Raises:
        msgspec.ValidationError: It is, and a field is missing or of another type.
    """
    kinds: Sequence[tuple[str, type[Any], Callable[[Any], Extra]]] = (
        ("findings", _Check, _of_check),
        ("differences", _Parity, _of_parity),
        ("form", _Weights, _of_weights),
    )
    for field, record, convert in kinds:
        if field in content:
            return convert(msgspec.convert(content, record))
    return None


def _of_check(found: _Check) -> Extra:
    said = "something blocks the import" if found.blocked else "nothing is known to block the import"
    score = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in found.score.items() if count)
    rows = [
        (item.severity, item.what, _places(item.where), item.reason, item.action, f"{item.confidence}: {item.evidence}")
        for item in found.findings
    ]
    return Extra(
        title=f"{IMPORTER}, {found.release}",
        verdict="FAILED" if found.blocked else "PASSED",
        facts=(Fact("file", f"{found.file}: {said}"), Fact("score", score)),
        headings=("severity", "what", "where", "why", "to do", "evidence"),
        rows=rows[:MAX_ROWS],
        note=f"Predicted, not run in MATLAB.{_rest(rows)}",
    )


def _of_weights(found: _Weights) -> Extra:
    statuses = [item.status for item in found.parameters]
    counts = ", ".join(f"{statuses.count(status)} {status}" for status in dict.fromkeys(statuses))
    rows = [
        (
            f"{item.layer}.{item.property}" if item.layer else item.property or "-",
            ", ".join(item.names) or "-",
            item.status,
            numbers.error(item.change.max if item.change else None),
            numbers.error(item.change.relative if item.change else None),
            item.note,
        )
        for item in found.parameters
        if item.status not in {"equal", "kept"}
    ]
    return Extra(
        title="Parameters in MATLAB",
        verdict="PASSED" if found.passed else "FAILED",
        facts=(
            Fact("file", ", ".join(filter(None, (found.file, found.producer)))),
            Fact("parameters", f"{len(statuses)}: {counts}"),
            *(Fact("note", note) for note in found.notes),
        ),
        headings=("parameter", "in PyTorch", "status", "largest change", "relative", "note"),
        rows=rows[:MAX_ROWS],
        note=_rest(rows),
    )


def _of_parity(found: _Parity) -> Extra:
    agreement, logits = found.agreement, found.logits
    beyond = f"{logits.beyond} samples beyond their allowance, {logits.not_finite} with NaN or Inf"
    rows = [
        (
            *(item.sample, item.status, item.label or "-", item.reference, item.other),
            *(numbers.error(item.difference), numbers.error(item.allowed)),
        )
        for item in found.differences
    ]
    return Extra(
        title="On a data set",
        verdict="PASSED" if found.passed else "FAILED",
        facts=(
            Fact("data", found.data),
            Fact("samples", f"{found.samples.compared} of {found.samples.total} compared, against {found.against}"),
            Fact(
                "decisions",
                f"{agreement.top1} alike, {agreement.near_ties} different in near ties, {agreement.other_decisions} different",
            ),
            Fact("logits", f"largest difference {numbers.error(logits.largest_difference)}; {beyond}"),
        ),
        headings=("sample", "status", "label", found.reference, "other side", "difference", "allowed"),
        rows=rows[:MAX_ROWS],
        note=_rest(rows),
    )


def _places(where: Sequence[str]) -> str:
    more = f" and {len(where) - MAX_PLACES} more" if len(where) > MAX_PLACES else ""
    return ", ".join(where[:MAX_PLACES]) + more


def _rest(rows: Sequence[object]) -> str:
    return f" And {len(rows) - MAX_ROWS} more rows: the file has them." if len(rows) > MAX_ROWS else ""
