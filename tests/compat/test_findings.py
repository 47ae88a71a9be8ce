from dataclasses import replace

import pytest
from onnx import ModelProto
from onnx_graphs import convolution, model, node, relu, torch_2_9_style, value, weight

from xverify.compat.check import Check, check_model
from xverify.compat.findings import Finding
from xverify.compat.releases import release
from xverify.onnx_export.onnx_files import structural_faults


def checked(proto: ModelProto, name: str = "R2024b", external: tuple[str, ...] = ()) -> Check:
    return check_model(proto, "model.onnx", structural_faults(proto), external, release(name))


def of(severity: str, check: Check) -> list[Finding]:
    return [finding for finding in check.findings if finding.severity == severity]


def with_versions(ir_version: int, opset: int = 17) -> ModelProto:
    return model([node("Sigmoid", "x", "y", "sig")], outputs=[value("y")], opset=opset, ir_version=ir_version)


def test_a_file_that_imports_well_has_no_findings() -> None:
    assert checked(with_versions(8)).findings == ()
    assert checked(with_versions(8)).passed(strict=True)


def test_what_is_assumed_is_noted() -> None:
    (finding,) = checked(relu()).findings
    assert (finding.severity, finding.where) == ("note", ("relu",))
    assert "Relu" in finding.what


@pytest.mark.parametrize(
    ("name", "ir_version", "severity", "confidence"),
    [
        ("R2025a", 10, "blocks", "cited"),
        ("R2024b", 10, "blocks", "assumed"),
        ("R2026a", 10, "warning", "unknown"),
        ("R2022a", 8, "warning", "assumed"),
        ("R2022a", 10, "blocks", "assumed"),
    ],
)
def test_ir_versions(name: str, ir_version: int, severity: str, confidence: str) -> None:
    (finding,) = checked(with_versions(ir_version, opset=13), name).findings
    assert (finding.severity, finding.confidence) == (severity, confidence)
    assert f"IR version {ir_version}" in finding.what
    assert "2025 MATLAB" in finding.evidence
    assert "xverify convert" in finding.action


def test_opsets() -> None:
    assert [finding.what for finding in checked(with_versions(8, 19)).findings] == ["Opset 19 is newer than 18."]
    assert [finding.what for finding in checked(with_versions(7, 17), "R2022a").findings] == [
        "Opset 17 is newer than 14."
    ]
    assert checked(with_versions(8, 18)).findings == ()


def test_external_weights_block() -> None:
    (finding,) = of("blocks", checked(with_versions(8), external=("model.data",)))
    assert (finding.where, finding.confidence) == (("model.data",), "cited")
    assert "xverify convert" in finding.action


def test_every_structural_fault_blocks_but_node_names_that_repeat() -> None:
    cycle = model(
        [node("Add", "x b", "a", "one"), node("Sigmoid", "a", "b", "two"), node("Sigmoid", "b", "y", "three")]
    )
    assert [finding.where for finding in of("blocks", checked(cycle))] == [("one",)]
    twice = model([node("Sigmoid", "x", "a", "same"), node("Sigmoid", "a", "y", "same")], outputs=[value("y")])
    (finding,) = checked(twice).findings
    assert finding.severity == "warning"
    assert finding.where == ("same -> same", "same -> same_1")
    foreign = checked(model([node("Fast", "x", "y", "f", domain="com.acme")]))
    assert {finding.where for finding in of("blocks", foreign)} == {("f",)}


@pytest.mark.parametrize(
    ("name", "words", "becomes"),
    [
        ("", "no name", "y -> x_1"),
        ("/act/Sigmoid", "no valid MATLAB identifier", "/act/Sigmoid -> x_act_Sigmoid"),
        ("a_name_that_is_quite_long", "more than 20", "a_name_that_is_quite_long -> a_name_that_is_quite"),
        ("y", "tensor", "y -> y_1"),
    ],
)
def test_names(name: str, words: str, becomes: str) -> None:
    (finding,) = checked(model([node("Sigmoid", "x", "y", name)], outputs=[value("y")])).findings
    assert finding.severity == "warning"
    assert words in finding.what
    assert finding.where == ((becomes,) if name else ("y -> x_1",))
    assert "xverify convert" in finding.action


