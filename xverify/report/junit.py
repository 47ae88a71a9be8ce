"""Comparisons as JUnit XML, which CI systems show as test results: a suite each, one test case a layer.

A layer that fails is a failure; one that was not compared is an error, unless the user permitted it: then it is
skipped, with the reason. Two more cases stand for the parameters and for the verdict, so that the file is red exactly
when the comparison fails, also where the fault belongs to no layer.
"""

import io
from typing import Any, TypeVar

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from xverify.comparison.results import Comparison, LayerResult
from xverify.report import summary
from xverify.report.text import one_line

_Result = TypeVar("_Result", Failure, Error, Skipped)


def to_junit(*comparisons: Comparison) -> bytes:
    """The comparisons as JUnit XML."""
    xml: Any = JUnitXml("xverify compare")  # junitparser is typed in part only
    for comparison in comparisons:
        xml.add_testsuite(_suite(comparison))
    xml.update_statistics()
    buffer = io.BytesIO()
    xml.write(buffer)
    return buffer.getvalue()


def _suite(comparison: Comparison) -> TestSuite:
    suite = TestSuite(one_line(f"{comparison.bundle} ({comparison.model}) against {comparison.against}"))
    suite.add_property("coverage", f"{comparison.coverage.compared}/{comparison.coverage.total}")
    for key, value in comparison.environment.items():
        suite.add_property(one_line(f"environment.{key}"), one_line(value))
    class_name = one_line(comparison.bundle or comparison.model)
    cases = [
        _parameters_case(comparison),
        *(_layer_case(comparison, layer) for layer in comparison.layers),
        _verdict_case(comparison),
    ]
    for case in cases:
        case.classname = class_name
    suite.add_testcases(cases)
    return suite


def _layer_case(comparison: Comparison, layer: LayerResult) -> TestCase:
    case = TestCase(one_line(layer.id if layer.module_path == layer.id else f"{layer.id} {layer.module_path}"))
    word, reason = summary.status_word(layer), one_line(layer.reason)
    if word == "FAILED":
        case.result = [_result(Failure, reason, summary.fault_facts(comparison, layer))]
    elif word == "not compared":
        case.result = [_result(Error, f"not compared: {reason}")]
    elif word == "permitted":
        case.result = [_result(Skipped, f"not compared, permitted: {one_line(layer.permitted)} [{reason}]")]
    return case


def _parameters_case(comparison: Comparison) -> TestCase:
    case = TestCase("parameters bit for bit")
    if comparison.parameters.changed:
        entries = [summary.Fact("changed", entry) for entry in summary.changed_parameters(comparison)]
        case.result = [_result(Failure, summary.parameters(comparison), entries)]
    elif comparison.parameters.skipped:
        case.result = [_result(Skipped, summary.parameters(comparison))]
    return case


def _verdict_case(comparison: Comparison) -> TestCase:
    """Fails when the comparison does; its text holds the problems that belong to no layer."""
    case = TestCase("verdict")
    if not comparison.passed:
        problems = [summary.Fact("problem", one_line(problem)) for problem in comparison.problems]
        case.result = [_result(Failure, f"FAILED: {summary.coverage(comparison)}", problems)]
    return case


def _result(kind: type[_Result], message: str, facts: list[summary.Fact] | None = None) -> _Result:
    result = kind(message)
    result.text = "\n".join(f"{label}: {text}" for label, text in facts or [])
    return result
