"""The commands end to end, in process: exit codes, files, output."""

import json
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import numpy_helper
from scipy.io import savemat

from xverify.bundle.bundle import load_bundle, rehash
from xverify.bundle.matfile import cell
from xverify.cli.main import invoke
from xverify.version import VERSION


@pytest.fixture
def bundle(exported: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(exported, tmp_path / "bundle"))


def spoil_weight(folder: Path, initializer: str) -> None:
    """Swaps two rows of a weight in model.onnx and signs the bundle again."""
    model = onnx.load(folder / "model.onnx")
    target = next(item for item in model.graph.initializer if item.name == initializer)
    array = numpy_helper.to_array(target).copy()
    array[[0, 1]] = array[[1, 0]]
    target.CopyFrom(numpy_helper.from_array(array, initializer))
    onnx.save(model, folder / "model.onnx")
    rehash(folder)


def test_a_passing_comparison_exits_0_and_every_report_says_so(
    bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = {kind: tmp_path / f"report.{kind}" for kind in ("json", "xml", "md")}
    code = invoke(
        [
            "compare",
            str(bundle),
            "--json",
            str(files["json"]),
            "--junit",
            str(files["xml"]),
            "--markdown",
            str(files["md"]),
        ]
    )
    assert code == 0
    assert "PASSED" in capsys.readouterr().out
    verdict = json.loads(files["json"].read_text())
    layers = len(load_bundle(bundle).manifest.layers)
    assert verdict["passed"] is True
    assert verdict["coverage"] == {"compared": layers, "total": layers}
    assert len(verdict["layers"]) == layers
    assert all(layer["status"] == "passed" and layer["local"]["passed"] for layer in verdict["layers"])
    assert verdict["parameters"]["checked"] == len(load_bundle(bundle).manifest.initializers) == 8
    assert int(ET.parse(files["xml"]).getroot().get("failures", "0")) == 0
    assert "passed" in files["md"].read_text().lower()


def test_a_fault_exits_1_and_names_the_layer(bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spoil_weight(bundle, "features_0_weight")
    report = tmp_path / "verdict.json"
    assert invoke(["compare", str(bundle), "--json", str(report)]) == 1
    output = capsys.readouterr().out
    assert "FAILED" in output
    assert "features.0.weight" in output
    verdict = json.loads(report.read_text())
    assert verdict["first_fault"] == "features_0"
    assert [finding["initializer"] for finding in verdict["parameters"]["changed"]] == ["features_0_weight"]


def test_a_changed_byte_is_refused_with_2_and_the_file_named(bundle: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("model.onnx", "weights.mat", "reference.mat"):
        path = bundle / name
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
        assert invoke(["compare", str(bundle)]) == 2
        error = capsys.readouterr().err
        assert name in error
        assert "TIP" in error
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
    assert invoke(["compare", str(bundle), "-q"]) == 0


def test_recorded_activations_are_compared(bundle: Path, tmp_path: Path) -> None:
    opened = load_bundle(bundle)
    values = {
        layer.id: np.transpose(opened.reference(layer), layer.array.permutation) for layer in opened.manifest.layers
    }
    path = tmp_path / "activations.mat"
    savemat(path, values)
    assert invoke(["compare", str(bundle), "--against", str(path), "-q"]) == 0
    values["head"] = values["head"] + np.float32(0.01)
    savemat(path, values)
    assert invoke(["compare", str(bundle), "--against", str(path), "-q"]) == 1
    del values["head"]
    savemat(path, values)
    assert invoke(["compare", str(bundle), "--against", str(path), "-q"]) == 1
    assert invoke(["compare", str(bundle), "--against", str(path), "-q", "--allow", "head=not dumped"]) == 0


def test_another_bundles_activations_are_refused(
    bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "activations.mat"
    savemat(
        path,
        {"head": np.zeros((4, 2)), "xverify_info": {"producer": "MATLAB", "bundle_id": "other", "layers": cell([])}},
    )
    assert invoke(["compare", str(bundle), "--against", str(path)]) == 2
    assert "another bundle" in capsys.readouterr().err


def test_fixed_tolerances_and_settings(bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert invoke(["compare", str(bundle), "-q", "--atol", "0"]) == 1  # no runtime is equal bit for bit
    assert invoke(["compare", str(bundle), "-q", "--atol", "1e-4"]) == 0
    (tmp_path / "xverify.toml").write_text("atol = 0.0\n")
    assert invoke(["compare", str(bundle), "-q"]) == 1
    (tmp_path / "xverify.toml").write_text('atol = 0.0\n[[layer]]\npattern = "*"\natol = 1e-4\n')
    assert invoke(["compare", str(bundle), "-q"]) == 0


def test_inspect_lists_the_layers(bundle: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke(["inspect", str(bundle)]) == 0
    output = capsys.readouterr().out
    for text in ("features.0", "convolution2dLayer", "batchNormalizationLayer", "2x5x7x6", "fullyConnectedLayer"):
        assert text in output


def test_version_and_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke(["--version"]) == 0
    assert VERSION in capsys.readouterr().out
    for command in ("train", "export", "compare", "inspect"):
        assert invoke([command, "--help"]) == 0
        assert "Usage: xverify" in capsys.readouterr().out


def test_quiet_prints_nothing(bundle: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke(["compare", str(bundle), "-q"]) == 0
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == ""


def test_a_reader_that_goes_away_does_not_change_the_exit_code(bundle: Path) -> None:
    for spoil, expected in ((False, 0), (True, 1)):
        if spoil:
            spoil_weight(bundle, "head_weight")
        process = subprocess.Popen(
            [sys.executable, "-m", "xverify", "compare", str(bundle), "--all"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == b""
        assert process.wait() == expected


def test_an_export_without_float64_says_what_its_tolerances_rest_on(
    model_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["export", f"{model_file}:small", "--input", "2x3x7x5", "-o", str(tmp_path / "net"), "--no-float64"]
    assert invoke(arguments) == 0
    told = capsys.readouterr().out
    assert "NOTE no float64 truth from there on: float64 was switched off; tolerances rest on a rounding bound" in told
    assert "MATLAB R2024b: " in told
    assert invoke(["compare", str(tmp_path / "net"), "-q"]) == 0


def test_an_export_for_a_release_and_any_batch(model_file: Path, tmp_path: Path) -> None:
    arguments = ["export", f"{model_file}:small", "--input", "2x3x7x5", "-o", str(tmp_path / "net"), "-q"]
    assert invoke([*arguments, "--release", "r2022b", "--dynamic-batch"]) == 0
    model = onnx.load(tmp_path / "net" / "model.onnx")
    assert (model.opset_import[0].version, model.ir_version) == (13, 7)
    assert model.graph.input[0].type.tensor_type.shape.dim[0].dim_param == "batch"
    assert load_bundle(tmp_path / "net").manifest.model.release == "R2022b"
    assert invoke(["compare", str(tmp_path / "net"), "-q"]) == 0
    assert invoke(["check", str(tmp_path / "net"), "-q", "--strict"]) == 0


def test_an_unknown_release_is_refused_before_any_work(
    model_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["export", f"{model_file}:small", "--input", "2x3x7x5", "-o", str(tmp_path / "net")]
    assert invoke([*arguments, "--release", "R1812a"]) == 2
    captured = capsys.readouterr()
    assert "R1812a" in captured.err
    assert "R2024b" in captured.err
    assert captured.out == ""
