"""The published JSON Schemas: the files are those that are made now, and real output is what they say."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hostile_names import HOSTILE_NAMES, named
from sample_comparisons import beside_baseline, changed_parameters, failing, hostile, passing, recorded

from xverify.cli.main import invoke
from xverify.report.json_report import to_json
from xverify.workflows.schemas import SCHEMAS, encoded

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"


def validator(name: str) -> jsonschema.Draft202012Validator:
    schema = json.loads((REFERENCE / f"{name}.schema.json").read_text(encoding="utf-8"))
    return jsonschema.Draft202012Validator(schema)


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_published_file_is_up_to_date(name: str) -> None:
    """Where it is not: python -m xverify.workflows.schemas docs/reference."""
    assert (REFERENCE / f"{name}.schema.json").read_bytes() == encoded(SCHEMAS[name]())


@pytest.mark.parametrize("name", SCHEMAS)
def test_it_is_a_schema(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMAS[name]())


def test_there_is_no_file_that_nothing_makes() -> None:
    assert {path.name for path in REFERENCE.glob("*.schema.json")} == {f"{name}.schema.json" for name in SCHEMAS}


SAMPLES = {
    "passing": (passing(),),
    "failing": (failing(),),
    "recorded": (recorded(),),
    "hostile": (hostile(),),
    "parameters": (changed_parameters(3),),
    "baseline": (beside_baseline(),),
    "several": (passing(), recorded()),
    **{kind: (named(name),) for kind, name in HOSTILE_NAMES.items()},
}


@pytest.mark.parametrize("name", SAMPLES)
def test_comparisons_are_what_their_schema_says(name: str) -> None:
    validator("comparison").validate(json.loads(to_json(*SAMPLES[name])))


def fields(value: Any, schema: Any, root: Any) -> Iterator[str]:
    """Fields of objects that the schema does not name."""
    while "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rpartition("/")[2]]
    for choice in schema.get("anyOf", []):
        if value is not None and choice.get("type") != "null":
            yield from fields(value, choice, root)
    if isinstance(value, dict) and "properties" in schema:
        for key, item in value.items():
            if key not in schema["properties"]:
                yield key
            else:
                yield from fields(item, schema["properties"][key], root)
    elif isinstance(value, list) and "items" in schema and isinstance(schema["items"], dict):
        for item in value:
            yield from fields(item, schema["items"], root)


@pytest.mark.parametrize("name", ["failing", "parameters", "baseline", "recorded"])
def test_the_schema_names_every_field_that_is_written(name: str) -> None:
    root = SCHEMAS["comparison"]()
    plain = json.loads(to_json(*SAMPLES[name]))
    assert list(fields(plain, root["$defs"]["Comparison"], root)) == []
    assert list(fields(plain | {"invented": 1}, root["$defs"]["Comparison"], root)) == ["invented"]


@pytest.mark.parametrize(
    "change",
    [
        {"schema_version": 2},
        {"passed": "yes"},
        {"coverage": {"compared": 1}},
        {"layers": [{"id": "a"}]},
        {"not_finite": {"NaN": [3]}},
        {"regressions": {"found": []}},
    ],
)
def test_what_is_wrong_is_refused(change: dict[str, Any]) -> None:
    plain = json.loads(to_json(failing()))
    validator("comparison").validate(plain)
    assert not validator("comparison").is_valid(plain | change)


def test_the_command_lines_own_output(exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    bundle = str(exported)
    weights = str(exported / "weights.mat")
    written = {
        "comparison": ["compare", bundle, "--layer", "*:atol=0,rtol=0"],
        "weights": ["weights", bundle, weights],
        "reimport": ["reimport", bundle, weights, "-o", "state.safetensors"],
        "conversion": ["convert", str(exported / "model.onnx"), "-o", "converted.onnx"],
    }
    for name, arguments in written.items():
        assert invoke([*arguments, "--json", f"{name}.json", "-q"]) in (0, 1), name
        validator(name).validate(json.loads(Path(f"{name}.json").read_bytes()))
