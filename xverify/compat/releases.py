"""The MATLAB releases: what releases.toml says of each, as typed records.

The table is data, so that one who has a MATLAB can correct a line without reading code. This module reads it and refuses
what it does not understand.
"""

import re
from collections.abc import Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Literal

import msgspec

from xverify.errors import XverifyError
from xverify.onnx_export.target import Form, Target

Confidence = Literal["verified", "cited", "assumed", "unknown"]
"""What a statement rests on: files that MATLAB wrote, a public source, recollection, nothing."""

Kind = Literal["built-in", "helper", "custom", "unsupported", "unknown"]
"""What a node becomes: a layer of Deep Learning Toolbox, of the ONNX support package, one generated at import, ..."""


class _Record(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What all records of the table share: frozen, and strict about unknown fields."""


class OperatorRule(_Record, frozen=True):
    """What an operator becomes. `layer` is MATLAB's class, '' where it is not known or generated."""

    kind: Kind
    confidence: Confidence
    source: str
    layer: str = ""


UNLISTED = OperatorRule("unknown", "unknown", "nothing is known of how this operator imports")


class ImportFunction(_Record, frozen=True):
    """The function that imports, and what its arguments are called."""

    input_formats: str
    output_formats: str
    namespace: str
    confidence: Confidence
    source: str
    name: str = ""


class Naming(_Record, frozen=True):
    """How sure it is that imported layers are named as xverify/compat/naming.py says."""

    confidence: Confidence
    source: str


class Versions(_Record, frozen=True):
    """Which opset and IR versions import: above `*_seen` nothing is known, above `ir_limit` the import fails."""

    opset_seen: int
    opset_confidence: Confidence
    opset_source: str
    ir_seen: int
    ir_confidence: Confidence
    ir_source: str
    ir_limit: int | None = None


class _FormRule(_Record, frozen=True):
    form: Form
    reason: str


class _Entry(_Record, frozen=True):
    opset: int
    ir: int
    function: str
    naming: str
    versions: str
    confidence: Confidence
    overrides: str = ""


class _Table(_Record, frozen=True):
    default: str
    functions: dict[str, ImportFunction]
    namings: dict[str, Naming]
    versions: dict[str, Versions]
    releases: dict[str, _Entry]
    forms: dict[str, _FormRule]
    operators: dict[str, OperatorRule]
    overrides: dict[str, dict[str, OperatorRule]]


class Release(_Record, frozen=True):
    """One MATLAB release.

    Attributes:
        name: 'R2024b'.
        opset: The operator set that xverify writes for it.
        ir_version: The IR version that xverify writes for it.
        confidence: What these two rest on.
        versions: Which versions import.
        function: How to import.
        naming: How layers are named.
        forms: ONNX operator -> whether the passes keep or decompose it.
        operators: ONNX operator, or operator and case ('Add constant') -> what it becomes.
    """

    name: str
    opset: int
    ir_version: int
    confidence: Confidence
    versions: Versions
    function: ImportFunction
    naming: Naming
    forms: dict[str, Form]
    operators: dict[str, OperatorRule]

    def target(self, *, dynamic_batch: bool = False) -> Target:
        """What the passes aim at for this release."""
        return Target(self.name, self.opset, self.ir_version, MappingProxyType(dict(self.forms)), dynamic_batch)

    def rule(self, case: str) -> OperatorRule:
        """What an operator, or a case of it, becomes; `UNLISTED` where nothing is known."""
        return self.operators.get(case, UNLISTED)


@cache
def _table() -> _Table:
    text = resources.files("xverify.compat").joinpath("releases.toml").read_bytes()
    return msgspec.toml.decode(text, type=_Table)


def _release(name: str, entry: _Entry, table: _Table) -> Release:
    return Release(
        name=name,
        opset=entry.opset,
        ir_version=entry.ir,
        confidence=entry.confidence,
        versions=table.versions[entry.versions],
        function=msgspec.structs.replace(table.functions[entry.function], name=entry.function),
        naming=table.namings[entry.naming],
        forms={operator: rule.form for operator, rule in table.forms.items()},
        operators=table.operators | (table.overrides[entry.overrides] if entry.overrides else {}),
    )


@cache
def _releases() -> Mapping[str, Release]:
    table = _table()
    return {name: _release(name, entry, table) for name, entry in table.releases.items()}


RELEASES: tuple[str, ...] = tuple(_table().releases)
"""Names of the releases of which something is known, the oldest first."""

DEFAULT_RELEASE: str = _table().default


def release(name: str) -> Release:
    """What is known of a release; 'r2024B' and '2024b' mean R2024b.

    Raises:
        XverifyError: No release of the table.
    """
    found = re.fullmatch(r"r?(\d{4}[ab])", name.strip().lower())
    known = _releases().get(f"R{found[1]}") if found else None
    if known is None:
        raise XverifyError(f"'{name}' is no MATLAB release that xverify knows.", f"Known: {', '.join(RELEASES)}.")
    return known
