import io
import subprocess
import sys

import msgspec
import pytest
from rich.cells import cell_len
from rich.console import Console
from sample_comparisons import (
    FAULTY,
    HOSTILE,
    LAYERS,
    changed,
    changed_parameters,
    failing,
    hostile,
    layer,
    measure,
    passing,
    recorded,
)

from xverify.comparison.results import Comparison, Coverage, Status
from xverify.report.terminal import MAX_FAILURES, print_comparison
from xverify.report.text import one_line

COMPARISONS = {
    "passing": passing(),
    "failing": failing(),
    "recorded": recorded(),
    "changed parameters": changed_parameters(23),
    "hostile": hostile(),
}


def rendered(
    comparison: Comparison,
    width: int | None = 120,
    *,
    show_all: bool = False,
    verbose: bool = False,
    colour: bool = False,
) -> str:
    """What is printed on a terminal of this width; None stands for a pipe."""
    console = Console(
        file=io.StringIO(),
        width=width or 80,
        force_terminal=width is not None,
        color_system="standard" if colour else None,
    )
    print_comparison(comparison, console, show_all=show_all, verbose=verbose)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def line_with(text: str, words: str) -> str:
    return next(line for line in text.splitlines() if words in line)


@pytest.mark.parametrize("width", [60, 80, 120, 200])
@pytest.mark.parametrize("name", COMPARISONS)
@pytest.mark.parametrize("everything", [False, True])
def test_no_line_exceeds_the_terminal(name: str, width: int, everything: bool) -> None:
    text = rendered(COMPARISONS[name], width, show_all=everything, verbose=everything)
    assert max(map(cell_len, text.splitlines())) <= width


@pytest.mark.parametrize("width", [60, 80, 120, 200, None])
def test_verdict_names_and_numbers_survive_every_width(width: int | None) -> None:
    text = rendered(failing(), width, show_all=True)
    for words in (
        "✗ FAILED",
        "✓ passed",
        "! not compared",
        "~ permitted",
        "features.denseblock3.denselayer12.norm1",
        "encoder.layers.encoder_layer_11.self_attention",
        "1.24e-03",
        "3.97e-07",
        "1.30e-03",
        "1.21e-06",
        "8/10 compared",
        "conv_99",
        "unlabelled",
    ):
        assert words in text


@pytest.mark.parametrize("width", [60, 80, 120, 200, None])
def test_a_passed_run_is_a_short_summary(width: int | None) -> None:
    lines = rendered(passing(), width).strip().splitlines()
    assert 3 <= len(lines) <= (12 if width == 60 else 8)  # at 60 columns most facts take a second line
    assert lines[0].startswith("✓ PASSED  cifar10-net (torchvision:densenet121) against")
    text = " ".join(lines)
    for words in ("10/10 compared", "364 checked bit for bit", "features.conv0", "(0.31x)", "(0.21x)", "1.32.0"):
        assert words in text
    assert "features.norm0" not in text


def test_a_pipe_gets_one_line_a_layer_however_long() -> None:
    text = rendered(failing(), None)
    line = line_with(text, "features.denseblock3.denselayer12.norm1 (dens_dens_12_norm1)  ")
    assert line.split() == [
        "features.denseblock3.denselayer12.norm1",
        "(dens_dens_12_norm1)",
        *("batch_norm", "2x608x14x12"),
        *("1.24e-03", "3.97e-07", "3123x"),
        *("1.30e-03", "1.21e-06", "1074x"),
        *("✗", "FAILED"),
    ]
    assert "\x1b" not in text
    assert not set(text) & set("│┃─━┏┓└┘")


def test_columns_are_aligned() -> None:
    lines = rendered(passing(), 200, show_all=True).splitlines()
    heading = line_with("\n".join(lines), "operation")
    for line in lines[2:12]:
        assert line.index("passed") == heading.index("status") + 2
        assert line[heading.index("shape") - 1] == " "
        assert line[heading.index("shape")].isdigit()


def test_wide_characters_keep_the_columns_aligned() -> None:
    wide = layer("网络.卷积", "convolution", (2, 3), id="conv")
    lines = rendered(passing(layers=(wide, LAYERS[0])), 120, show_all=True).splitlines()[2:4]
    positions = {cell_len(line[: line.index("passed")]) for line in lines}
    assert len(positions) == 1


def test_status_is_told_by_word_and_by_colour() -> None:
    text = rendered(failing(), 120, colour=True)
    assert "\x1b[1;31m✗ FAILED" in text
    assert "\x1b[1;31m1.24e-03" in text
    assert "\x1b[33m! not compared" in text


def test_failures_come_with_their_neighbours_and_the_rest_is_counted() -> None:
    text = rendered(failing())
    table = text[: text.index("Not compared")]
    assert "features.pool0" in table
    assert "features.relu0" not in table
    assert "... not shown: 3 passed" in table
    assert "... not shown: 2 passed, 1 permitted" in table


def test_show_all_leaves_nothing_out() -> None:
    text = rendered(failing(), show_all=True)
    assert "not shown" not in text
    assert "features.relu0" in text


def many_failures(count: int) -> Comparison:
    """All layers fail downstream; only the last one also fails by itself."""
    layers = [
        layer(f"block.{number}", "relu", (2, 3), status=Status.FAILED, accumulated=measure(1.0, 1e-6))
        for number in range(count)
    ]
    layers[-1] = changed(layers[-1], local=measure(1.0, 1e-6))
    return passing(
        passed=False, layers=tuple(layers), coverage=Coverage(count, count), first_fault=f"block_{count - 1}"
    )


