import io
import xml.etree.ElementTree as ET

import msgspec
import pytest
from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite
from sample_comparisons import HOSTILE, LAYERS, changed_parameters, failing, hostile, passing, recorded

from xverify.comparison.results import Comparison
from xverify.report.junit import to_junit
from xverify.report.text import one_line


def suite_of(comparison: Comparison) -> TestSuite:
    (suite,) = JUnitXml.fromfile(io.BytesIO(to_junit(comparison)))
    assert isinstance(suite, TestSuite)
    return suite


def cases_of(comparison: Comparison) -> dict[str, TestCase]:
    return {str(case.name): case for case in suite_of(comparison)}


def only_result(case: TestCase) -> tuple[type, str, str]:
    (result,) = case.result
    return type(result), str(result.message), str(result.text or "")


def test_a_passed_comparison_is_green_with_one_case_a_layer_and_two_more() -> None:
    suite = suite_of(passing())
    assert (suite.tests, suite.failures, suite.errors, suite.skipped) == (len(LAYERS) + 2, 0, 0, 0)
    assert {case.classname for case in suite} == {"cifar10-net"}
    names = [case.name for case in suite]
    assert names[0] == "parameters bit for bit"
    assert names[1] == "features_conv0 features.conv0"
    assert names[-1] == "verdict"
    assert "add_7" in names
    assert "tokens" in names


def test_properties_hold_coverage_and_environment() -> None:
    root = ET.fromstring(to_junit(failing()))
    properties = {item.get("name"): item.get("value") for item in root.iter("property")}
    assert properties["coverage"] == "8/10"
    assert properties["environment.onnxruntime"] == "1.32.0"


def test_a_failed_layer_is_a_failure_that_tells_all() -> None:
    case = cases_of(failing())["dens_dens_12_norm1 features.denseblock3.denselayer12.norm1"]
    kind, message, text = only_result(case)
    assert kind is Failure
    assert message == "the local error is above what is allowed"
    assert "local error: 1.24e-03, allowed 3.97e-07 (3123x)" in text
    assert "worst at: [1, 12, 3, 4]" in text
    assert "allowed because: calibrated" in text


def test_a_layer_that_was_not_compared_is_an_error_unless_permitted() -> None:
    cases = cases_of(failing())
    kind, message, _ = only_result(cases["encoder_layers_encod encoder.layers.encoder_layer_11.self_attention"])
    assert kind is Error
    assert message == "not compared: its value is no tensor in model.onnx"
    kind, message, _ = only_result(cases["add_7"])
    assert kind is Skipped
    assert message == "not compared, permitted: fused by the code generator [not in activations.mat]"


def test_counts() -> None:
    suite = suite_of(failing())
    assert (suite.tests, suite.failures, suite.errors, suite.skipped) == (len(LAYERS) + 2, 3, 1, 1)


def test_changed_parameters_fail_their_case() -> None:
    kind, message, text = only_result(cases_of(changed_parameters(2))["parameters bit for bit"])
    assert kind is Failure
    assert "2 CHANGED" in message
    assert "block.1.weight: 1 of 608 values differs" in text


def test_parameters_that_were_not_checked_are_skipped() -> None:
    kind, message, _ = only_result(cases_of(recorded())["parameters bit for bit"])
    assert kind is Skipped
    assert message == "not checked: a recorded file has no parameters"


def test_problems_stand_in_the_verdict() -> None:
    kind, message, text = only_result(cases_of(failing())["verdict"])
    assert kind is Failure
    assert "8/10 compared" in message
    assert "conv_99" in text


@pytest.mark.parametrize("comparison", [failing(), recorded(), hostile(), passing()])
def test_it_is_red_exactly_when_the_comparison_fails(comparison: Comparison) -> None:
    for passed in (True, False):
        judged = msgspec.structs.replace(comparison, passed=passed)
        assert bool(cases_of(judged)["verdict"].result) is not passed


def test_hostile_text_is_legal_xml_and_comes_back() -> None:
    data = to_junit(hostile())
    assert data.startswith(b"<?xml")
    root = ET.fromstring(data)
    names = [str(case.get("name")) for case in root.iter("testcase")]
    assert f"evil {one_line(HOSTILE)}" in names
    assert "\x1b" not in data.decode("utf-8")