def test_names_are_less_sure_in_older_releases() -> None:
    proto = model([node("Sigmoid", "x", "y", "y")], outputs=[value("y")], ir_version=7, opset=13)
    assert [finding.confidence for finding in checked(proto, "R2022b").findings] == ["unknown"]


def test_the_convolutions_of_torch_2_9_are_one_finding_with_the_evidence() -> None:
    check = checked(torch_2_9_style())
    (finding,) = of("custom layer", check)
    assert finding.what.startswith("2 convolutions without kernel_shape, with auto_pad")
    assert finding.where == ("node_conv2d -> ConvLayer1000", "node_conv2d_1 -> ConvLayer1001")
    assert finding.confidence == "verified"
    assert "not established" in finding.reason
    assert "--input" in finding.action
    assert check.blocked  # by its IR version


@pytest.mark.parametrize("doubt", ["auto_pad", "symbolic"])
def test_a_doubtful_convolution_warns_that_the_cause_is_not_established(doubt: str) -> None:
    findings = of("warning", checked(convolution(**{doubt: True})))
    assert "not established" in findings[0].reason
    assert findings[0].confidence == "unknown"
    assert not of("custom layer", checked(convolution(**{doubt: True})))


def test_custom_layers_of_the_same_operators_are_one_finding_and_fail_only_strictly() -> None:
    nodes = [node("Transpose", "x", "a", "t1"), node("Sigmoid", "a", "b", "sig"), node("Transpose", "b", "y", "t2")]
    check = checked(model(nodes, outputs=[value("y")]))
    (finding,) = check.findings
    assert finding.what == "Transpose becomes a custom layer, 2 times."
    assert finding.where == ("t1 -> TransposeLayer1000", "t2 -> TransposeLayer1001")
    assert check.passed(strict=False)
    assert not check.passed(strict=True)


def test_what_is_unknown_is_a_warning_for_each_operator() -> None:
    nodes = [node("LogSoftmax", "x", "a", "l1"), node("LogSoftmax", "a", "b", "l2"), node("Exp", "b", "y", "exp")]
    findings = checked(model(nodes, outputs=[value("y")])).findings
    assert [finding.where for finding in findings] == [("l1", "l2"), ("exp",)]
    assert {finding.severity for finding in findings} == {"warning"}


def test_symbolic_sizes_warn_but_a_symbolic_batch_does_not() -> None:
    batch = model([node("Sigmoid", "x", "y", "s")], inputs=[value("x", ("n", 3))], outputs=[value("y", ("n", 3))])
    assert checked(batch).findings == ()
    size = model([node("Sigmoid", "x", "y", "s")], inputs=[value("x", (1, "t"))], outputs=[value("y", (1, "t"))])
    assert [finding.what for finding in checked(size).findings] == ["Input 'x' has symbolic sizes: 1xt."]


def test_the_worst_comes_first() -> None:
    severities = [finding.severity for finding in checked(torch_2_9_style()).findings]
    assert severities == ["blocks", "custom layer", "warning", "note"]


def test_every_finding_says_why_on_what_evidence_and_what_to_do() -> None:
    for proto in (torch_2_9_style(), convolution(auto_pad=True), relu(), model([node("Gelu", "x", "y", "")], opset=20)):
        for finding in checked(proto).findings:
            assert [text for text in (finding.what, finding.reason, finding.evidence, finding.action) if not text] == []
            assert replace(finding) == finding


def test_a_large_weight_and_a_missing_output_do_not_disturb() -> None:
    proto = model([node("Gemm", "x w", "y", "fc")], [weight("w", 80, 90)], [value("x", (1, 80))])
    assert checked(proto).findings == ()
