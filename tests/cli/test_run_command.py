"""`xverify run`, and `compare` with several runtimes, maps and time limits, end to end."""

import json
from pathlib import Path

import pytest
import scipy.io
from octave_program import needs_octave

from xverify.cli.main import invoke


@needs_octave
def test_a_run_in_octave_is_compared(exported: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "activations.mat"
    assert invoke(["run", str(exported), "-o", str(path)]) == 0
    output = capsys.readouterr().out
    assert f"{path}: 5 layers. Compare them: xverify compare {exported} --against {path}" in output
    assert invoke(["compare", str(exported), "--against", str(path), "-q"]) == 0


def test_a_run_in_onnxruntime_prints_nothing_where_asked(
    exported: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "activations.mat"
    assert invoke(["run", str(exported), "--on", "onnxruntime", "-o", str(path), "-q"]) == 0
    assert capsys.readouterr().out == ""
    assert {"head", "xverify_info"} <= scipy.io.loadmat(path).keys()


@needs_octave
def test_runtimes_stand_side_by_side_and_all_must_pass(
    exported: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = tmp_path / "report.json"
    both = ["compare", str(exported), "--against", "onnxruntime", "--against", "octave", "--all"]
    assert invoke([*both, "--json", str(report)]) == 0
    output = capsys.readouterr().out
    assert output.count("✓ PASSED") == 2
    assert output.count("features.0 ") == 1  # one row for both
    assert json.loads(report.read_bytes())["passed"] is True
    activations = tmp_path / "activations.mat"
    content = scipy.io.loadmat(exported / "reference.mat")
    values = {name: value for name, value in content.items() if not name.startswith(("__", "xverify"))}
    values["head"] = values["head"] + 0.01
    scipy.io.savemat(activations, values)
    assert invoke([*both, "--against", str(activations), "--json", str(report)]) == 1
    assert [item["passed"] for item in json.loads(report.read_bytes())["comparisons"]] == [True, True, False]


def test_a_map_names_the_variables(exported: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = scipy.io.loadmat(exported / "reference.mat")
    values = {name: value for name, value in content.items() if not name.startswith(("__", "xverify"))}
    values["last"] = values.pop("head").T
    scipy.io.savemat(tmp_path / "theirs.mat", values)
    command = ["compare", str(exported), "--against", str(tmp_path / "theirs.mat")]
    assert invoke([*command, "-q"]) == 1
    (tmp_path / "map.toml").write_text('[head]\nvariable = "last"\ndims = "BC"\n')
    assert invoke([*command, "--map", str(tmp_path / "map.toml"), "-q"]) == 0
    capsys.readouterr()
    assert invoke(["compare", str(exported), "--map", str(tmp_path / "map.toml")]) == 2
    assert "--map belongs to a .mat file" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--against", "octavia"], "'octavia' is neither a runtime nor a .mat file"),
        (["--against", "octave", "--timeout", "0"], "timeout"),
        (["--against", "no.mat"], "no.mat does not exist"),
    ],
)
def test_bad_input_is_told_in_one_message(
    exported: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert invoke(["compare", str(exported), *arguments]) == 2
    assert message in capsys.readouterr().err


def test_an_absent_octave_is_told(
    exported: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("XVERIFY_OCTAVE", raising=False)
    assert invoke(["compare", str(exported), "--against", "octave"]) == 2
    error = capsys.readouterr().err
    assert "GNU Octave is not installed" in error
    assert "apt-get install octave" in error
