"""Bad input of every kind: one clear message with a hint, the right exit code, no traceback, nothing half written."""

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.io import savemat

from xverify.cli.main import invoke


def refused(capsys: pytest.CaptureFixture[str], arguments: list[str], *words: str) -> None:
    """Exit code 2, one ERROR line with the words, one TIP, no traceback."""
    assert invoke(arguments) == 2
    error = capsys.readouterr().err
    assert error.startswith("ERROR ")
    assert "TIP " in error
    assert "Traceback" not in error
    for word in words:
        assert word in error


def leftovers(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize(
    ("factory", "options", "words"),
    [
        ("small", ["--input", "2x4x7x5"], ["rejects", "2x4x7x5"]),
        ("small", ["--input", "2xx6"], ["2xx6"]),
        ("small", ["--input", "nothere=2x3x7x5"], ["forward(x)"]),
        ("small", [], ["--input"]),
        ("with_nan", ["--input", "2x3x7x5"], ["head.weight", "NaN"]),
        ("Branches", ["--input", "2x3"], ["cannot export", "What usually helps"]),
        ("Half", ["--input", "2x3"], ["layer.weight", "float16"]),
        ("Logarithm", ["--input", "2x3"], ["NaN"]),
        ("absent", ["--input", "2x3"], ["absent", "small"]),
    ],
)
def test_models_and_inputs_that_cannot_be_exported(
    model_file: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    factory: str,
    options: list[str],
    words: list[str],
) -> None:
    refused(capsys, ["export", f"{model_file}:{factory}", "-o", str(tmp_path / "b"), "-q", *options], *words)
    assert leftovers(tmp_path) == []


def test_sources_and_files_that_are_not_there(
    model_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = ["-o", str(tmp_path / "b"), "-q"]
    refused(capsys, ["export", "torchvision:resnet19", *out], "resnet19", "resnet18")
    refused(capsys, ["export", "no.such.module:factory", *out], "module 'no'")
    refused(capsys, ["export", str(tmp_path / "missing.py") + ":f", *out], "missing.py")
    refused(capsys, ["export", f"{model_file}:small", "--weights", str(tmp_path / "w.pt"), *out], "w.pt")
    refused(capsys, ["export", f"{model_file}:small", "--inputs", str(tmp_path / "x.npy"), *out], "x.npy")
    refused(
        capsys,
        ["export", f"{model_file}:small", "--input", "2x3x7x5", "--classes", str(tmp_path / "c.txt"), *out],
        "c.txt",
    )
    assert leftovers(tmp_path) == []


def test_inputs_with_nan_are_refused(model_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = np.ones((2, 3, 7, 5), np.float32)
    data[1, 2, 3, 4] = np.nan
    np.save(tmp_path / "x.npy", data)
    refused(
        capsys, ["export", f"{model_file}:small", "--inputs", str(tmp_path / "x.npy"), "-o", str(tmp_path / "b")], "NaN"
    )
    assert leftovers(tmp_path) == ["x.npy"]


def test_an_existing_target_is_refused_before_the_work(
    model_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("years of work")
    arguments = ["export", f"{model_file}:small", "--input", "2x3x7x5", "-o", str(tmp_path / "mine"), "-q"]
    refused(capsys, arguments, "exists already", "--force")
    refused(capsys, [*arguments, "--force"], "not a bundle")
    assert (tmp_path / "mine" / "thesis.tex").read_text() == "years of work"


def test_folders_that_are_no_bundles(exported: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty").mkdir()
    refused(capsys, ["compare", str(tmp_path / "empty")], "not a bundle")
    refused(capsys, ["compare", str(tmp_path / "nowhere")], "does not exist")
    refused(capsys, ["inspect", str(exported / "manifest.json")], "not a bundle")
    copy = Path(shutil.copytree(exported, tmp_path / "newer"))
    manifest = json.loads((copy / "manifest.json").read_text())
    manifest["format_version"] = 99
    (copy / "manifest.json").write_text(json.dumps(manifest))
    refused(capsys, ["compare", str(copy)], "99", "newer")
    (copy / "manifest.json").write_text("{")
    refused(capsys, ["compare", str(copy)], "manifest.json", "damaged")
    (copy / "manifest.json").unlink()
    refused(capsys, ["compare", str(copy)], "not a bundle")


def test_activations_that_cannot_be_read(exported: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    compare = ["compare", str(exported), "--against"]
    refused(capsys, [*compare, str(tmp_path / "none.mat")], "none.mat", "does not exist")
    refused(capsys, [*compare, "tensorrt"], "tensorrt", "onnxruntime")
    (tmp_path / "text.mat").write_text("1 2 3")
    refused(capsys, [*compare, str(tmp_path / "text.mat")], "text.mat")


def test_a_mat_file_of_another_shape_or_type_is_a_mismatch_that_says_why(
    exported: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    savemat(tmp_path / "a.mat", {"head": np.zeros((3, 3)), "features_0": "text", "zzz": np.ones((2, 2))})
    assert invoke(["compare", str(exported), "--against", str(tmp_path / "a.mat")]) == 1
    output = capsys.readouterr().out
    assert "zzz" in output
    assert "shape 3x3 instead of 2x4" in output


def test_options_that_say_nothing_or_too_much(exported: Path, capsys: pytest.CaptureFixture[str]) -> None:
    compare = ["compare", str(exported)]
    refused(capsys, [*compare, "--atol", "-1"], "not negative")
    refused(capsys, [*compare, "--layer", "head"], "GLOB")
    refused(capsys, [*compare, "--layer", "nothing*:atol=1"], "nothing*")
    refused(capsys, [*compare, "--allow", "head"], "reason")
    refused(capsys, [*compare, "--allow", "hed=typing error"], "hed")
    refused(capsys, [*compare, "--no-such-option"], "--no-such-option")
    refused(capsys, ["compare"], "BUNDLE")


def test_a_report_that_cannot_be_written(exported: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    refused(capsys, ["compare", str(exported), "-q", "--json", str(tmp_path / "no" / "folder" / "x.json")], "x.json")


def test_a_disk_that_is_full_leaves_nothing(model_file: Path, tmp_path: Path) -> None:
    """A real write error: the process may write files of 4 kB only."""
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)); "
    code = limit + "from xverify.cli.main import run; run()"
    target = tmp_path / "place" / "b"
    process = subprocess.run(
        [
            sys.executable,
            "-B",
            "-c",
            code,
            "export",
            f"{model_file}:small",
            "--input",
            "2x3x7x5",
            "-o",
            str(target),
            "-q",
        ],
        capture_output=True,
        text=True,
        env={**os.environ, "TORCHINDUCTOR_CACHE_DIR": str(tmp_path / "cache")},
        check=False,
    )
    assert process.returncode == 2, process.stderr
    assert process.stderr.startswith("ERROR Writing failed: File too large.")
    assert "Traceback" not in process.stderr
    assert leftovers(tmp_path / "place") == []
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 4096


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_in_the_middle_of_an_export_leaves_nothing(
    model_file: Path, tmp_path: Path, stop: signal.Signals
) -> None:
    place = tmp_path / "place"
    place.mkdir()
    process = subprocess.Popen(
        [sys.executable, "-m", "xverify", "export", f"{model_file}:Slow", "--input", "2x3x7x5", "-o", str(place / "b")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    for line in process.stdout:
        if "in forward" in line:
            break
    process.send_signal(stop)
    error = process.stderr.read()
    assert process.wait() == 130
    assert "Interrupted" in error
    assert "Traceback" not in error
    assert leftovers(place) == []
