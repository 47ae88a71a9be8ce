"""Comparisons as JUnit XML, which CI systems show as test results: a suite each, one test case a layer.

A layer that fails is a failure; one that was not compared is an error, unless the user permitted it: then it is
skipped, with the reason. Two more cases stand for the parameters and for the verdict, so that the file is red exactly
when the comparison fails, also where the fault belongs to no layer. Beside a baseline it is red exactly when something is
worse than there: a failure that was known is skipped, with its reason.

The form is what the xUnit plugin of Jenkins asks for, the strictest of those that read JUnit XML.
"""

import io
from collections.abc import Sequence
from typing import Any, TypeVar

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from xverify.comparison.results import Comparison, Known, LayerResult, Regression
from xverify.report import faults, summary
from xverify.report.text import one_line

_Result = TypeVar("_Result", Failure, Error, Skipped)


def to_junit(*comparisons: Comparison) -> bytes:
    """The comparisons as JUnit XML."""
    xml: Any = JUnitXml("xverify compare")  # junitparser is typed in part only
    for comparison in comparisons:
        xml.append(_suite(comparison))  # add_testsuite would put suites of one name into one
    xml.update_statistics()
    xml._elem.attrib.pop("skipped", None)  # Jenkins knows it of a suite alone
    buffer = io.BytesIO()
    xml.write(buffer)
    return buffer.getvalue()


def _suite(comparison: Comparison) -> TestSuite:
    suite = TestSuite(one_line(f"{comparison.bundle} ({comparison.model}) against {comparison.against}"))
    suite.add_property("coverage", f"{comparison.coverage.compared}/{comparison.coverage.total}")
    for key, value in comparison.environment.items():
        suite.add_property(one_line(f"environment.{key}"), one_line(value))
    class_name = one_line(comparison.bundle or comparison.model)
    worse: dict[str, list[Regression]] = {}
    for item in _found(comparison):
        worse.setdefault(item.layer, []).append(item)
    known = {item.layer for item in _known(comparison)}
    cases = [
        _parameters_case(comparison),
        *(_layer_case(comparison, layer, worse.get(layer.id, []), layer.id in known) for layer in comparison.layers),
        _verdict_case(comparison),
    ]
    for case in cases:
        case.classname = class_name
    suite.add_testcases(cases)
    return suite


def _layer_case(comparison: Comparison, layer: LayerResult, worse: Sequence[Regression], known: bool) -> TestCase:
    case = TestCase(one_line(layer.id if layer.module_path == layer.id else f"{layer.id} {layer.module_path}"))
    word, reason = summary.status_word(layer), one_line(layer.reason)
    if worse:
        facts = faults.fault_facts(comparison, layer) if word == "FAILED" else []
        case.result = [
            _result(Failure, f"regression, {item.kind}: {one_line(item.statement)}", facts) for item in worse
        ]
    elif known:
        case.result = [_result(Skipped, f"{word}, known since the baseline: {reason}")]
    elif word == "FAILED":
        case.result = [_result(Failure, reason, faults.fault_facts(comparison, layer))]
    elif word == "not compared":
        case.result = [_result(Error, f"not compared: {reason}")]
    elif word == "permitted":
        case.result = [_result(Skipped, f"not compared, permitted: {one_line(layer.permitted)} [{reason}]")]
    return case


def _parameters_case(comparison: Comparison) -> TestCase:
    case = TestCase("parameters bit for bit")
    if comparison.parameters.changed:
        entries = [summary.Fact("changed", entry) for entry in summary.changed_parameters(comparison)]
        said = summary.parameters(comparison)
        if comparison.accepted:
            case.result = [_result(Skipped, f"{said}, known since the baseline", entries)]
        else:
            case.result = [_result(Failure, said, entries)]
    elif comparison.parameters.skipped:
        case.result = [_result(Skipped, summary.parameters(comparison))]
    return case


def _verdict_case(comparison: Comparison) -> TestCase:
    """Fails when the comparison does; its text holds what belongs to no layer."""
    case = TestCase("verdict")
    if not comparison.passed:
        facts = [summary.Fact("problem", one_line(problem)) for problem in comparison.problems]
        ids = {layer.id for layer in comparison.layers}
        others = [item for item in _found(comparison) if item.layer not in ids]
        facts += [summary.Fact("regression", one_line(f"{item.layer} {item.statement}")) for item in others]
        said = f"{summary.verdict(comparison)}: {summary.coverage(comparison)}"
        case.result = [_result(Skipped, said, facts) if comparison.accepted else _result(Failure, said, facts)]
    return case


def _found(comparison: Comparison) -> tuple[Regression, ...]:
    return comparison.regressions.found if comparison.regressions is not None else ()


def _known(comparison: Comparison) -> tuple[Known, ...]:
    return comparison.regressions.known if comparison.regressions is not None else ()


def _result(kind: type[_Result], message: str, facts: list[summary.Fact] | None = None) -> _Result:
    result = kind(message)
    result.text = "\n".join(f"{label}: {text}" for label, text in facts or [])
    return result
