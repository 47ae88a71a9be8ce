"""Several comparisons of one bundle: one table, then what belongs to each runtime alone; and the files."""

import io
import json
from pathlib import Path
from xml.etree import ElementTree as ET

import msgspec
import pytest
from rich.cells import cell_len
from rich.console import Console
from sample_comparisons import failing, hostile, passing
from test_terminal_report import line_with, rendered

from xverify.comparison.results import Comparison
from xverify.report.formats import write_report
from xverify.report.side_by_side import print_comparisons


def side_by_side(*comparisons: Comparison, width: int | None = 140, show_all: bool = False) -> str:
    console = Console(file=io.StringIO(), width=width or 80, force_terminal=width is not None, color_system=None)
    print_comparisons(comparisons, console, show_all=show_all, verbose=False)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


OCTAVE = msgspec.structs.replace(failing(), against="GNU Octave 7.3.0")


def test_one_comparison_is_printed_as_ever() -> None:
    assert side_by_side(failing(), width=120) == rendered(failing())


def test_every_layer_has_a_ratio_and_a_status_for_each_runtime() -> None:
    text = side_by_side(passing(), OCTAVE, show_all=True, width=None)
    heading = line_with(text, "layer ")
    assert heading.split()[:3] == ["layer", "operation", "shape"]
    assert heading.count("status") == 2
    assert "GNU Octave 7.3.0" in heading
    faulty = next(layer for layer in OCTAVE.layers if layer.id == OCTAVE.first_fault)
    row = next(line for line in text.splitlines() if line.startswith(faulty.module_path))
    assert row.index("passed") < row.index("FAILED")


def test_the_failures_of_any_runtime_are_shown_and_the_others_counted() -> None:
    text = side_by_side(passing(), OCTAVE)
    assert "not shown:" in text
    assert "FAILED" in text
    assert "✓ PASSED" in text
    assert "✗ FAILED" in text
    assert text.index("✓ PASSED") < text.index("First fault")  # each verdict stands below what led to it
    assert "GNU Octave 7.3.0" in next(line for line in text.splitlines() if line.startswith("✗ FAILED"))


def test_where_all_pass_only_the_verdicts_are_printed() -> None:
    text = side_by_side(passing(), passing())
    assert "operation" not in text
    assert text.count("✓ PASSED") == 2


@pytest.mark.parametrize("width", [72, 100, 140, 200])
def test_the_lines_fit_the_terminal_where_names_can_be_shortened(width: int) -> None:
    text = side_by_side(passing(), OCTAVE, width=width, show_all=True)
    table = text.strip().split("\n\n")[0].splitlines()
    assert max(map(cell_len, table)) <= width
    assert sum("passed" in line or "FAILED" in line for line in table) >= len(passing().layers)


def test_names_are_text() -> None:
    text = side_by_side(hostile(), hostile(), width=None, show_all=True)
    assert "\x1b" not in text
    assert "[bold]evil[/bold]" in text


def test_the_json_of_several_has_the_verdict_on_all(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    write_report("json", [passing(), OCTAVE], path)
    content = json.loads(path.read_bytes())
    assert (list(content), content["schema_version"], content["passed"]) == (
        ["schema_version", "passed", "comparisons"],
        1,
        False,
    )
    assert [item["passed"] for item in content["comparisons"]] == [True, False]
    write_report("json", passing(), path)
    assert json.loads(path.read_bytes()) == content["comparisons"][0]
    write_report("json", [passing()], path)
    assert json.loads(path.read_bytes()) == content["comparisons"][0]


def test_junit_has_a_suite_for_each(tmp_path: Path) -> None:
    path = tmp_path / "report.xml"
    write_report("junit", [passing(), OCTAVE], path)
    suites = ET.parse(path).getroot().findall("testsuite")
    assert len(suites) == 2
    assert "GNU Octave 7.3.0" in suites[1].attrib["name"]
    assert (suites[0].attrib["failures"], suites[1].attrib["failures"] != "0") == ("0", True)


def test_markdown_has_a_section_for_each(tmp_path: Path) -> None:
    path = tmp_path / "report.md"
    write_report("markdown", [passing(), OCTAVE], path)
    text = path.read_text(encoding="utf-8")
    assert text.count("\n## ") + text.startswith("## ") == 2
    assert "GNU Octave 7.3.0" in text
