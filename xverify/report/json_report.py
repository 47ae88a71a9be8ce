"""Comparisons as JSON, for programs. Every field is documented in docs/reference/comparison-json.md."""

from typing import Any

import msgspec

from xverify.comparison.not_finite import not_finite
from xverify.comparison.results import SCHEMA_VERSION, Comparison
from xverify.report.text import utf8


def to_json(*comparisons: Comparison) -> bytes:
    """The comparison as indented UTF-8 JSON, `schema_version` first; numbers that are not finite are null.

    `not_finite` tells which of them stood where, so that `xverify.comparison.saved` reads the records back exactly. Several
    comparisons stand in a list, `comparisons`, beside the verdict on all of them.
    """
    plain = [_ordered(comparison) for comparison in comparisons]
    passed = all(comparison.passed for comparison in comparisons)
    several = {"schema_version": SCHEMA_VERSION, "passed": passed, "comparisons": plain}
    content = plain[0] if len(plain) == 1 else several
    try:
        data = msgspec.json.encode(content)
    except UnicodeEncodeError:  # half of a surrogate pair somewhere
        data = msgspec.json.encode(_encodable(content))
    return msgspec.json.format(data, indent=1) + b"\n"


def _ordered(comparison: Comparison) -> dict[str, Any]:
    plain = comparison.to_dict()
    return {"schema_version": plain.pop("schema_version"), **plain, "not_finite": not_finite(plain)}


def _encodable(value: Any) -> Any:
    """The same value with all strings encodable; msgspec writes NaN and Inf as null by itself."""
    if isinstance(value, str):
        return utf8(value)
    if isinstance(value, dict):
        return {utf8(key): _encodable(item) for key, item in value.items()}
    return [_encodable(item) for item in value] if isinstance(value, list | tuple) else value
