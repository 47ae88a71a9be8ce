import io
import json
from dataclasses import replace

import pytest
from onnx import ModelProto
from onnx_graphs import convolution, model, node, relu, torch_2_9_style, value
from rich.cells import cell_len
from rich.console import Console

from xverify.compat.check import NOT_RUN, Check, check_model
from xverify.compat.prediction import Score
from xverify.compat.releases import release
from xverify.onnx_export.onnx_files import structural_faults
from xverify.report.check_report import MAX_FINDINGS, SHORT, print_check, score_text, to_json


def checked(proto: ModelProto) -> Check:
    return check_model(proto, "model.onnx", structural_faults(proto), (), release("R2024b"))


def rendered(check: Check, width: int | None = 120, *, show_all: bool = False, strict: bool = False) -> str:
    """What is printed on a terminal of this width; None stands for a pipe."""
    console = Console(file=io.StringIO(), width=width or 80, force_terminal=width is not None, color_system=None)
    print_check(check, console, show_all=show_all, strict=strict)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def long(count: int) -> ModelProto:
    nodes = [node("Sigmoid", f"v{index}", f"v{index + 1}", f"node_{index}") for index in range(count)]
    return model(nodes, inputs=[value("v0")], outputs=[value(f"v{count}")])


def many_operators() -> ModelProto:
    operators = ["Abs", "Acos", "Asin", "Atan", "Ceil", "Cos", "Erf", "Exp", "Floor", "Log", "Neg", "Sin"]
    nodes = [node(name, f"v{index}", f"v{index + 1}", name) for index, name in enumerate(operators)]
    return model(nodes, inputs=[value("v0")], outputs=[value(f"v{len(operators)}")])


SAMPLES = [relu(), torch_2_9_style(), convolution(auto_pad=True), long(SHORT + 10), many_operators()]


@pytest.mark.parametrize("proto", SAMPLES)
@pytest.mark.parametrize("width", [80, 120, 200])
def test_no_line_is_wider_than_the_terminal(proto: ModelProto, width: int) -> None:
    assert [line for line in rendered(checked(proto), width).splitlines() if cell_len(line) > width] == []


@pytest.mark.parametrize("proto", SAMPLES)
def test_everything_says_that_no_matlab_ran(proto: ModelProto) -> None:
    assert NOT_RUN in rendered(checked(proto), None)
    assert json.loads(to_json(checked(proto)))["run_in_matlab"] is False


def test_what_is_printed_of_a_bad_file() -> None:
    text = rendered(checked(torch_2_9_style()))
    headings = [line for line in text.splitlines() if line and line[0].isalpha()]
    assert headings == [
        "Blocks the import (1)", "Becomes a custom layer (1)", "Warnings (1)", "Notes (1)", "The predicted network",
        "In MATLAB R2024b",
    ]  # fmt: skip
    assert "node_conv2d -> ConvLayer1000" in text
    assert 'net = importNetworkFromONNX("model.onnx", ...' in text
    assert "FAILED  model.onnx for MATLAB R2024b: something blocks the import" in text
    assert "`xverify convert FILE.onnx -o OUT.onnx" in text


def test_the_table_tells_name_kind_confidence_class_and_node() -> None:
    lines = rendered(checked(relu())).splitlines()
    assert "  relu                 built-in  assumed     ReLULayer        Relu relu" in lines
    assert "  x_BatchSizeVerifier  helper    verified    -                -" in lines


def test_a_long_network_is_summed_up_unless_all_is_asked_for() -> None:
    check = checked(long(SHORT + 10))
    short, whole = rendered(check), rendered(check, show_all=True)
    assert "node_17" not in short
    assert "      40  built-in  verified    SigmoidLayer" in short.splitlines()
    assert "node_17" in whole
    assert f"{SHORT + 13} layers" in short


def test_many_findings_are_cut_unless_all_is_asked_for() -> None:
    check = checked(many_operators())
    assert len(check.findings) == 12
    assert f"... {12 - MAX_FINDINGS} more: --all lists them" in rendered(check)
    assert rendered(check).count("What becomes of") == MAX_FINDINGS
    assert rendered(check, show_all=True).count("What becomes of") == 12


def test_the_verdict_is_strict_only_when_asked() -> None:
    check = checked(model([node("Transpose", "x", "y", "t")], outputs=[value("y", (6, 8, 3, 1))]))
    assert "PASSED" in rendered(check)
    assert "FAILED  model.onnx for MATLAB R2024b: something becomes a custom layer" in rendered(check, strict=True)


def test_names_of_a_bundle_are_counted() -> None:
    check = replace(checked(relu()), layer_ids={"relu": "relu", "other": "ReshapeLayer1000"})
    assert "1 of 2 layers of the bundle keep their name" in rendered(check)
    assert "of the bundle" not in rendered(checked(relu()))


def test_the_score_counts_what_is_assumed_apart_and_what_is_unknown_never() -> None:
    score = Score(nodes=9, built_in=3, built_in_assumed=2, helper=1, custom=1, unsupported=0, unknown=2)
    assert score_text(score) == "3 of 9 nodes as built-in layers, 2 more assumed, 1 helper, 1 custom, 2 unknown"
    assert score_text(Score(1, 1, 0, 0, 0, 0, 0)) == "1 of 1 nodes as built-in layers"


def test_the_json_has_everything() -> None:
    check = checked(torch_2_9_style())
    plain = json.loads(to_json(check))
    assert next(iter(plain)) == "schema_version"
    assert plain["schema_version"] == 1
    assert (plain["file"], plain["release"], plain["blocked"], plain["custom_layers"]) == (
        "model.onnx", "R2024b", True, True,
    )  # fmt: skip
    assert (plain["opset"], plain["ir_version"]) == (18, 10)
    assert plain["score"]["nodes"] == 3
    assert [layer["name"] for layer in plain["layers"]] == [layer.name for layer in check.prediction.layers]
    assert [finding["severity"] for finding in plain["findings"]] == ["blocks", "custom layer", "warning", "note"]
    assert plain["matlab"]["lines"][-1] == "deepNetworkDesigner(net)"


def test_hostile_names_stay_on_their_line_and_are_no_markup() -> None:
    name = "[bold]a\n\x1b[31mb[/bold]"
    text = rendered(checked(model([node("Sigmoid", "x", "y", name)], outputs=[value("y")])), None)
    assert "[bold]a [31mb[/bold] -> x_bold_a__31mb__bold" in text
    assert "\x1b" not in text
    assert json.loads(to_json(checked(model([node("Sigmoid", "x", "y", name)]))))["layers"][2]["nodes"] == [name]
