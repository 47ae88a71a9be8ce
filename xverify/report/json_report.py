"""A comparison as JSON, for programs. Every field is documented in docs/reference/comparison-json.md."""

from typing import Any

import msgspec

from xverify.comparison.results import Comparison
from xverify.report.text import utf8


def to_json(comparison: Comparison) -> bytes:
    """The comparison as indented UTF-8 JSON, `schema_version` first; numbers that are not finite are null."""
    plain = comparison.to_dict()
    ordered = {"schema_version": plain.pop("schema_version"), **plain}
    return msgspec.json.format(msgspec.json.encode(_encodable(ordered)), indent=1) + b"\n"


def _encodable(value: Any) -> Any:
    """The same value with all strings encodable; msgspec writes NaN and Inf as null by itself."""
    if isinstance(value, str):
        return utf8(value)
    if isinstance(value, dict):
        return {utf8(key): _encodable(item) for key, item in value.items()}
    return [_encodable(item) for item in value] if isinstance(value, list | tuple) else value
