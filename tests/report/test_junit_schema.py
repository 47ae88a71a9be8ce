"""JUnit XML as Jenkins reads it, whatever the names are."""

import io
from pathlib import Path
from xml.etree import ElementTree as ET

import msgspec
import pytest
import xmlschema
from hostile_names import HOSTILE_NAMES, named, regressions
from sample_comparisons import beside_baseline, changed_parameters, failing, hostile, passing, recorded

from xverify.comparison.results import Comparison, Regression
from xverify.report.junit import to_junit

SCHEMA = xmlschema.XMLSchema(Path(__file__).with_name("jenkins.xsd"))

SAMPLES = {
    "passing": (passing(),),
    "failing": (failing(),),
    "recorded": (recorded(),),
    "hostile": (hostile(),),
    "parameters": (changed_parameters(3),),
    "known": (beside_baseline(),),
    "regression": (
        beside_baseline(Regression("add_7", "coverage lost", "x"), Regression("gone", "coverage lost", "y")),
    ),
    "several": (passing(), failing(), recorded()),
}


@pytest.mark.parametrize("name", SAMPLES)
def test_it_is_what_jenkins_takes(name: str) -> None:
    SCHEMA.validate(io.BytesIO(to_junit(*SAMPLES[name])))


@pytest.mark.parametrize("kind", HOSTILE_NAMES)
def test_hostile_names_are_what_jenkins_takes(kind: str) -> None:
    comparison = named(HOSTILE_NAMES[kind])
    beside = msgspec.structs.replace(comparison, regressions=regressions(HOSTILE_NAMES[kind]))
    SCHEMA.validate(io.BytesIO(to_junit(comparison, beside)))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'name="xverify compare"', b'title="x"'),
        (b"<properties>", b"<properties/><extra/><properties>"),
        (b' tests="12"', b' tests="twelve"'),
        (b'time="0"', b'time="1e-3"'),
        (b' skipped="1" time="0"', b' skipped="1" skips="1"'),
    ],
)
def test_the_rules_can_be_broken(old: bytes, new: bytes) -> None:
    data = to_junit(failing())
    assert old in data
    assert not SCHEMA.is_valid(io.BytesIO(data.replace(old, new)))


@pytest.mark.parametrize("name", SAMPLES)
def test_the_counts_are_those_of_the_cases(name: str) -> None:
    root = ET.fromstring(to_junit(*SAMPLES[name]))
    for suite in root:
        for kind, count in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
            assert int(suite.get(count, "")) == sum(case.find(kind) is not None for case in suite.iter("testcase"))
        assert int(suite.get("tests", "")) == len(suite.findall("testcase"))


def is_red(comparison: Comparison) -> bool:
    root = ET.fromstring(to_junit(comparison))
    return any(case.find(kind) is not None for case in root.iter("testcase") for kind in ("failure", "error"))


@pytest.mark.parametrize("name", [name for name in SAMPLES if name != "several"])
def test_it_is_red_exactly_when_the_command_fails(name: str) -> None:
    (comparison,) = SAMPLES[name]
    assert is_red(comparison) is not comparison.accepted


def test_known_changed_parameters_are_skipped() -> None:
    known = msgspec.structs.replace(changed_parameters(2), regressions=beside_baseline().regressions)
    assert known.accepted
    assert not is_red(known)
    root = ET.fromstring(to_junit(known))
    assert "known since the baseline" in str(root[0][1].find("skipped").get("message"))  # type: ignore[union-attr]


def test_the_verdict_beside_a_baseline_is_no_plain_pass() -> None:
    *_, verdict = ET.fromstring(to_junit(beside_baseline())).iter("testcase")
    skipped = verdict.find("skipped")
    assert skipped is not None
    assert str(skipped.get("message")).startswith("NO REGRESSION (4 known failures): 8/10 compared")
