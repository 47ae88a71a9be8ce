"""`xverify weights`: exit codes, the table, the JSON, messages."""

import json
from pathlib import Path

import click
import numpy as np
import pytest
import scipy.io

from xverify.cli import boundary
from xverify.cli.weights import weights


def run(command: click.Command, *arguments: str | Path) -> int:
    """A command line's exit code."""

    def action() -> int:
        result = command.main([str(item) for item in arguments], standalone_mode=False)
        return result if isinstance(result, int) else boundary.MATCH

    return boundary.exit_code_of(action)


@pytest.fixture
def changed(exported: Path, tmp_path: Path) -> Path:
    """The bundle's weights with one value of the first layer changed, as a struct a layer."""
    content = scipy.io.loadmat(exported / "weights.mat", struct_as_record=False)
    parameters = content["parameters"][0, 0]
    layers: dict[str, dict[str, np.ndarray]] = {}
    for key in parameters._fieldnames:
        layer, _, name = key.rpartition("_")
        if not key.startswith("other"):
            layers.setdefault(layer, {})[name] = getattr(parameters, key)[0, 0].value
    layers["features_0"]["Weights"][0, 1, 2, 3] += 0.5
    scipy.io.savemat(tmp_path / "changed.mat", layers)
    return tmp_path / "changed.mat"


def test_equal(exported: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(weights, exported, exported / "weights.mat") == 0
    text = capsys.readouterr().out
    assert "PASSED  9 parameters: 9 equal" in text
    assert "layer id" in text
    assert run(weights, exported, exported / "weights.mat", "--all") == 0
    assert "features_2.TrainedVariance  features.2.running_var" in capsys.readouterr().out


def test_changed(exported: Path, changed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(weights, exported, changed, "--json", tmp_path / "w.json") == 1
    text = capsys.readouterr().out
    assert "features_0.Weights  features.0.weight  features_0.Weights" in text
    assert "5.00e-01" in text
    assert "FAILED  9 parameters: 7 equal, 1 changed, 1 kept" in text
    report = json.loads((tmp_path / "w.json").read_bytes())
    assert (report["schema_version"], report["passed"], report["form"]) == (1, False, "exportWeights")
    (found,) = [item for item in report["parameters"] if item["status"] == "changed"]
    assert found["change"]["index"] == [1, 2, 3, 4]
    assert run(weights, exported, changed, "--atol", "0.6", "-q") == 0
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["none.mat"], "none.mat does not exist"),
        (["text.mat"], "is not a readable MAT file"),
        (["short.mat"], "cut short"),
        (["arrays.mat"], "holds no layers"),
        (["arrays.mat", "--map", "none.toml"], "none.toml cannot be read"),
        (["changed.mat", "--onnx", "text.mat"], "is no readable ONNX file"),
        (["changed.mat", "--variable", "net"], "has no network 'net'"),
    ],
)
def test_bad_input(
    exported: Path,
    changed: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    message: str,
) -> None:
    (tmp_path / "text.mat").write_text("this is no MAT file" * 20)
    (tmp_path / "short.mat").write_bytes((exported / "weights.mat").read_bytes()[:3000])
    scipy.io.savemat(tmp_path / "arrays.mat", {"w": np.eye(3)})
    layers = scipy.io.loadmat(changed)
    scipy.io.savemat(changed, {"renamed": layers["features_0"], "head": layers["head"]})
    assert run(weights, exported, *(tmp_path / item if "." in item else item for item in arguments)) == 2
    error = capsys.readouterr().err
    assert message in error
    assert "TIP" in error


def test_a_damaged_bundle(exported: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(weights, tmp_path, exported / "weights.mat") == 2
    assert "is not a bundle" in capsys.readouterr().err


def test_a_mismatch_stays_one_where_the_report_cannot_be_written(
    exported: Path, changed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(weights, exported, changed, "--json", tmp_path / "no" / "w.json", "-q") == 1
    assert "cannot be written" in capsys.readouterr().err
    assert run(weights, exported, changed, "--json", changed, "-q") == 2
    assert "would write over the file" in capsys.readouterr().err


@pytest.mark.parametrize("value", ["inf", "nan"])
def test_a_tolerance_without_an_end_is_refused(
    exported: Path, changed: Path, capsys: pytest.CaptureFixture[str], value: str
) -> None:
    assert run(weights, exported, changed, "--atol", value) == 2
    assert "lets every value pass" in capsys.readouterr().err
