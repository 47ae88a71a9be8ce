import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sample_comparisons import HOSTILE, LAYERS, beside_baseline, changed_parameters, failing, hostile, passing, recorded

from xverify.comparison.results import Regression
from xverify.report.json_report import to_json

DOCUMENT = Path(__file__).parents[2] / "docs" / "reference" / "comparison-json.md"


def refuse(constant: str) -> Any:
    raise AssertionError(f"{constant} is no JSON")


def parsed(data: bytes) -> Any:
    return json.loads(data.decode("utf-8"), parse_constant=refuse)


def paths(value: Any, prefix: str = "") -> Iterator[str]:
    """Every field of a JSON value as a path such as 'layers[].local.max_error'."""
    if isinstance(value, dict):
        for key, item in value.items():
            path = f"{prefix}.{key}" if prefix else key
            yield path
            if path != "environment":  # its keys are data
                yield from paths(item, path)
    elif isinstance(value, list):
        for item in value:
            yield from paths(item, f"{prefix}[]")


def documented() -> set[str]:
    """The fields in the tables of the reference, with 'as X.*' expanded."""
    fields = set(re.findall(r"^\| `([^`]+)` \|", DOCUMENT.read_text("utf-8"), flags=re.MULTILINE))
    local = {field for field in fields if field.startswith("layers[].local.")}
    for kind in ("accumulated", "optimised"):
        assert f"layers[].{kind}.*" in fields
        fields.remove(f"layers[].{kind}.*")
        fields |= {field.replace(".local.", f".{kind}.") for field in local}
    return fields


def test_every_field_is_documented_and_every_documented_field_exists() -> None:
    beside = beside_baseline(Regression("add_7", "coverage lost", "was compared"))
    samples = [changed_parameters(2), beside, recorded()]
    assert {path for sample in samples for path in paths(parsed(to_json(sample)))} == documented()


def test_the_promised_keys() -> None:
    report = parsed(to_json(failing()))
    assert next(iter(report)) == "schema_version"
    assert report["schema_version"] == 1
    assert report["passed"] is False
    assert report["coverage"] == {"compared": 8, "total": 10}
    assert report["parameters"]["checked"] == 364
    assert report["parameters"]["changed"] == []
    assert report["first_fault"] == "dens_dens_12_norm1"
    assert report["environment"]["onnxruntime"] == "1.32.0"
    fault = report["layers"][4]
    assert fault["id"] == "dens_dens_12_norm1"
    assert fault["module_path"] == "features.denseblock3.denselayer12.norm1"
    assert fault["operation"] == "batch_norm"
    assert fault["shape"] == [2, 608, 14, 12]
    assert fault["status"] == "failed"
    assert fault["reason"] == "the local error is above what is allowed"
    assert fault["local"]["max_error"] == 1.24e-3
    assert fault["local"]["rms_error"] == 1.24e-3 / 7
    assert fault["local"]["allowed"] == 3.97e-7
    assert fault["accumulated"]["max_error"] == 1.3e-3
    assert report["layers"][6]["status"] == "not compared"
    assert report["layers"][6]["local"] is None
    assert report["layers"][7]["permitted"] == "fused by the code generator"


def test_all_layers_are_there_in_order() -> None:
    report = parsed(to_json(passing()))
    assert [layer["id"] for layer in report["layers"]] == [layer.id for layer in LAYERS]


def test_numbers_that_are_not_finite_are_null() -> None:
    report = parsed(to_json(recorded()))
    measured = report["layers"][1]["accumulated"]
    assert measured["max_error"] is None
    assert measured["actual"] is None
    assert measured["expected"] == 0.5
    assert measured["problem"] == "NaN where the reference has 0.5"
    fields = ("max_error", "rms_error", "error", "actual")
    assert set(report["not_finite"]) == {"NaN"}
    assert {f"/layers/1/accumulated/{name}" for name in fields} == set(report["not_finite"]["NaN"])


@pytest.mark.parametrize("comparison", [passing(), failing(), recorded()])
def test_a_number_survives_exactly(comparison: Any) -> None:
    report = parsed(to_json(comparison))
    for layer, told in zip(comparison.layers, report["layers"], strict=True):
        if layer.local is not None:
            assert told["local"]["rms_error"] == layer.local.rms_error


def test_text_is_as_it_was_given_but_for_what_utf8_cannot_hold() -> None:
    report = parsed(to_json(hostile()))
    text = HOSTILE.replace("\udc80", "\ufffd")
    assert report["layers"][0]["module_path"] == text
    assert report["environment"] == {text: text}
    assert report["parameters"]["changed"][0]["layers"] == [text]


def test_it_is_indented_by_one_and_ends_with_a_newline() -> None:
    data = to_json(passing())
    assert data.startswith(b'{\n "schema_version": 1,\n')
    assert data.endswith(b"}\n")