def test_too_many_failures_are_cut_but_never_the_layers_that_fail_by_themselves() -> None:
    count = 200
    text = rendered(many_failures(count), 120)
    shown = [line for line in text.splitlines() if line.startswith("block.")]
    assert len(shown) <= MAX_FAILURES + 2
    assert any(line.startswith(f"block.{count - 1} ") for line in shown)
    assert f"... not shown: {count - len(shown)} FAILED" in text


@pytest.mark.parametrize("show_all", [False, True])
def test_what_was_not_compared_or_permitted_is_always_listed_with_its_reason(show_all: bool) -> None:
    text = rendered(failing(), None, show_all=show_all)
    assert "encoder_layer_11.self_attention (encoder_layers_encod): its value is no tensor in model.onnx" in text
    assert "add_7: fused by the code generator [not in activations.mat]" in text


def test_permitted_layers_are_listed_when_the_comparison_passes() -> None:
    permitted = changed(LAYERS[1], status=Status.NOT_COMPARED, permitted="no license", reason="not in the file")
    text = rendered(passing(layers=(LAYERS[0], permitted), coverage=Coverage(1, 2)), None)
    assert "features.norm0: no license [not in the file]" in text
    assert "1/2 compared; 1 permitted" in text


def test_notes_are_printed_when_the_comparison_passes() -> None:
    assert "the export warned" in rendered(passing(notes=("the export warned",)))


def test_a_pass_that_rests_on_one_measure_says_so() -> None:
    chaotic = tuple(changed(item, reason="ill-conditioned: judged by its local error alone") for item in LAYERS)
    text = rendered(passing(layers=chaotic), None)
    assert "Passed, with a remark" in text
    assert "and 5 more: ill-conditioned: judged by its local error alone" in text
    assert "tokens" in rendered(passing(layers=chaotic), None, verbose=True)


def test_a_failure_that_no_number_explains_shows_its_reason_on_its_line() -> None:
    text = rendered(recorded(), 120)
    lines = text[: text.index("First layer that fails")].splitlines()
    place = next(number for number, line in enumerate(lines) if "denselayer12.norm1" in line)
    assert lines[place + 1] == "    shape is 2x608x12x14, PyTorch's is 2x608x14x12"


def test_a_recorded_file_has_no_empty_columns() -> None:
    text = rendered(recorded(), 120)
    assert line_with(text, "accumulated   allowed").split() == [
        "layer",
        "operation",
        "shape",
        "accumulated",
        "allowed",
        "status",
    ]


def test_changed_parameters_are_listed_and_cut() -> None:
    text = rendered(changed_parameters(23))
    assert "Changed parameters (23)" in text
    assert "block.19.weight" in text
    assert "block.20.weight" not in text
    assert "and 3 more" in text


def test_verbose_tells_what_each_tolerance_rests_on_and_the_informing_measures() -> None:
    text = rendered(passing(), 200, show_all=True, verbose=True)
    for words in ("allowed because", "SNR 138.2 dB", "cosine 0.999999999", "2 ULP", "top-1 agreement 100.00%"):
        assert words in text
    assert "same value as      dens_dens_12_norm1" in text
    assert "SNR" not in rendered(passing(), 200, show_all=True)


def test_hostile_text_is_shown_and_never_interpreted() -> None:
    text = rendered(hostile(), None, show_all=True, verbose=True, colour=False)
    assert "[bold]evil[/bold] a|b <i>&amp; `x` *y* _z_ second line [31m" in text
    assert not set(text) & set("\x1b\x00\t\u202e\udc80")
    assert one_line(HOSTILE) in line_with(text, "FAILED")
    text.encode("utf-8")


def test_a_console_that_has_no_such_characters_gets_ascii() -> None:
    raw = io.BytesIO()
    console = Console(file=io.TextIOWrapper(raw, encoding="ascii"), width=80, force_terminal=True, color_system=None)
    print_comparison(hostile(), console, show_all=True, verbose=True)
    console.file.flush()
    assert "x FAILED" in raw.getvalue().decode("ascii")
    assert r"\u7f51" in raw.getvalue().decode("ascii")


def test_a_comparison_without_layers_still_says_what_it_is() -> None:
    empty = passing(passed=False, layers=(), coverage=Coverage(0, 0), problems=("the file is empty",))
    text = rendered(empty)
    assert "✗ FAILED" in text
    assert "0/0 compared" in text
    assert "the file is empty" in text


def test_the_verdict_follows_passed_and_nothing_else() -> None:
    assert "✗ FAILED  cifar10-net" in rendered(msgspec.structs.replace(passing(), passed=False))
    assert "✓ PASSED  cifar10-net" in rendered(msgspec.structs.replace(passing(), layers=(FAULTY,)))


def test_importing_the_terminal_report_loads_no_heavy_package() -> None:
    code = "import sys, xverify.report.terminal as _; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "rich" in loaded
    assert not {"torch", "onnx", "onnxruntime", "scipy", "numpy", "junitparser", "matplotlib"} & set(loaded)


@pytest.mark.parametrize("width", [60, 80])
def test_a_name_longer_than_the_terminal_is_folded_and_not_cut(width: int) -> None:
    path = ".".join(f"block{number}" for number in range(20))
    deep = layer(path, "relu", (2, 3), id="deep", status=Status.NOT_COMPARED, reason="missing")
    text = rendered(passing(passed=False, layers=(deep,)), width, show_all=True)
    assert max(map(cell_len, text.splitlines())) <= width
    assert text.replace(" ", "").replace("\n", "").count(path) >= 2
