"""JSON Schemas of what commands write with --json, made from the records: `python -m xverify.workflows.schemas FOLDER`.

A test keeps the files in docs/reference equal to what is made here, and holds real output against them.
"""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def comparison() -> Schema:
    """Of `xverify compare --json`: one comparison, or several in a list."""
    from xverify.comparison.results import Comparison

    schema = _of(Comparison, "comparison", "What `xverify compare --json` writes")
    own = schema["$defs"]["Comparison"]
    own["properties"] |= {
        "schema_version": {"const": 1},
        "not_finite": {
            "description": "What stood where a number is null: JSON pointers by number.",
            "type": "object",
            "properties": {name: {"type": "array", "items": {"type": "string"}} for name in ("NaN", "Inf", "-Inf")},
        },
    }
    own["required"] = ["schema_version", *own["required"]]
    schema["$defs"]["Parameters"]["properties"]["changed_count"] = {"type": "integer", "minimum": 0}
    several = {
        "title": "Comparisons",
        "description": "Several comparisons of one command; `passed` where all of them passed.",
        "type": "object",
        "properties": {
            "schema_version": {"const": 1},
            "passed": {"type": "boolean"},
            "comparisons": {"type": "array", "items": {"$ref": "#/$defs/Comparison"}, "minItems": 2},
        },
        "required": ["schema_version", "passed", "comparisons"],
    }
    schema["$defs"]["Comparisons"] = several
    del schema["$ref"]
    return schema | {"oneOf": [{"$ref": "#/$defs/Comparison"}, {"$ref": "#/$defs/Comparisons"}]}


def weights() -> Schema:
    """Of `xverify weights --json`."""
    from xverify.weights.results import WeightsComparison

    schema = _of(WeightsComparison, "weights", "What `xverify weights --json` writes")
    return _with(schema, "WeightsComparison", {"schema_version": {"const": 1}, "passed": {"type": "boolean"}})


def reimport() -> Schema:
    """Of `xverify reimport --json`."""
    from xverify.weights.results import Reimport

    schema = _of(Reimport, "reimport", "What `xverify reimport --json` writes")
    return _with(schema, "Reimport", {"schema_version": {"const": 1}, "passed": {"type": "boolean"}})


def evaluation() -> Schema:
    """Of `xverify evaluate --json`."""
    from xverify.workflows.evaluate import EvaluationReport

    return _of(EvaluationReport, "evaluation", "What `xverify evaluate --json` writes")


def parity() -> Schema:
    """Of `xverify evaluate-parity --json`."""
    from xverify.parity.results import Parity

    return _of(Parity, "parity", "What `xverify evaluate-parity --json` writes")


def conversion() -> Schema:
    """Of `xverify convert --json`."""
    from xverify.comparison.conversion import Conversion

    return _of(Conversion, "conversion", "What `xverify convert --json` writes")


SCHEMAS: Mapping[str, Callable[[], Schema]] = {
    "comparison": comparison,
    "weights": weights,
    "reimport": reimport,
    "evaluation": evaluation,
    "parity": parity,
    "conversion": conversion,
}
"""Name of a schema -> what makes it; its file is NAME.schema.json."""


def _of(record: type[msgspec.Struct], name: str, title: str) -> Schema:
    schema = _plain(msgspec.json.schema(record))
    return {"$schema": DIALECT, "$id": f"{name}.schema.json", "title": title, **schema}


def _plain(value: Any) -> Any:
    """Every number may be null: NaN and Inf have no JSON. Docstrings stand in one line."""
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if not isinstance(value, dict):
        return value
    made = {key: _plain(item) for key, item in value.items()}
    if made.get("type") == "number":
        made["type"] = ["number", "null"]
    if isinstance(made.get("description"), str):
        made["description"] = " ".join(made["description"].split())
    return made


def _with(schema: Schema, record: str, fields: Schema) -> Schema:
    """What a command writes beside the record's own fields."""
    own = schema["$defs"][record]
    own["properties"] = fields | own["properties"]
    own["required"] = [*fields, *own["required"]]
    return schema


def encoded(schema: Schema) -> bytes:
    """The schema as it stands in its file."""
    return msgspec.json.format(msgspec.json.encode(schema), indent=2) + b"\n"


def main(folder: str) -> None:
    """Writes every schema into a folder."""
    for name, make in SCHEMAS.items():
        (Path(folder) / f"{name}.schema.json").write_bytes(encoded(make()))


if __name__ == "__main__":
    main(*sys.argv[1:])
