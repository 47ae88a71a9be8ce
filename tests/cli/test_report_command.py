"""`xverify report`, and what `compare` does with a baseline, annotations and reports that cannot be written."""

import json
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from sample_comparisons import beside_baseline, failing, passing, recorded

from xverify.cli.main import invoke
from xverify.comparison.results import Comparison
from xverify.report.formats import FILE_FORMATS
from xverify.report.json_report import to_json

EXACT = ["--layer", "*:atol=0,rtol=0"]
"""Makes a right bundle fail: rounding is not nothing."""


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)


def saved(name: str, *comparisons: Comparison) -> str:
    Path(name).write_bytes(to_json(*comparisons))
    return name


def dated(comparison: Comparison, date: str, **changes: str) -> Comparison:
    return msgspec.structs.replace(comparison, date=date, **changes)


def test_every_format_from_saved_json_is_what_compare_wrote(exported: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def written(name: str) -> list[str]:
        return [part for kind in FILE_FORMATS for part in (f"--{kind}", f"{name}.{kind}")]

    assert invoke(["compare", str(exported), *EXACT, *written("first"), "--all"]) == 1
    printed = capsys.readouterr().out
    assert invoke(["report", "first.json", *written("second")]) == 1
    assert capsys.readouterr().out.startswith("✗ FAILED")
    for kind in FILE_FORMATS:
        assert Path(f"first.{kind}").read_bytes() == Path(f"second.{kind}").read_bytes()
    assert invoke(["report", "first.json", "--all"]) == 1
    assert capsys.readouterr().out == printed


def test_the_exit_code_is_the_saved_verdict(capsys: pytest.CaptureFixture[str]) -> None:
    good, bad, known = saved("a.json", passing()), saved("b.json", failing()), saved("c.json", beside_baseline())
    assert invoke(["report", good]) == 0
    assert invoke(["report", bad, "-q"]) == 1
    assert invoke(["report", good, bad]) == 1
    capsys.readouterr()
    assert invoke(["report", known]) == 0
    assert "NO REGRESSION (4 known failures)" in capsys.readouterr().out


def test_runs_of_one_bundle_stand_side_by_side_and_are_told_apart(capsys: pytest.CaptureFixture[str]) -> None:
    files = [saved("a.json", passing()), saved("b.json", failing()), saved("c.json", recorded())]
    assert invoke(["report", *files]) == 1
    out = capsys.readouterr().out
    heading = next(line for line in out.splitlines() if line.startswith("layer "))
    assert heading.split("  ")[-1].strip() == "status"
    for name in ("onnxruntime 1.32.0 [a]", "onnxruntime 1.32.0 [b]", "activations.mat (MATLAB R2024b)  "):
        assert name in heading
    assert invoke(["report", *files, "--labels", "old, new,matlab"]) == 1
    assert "onnxruntime 1.32.0 [new]" in capsys.readouterr().out


def test_other_bundles_stand_one_after_the_other(capsys: pytest.CaptureFixture[str]) -> None:
    other = msgspec.structs.replace(failing(), bundle="other", bundle_id="other")
    assert invoke(["report", saved("a.json", failing()), saved("b.json", other)]) == 1
    out = capsys.readouterr().out
    assert out.count("First fault") == 2
    assert out.index("FAILED  cifar10-net") < out.index("FAILED  other")


def test_a_history_is_sorted_by_date_and_shows_the_newest(capsys: pytest.CaptureFixture[str]) -> None:
    new = saved("new.json", dated(passing(), "2026-03-01T00:00:00+00:00", bundle_id="2"))
    old = saved("old.json", dated(failing(), "2026-02-01T00:00:00+00:00", bundle_id="1"))
    assert invoke(["report", new, old, "--history", "--markdown", "h.md", "--html", "h.html", "--json", "h.json"]) == 1
    assert "First fault" not in Path("h.md").read_text(encoding="utf-8")
    capsys.readouterr()
    assert invoke(["report", new, old, "--history"]) == 1
    out = capsys.readouterr().out
    assert out.index("\nold ") < out.index("\nnew ")
    assert "█▁  worst ratio 3123x -> 0.31x" in out
    assert "█▁" in Path("h.md").read_text(encoding="utf-8")
    assert "3123x" in Path("h.html").read_text(encoding="utf-8")
    assert len(json.loads(Path("h.json").read_bytes())["comparisons"]) == 2


def test_a_page_shows_several_bundles_one_after_the_other() -> None:
    other = msgspec.structs.replace(passing(), bundle="second-net", bundle_id="other")
    assert invoke(["report", saved("a.json", passing()), saved("b.json", other), "--html", "a.html"]) == 0
    page = Path("a.html").read_text(encoding="utf-8")
    assert page.index("cifar10-net") < page.index("second-net")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["absent.json"], "absent.json cannot be read"),
        (["cut.json"], "cut short"),
        (["good.json", "--labels", "a,b"], "2 labels for 1 files"),
    ],
)
def test_bad_input(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    saved("good.json", passing())
    Path("cut.json").write_bytes(to_json(passing())[:500])
    assert invoke(["report", *arguments, "--markdown", "out.md"]) == 2
    assert words in capsys.readouterr().err
    assert not Path("out.md").exists()


def test_a_report_that_cannot_be_written_loses_neither_the_verdict_nor_the_others(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for comparison, code in ((passing(), 2), (failing(), 1)):
        arguments = ["--markdown", "absent/a.md", "--junit", "a.xml", "--json", "absent/a.json"]
        assert invoke(["report", saved("a.json", comparison), *arguments]) == code
        said = capsys.readouterr()
        assert said.err.count("cannot be written") == 2
        assert Path("a.xml").exists()
        Path("a.xml").unlink()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--html", "a", "--markdown", "./a"], "--markdown would write over what --html writes to a"),
        (["--json", "link.json"], "--json would write over the file good.json that it reads"),
        (["--html", "good.json"], "--html would write over the file good.json that it reads"),
    ],
)
def test_no_file_is_written_twice_or_over_what_is_read(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = Path(saved("good.json", passing())).read_bytes()
    Path("link.json").symlink_to("good.json")
    assert invoke(["report", "good.json", *arguments]) == 2
    assert words in capsys.readouterr().err
    assert Path("good.json").read_bytes() == before
    assert not Path("a").exists()


def test_what_stands_beside_needs_a_page(capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke(["report", saved("a.json", passing()), "--beside", "check.json"]) == 2
    assert "--beside belongs to --html" in capsys.readouterr().err


def test_devices_may_be_named_twice() -> None:
    assert invoke(["report", saved("a.json", passing()), "--json", "/dev/null", "--html", "/dev/null", "-q"]) == 0


FULL = Path("/dev/full")


@pytest.mark.skipif(not FULL.exists(), reason="a device of Linux that is always full")
def test_a_full_disk_below_the_terminal_costs_neither_the_verdict_nor_the_files(exported: Path) -> None:
    for arguments, code in ((EXACT, 1), ([], 2)):
        command = [sys.executable, "-m", "xverify", "compare", str(exported), *arguments, "--json", "a.json"]
        with FULL.open("wb") as full:
            done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
        assert (done.returncode, "Traceback" in done.stderr) == (code, False)
        assert "The output cannot be written: No space left" in done.stderr
        assert invoke(["report", "a.json", "-q"]) == (1 if arguments else 0)
        with FULL.open("wb") as full:
            command = [sys.executable, "-m", "xverify", "report", "a.json"]
            assert subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False).returncode == code


# --- compare ------------------------------------------------------------------------------------------------------------


def test_a_baseline_accepts_what_it_has_and_nothing_else(exported: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bundle = str(exported)
    assert invoke(["compare", bundle, *EXACT, "--json", "bad.json", "-q"]) == 1
    assert invoke(["compare", bundle, "--json", "good.json", "-q"]) == 0
    capsys.readouterr()
    assert invoke(["compare", bundle, *EXACT, "--baseline", "bad.json", "--json", "new.json"]) == 0
    out = capsys.readouterr().out
    assert "~ NO REGRESSION (5 known failures)" in out
    assert "PASSED" not in out
    new = json.loads(Path("new.json").read_bytes())
    assert (new["passed"], new["regressions"]["found"]) == (False, [])
    assert invoke(["compare", bundle, *EXACT, "--baseline", "good.json"]) == 1
    assert "✗ FAILED (5 regressions)" in capsys.readouterr().out
    assert invoke(["compare", bundle, "--baseline", "bad.json"]) == 0
    out = capsys.readouterr().out
    assert "5 better: the baseline can be renewed" in out
    assert "allowed more than 10 times the error" in out


def test_a_baseline_that_does_not_fit_is_refused_before_anything_runs(
    exported: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    saved("other.json", passing())
    saved("octave.json", msgspec.structs.replace(passing(), model="small", against="GNU Octave 7.3.0"))
    for name, words in (("other.json", "not of 'small'"), ("octave.json", "no comparison with 'onnxruntime")):
        assert invoke(["compare", str(exported), "--baseline", name]) == 2
        said = capsys.readouterr()
        assert words in said.err
        assert said.out == ""


def test_a_baseline_is_not_written_over(exported: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Else a job fails once, and every later one finds its failures known."""
    assert invoke(["compare", str(exported), "--json", "base.json", "-q"]) == 0
    before = Path("base.json").read_bytes()
    assert invoke(["compare", str(exported), *EXACT, "--baseline", "base.json", "--json", "./base.json"]) == 2
    assert "--json would write over the file base.json that it reads" in capsys.readouterr().err
    assert Path("base.json").read_bytes() == before


def test_annotations_and_the_summary(
    exported: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "summary.md")
    assert invoke(["compare", str(exported), *EXACT, "--annotations", "github", "--summary", "-q"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(" ", 1)[0] for line in lines] == ["::error"] * 3
    assert Path("summary.md").read_text(encoding="utf-8").startswith("## ❌ FAILED")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "absent/summary.md")
    assert invoke(["compare", str(exported), "--summary", "-q"]) == 2
    assert invoke(["compare", str(exported), *EXACT, "--summary", "-q"]) == 1
    monkeypatch.delenv("GITHUB_STEP_SUMMARY")
    capsys.readouterr()
    assert invoke(["compare", str(exported), "--summary", "-q"]) == 0
    assert "wrote nothing" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], EXACT])
def test_compare_keeps_its_verdict_when_a_report_cannot_be_written(
    exported: Path, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    code = invoke(["compare", str(exported), *arguments, "--json", "absent/a.json", "--junit", "a.xml"])
    assert code == (1 if arguments else 2)
    said = capsys.readouterr()
    assert ("FAILED  small" if arguments else "PASSED  small") in said.out
    assert "absent/a.json" in said.err
    assert Path("a.xml").exists()
