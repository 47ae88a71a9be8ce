"""`xverify reimport`: what it writes and prints, and when it writes nothing."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from test_weights_command import run

from xverify.cli.reimport import reimport


@pytest.mark.parametrize("suffix", [".safetensors", ".pt", ".pth"])
def test_the_state_dict_loads(exported: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], suffix: str) -> None:
    output = tmp_path / f"tuned{suffix}"
    assert run(reimport, exported, exported / "weights.mat", "-o", output, "--json", tmp_path / "r.json") == 0
    text = capsys.readouterr().out
    assert f"{output}: 9 parameters and buffers" in text
    assert "0 of 9" in text
    state = load_file(output) if suffix == ".safetensors" else torch.load(output, weights_only=True)
    names = json.loads((tmp_path / "r.json").read_bytes())["names"]
    assert sorted(state) == sorted(names)
    assert state["features.2.num_batches_tracked"].dtype == torch.int64
    assert state["features.2.num_batches_tracked"].shape == ()


def test_the_exported_network_again(exported: Path, model_file: Path, tmp_path: Path) -> None:
    """`export --weights` takes the file, and the new bundle has the same parameters."""
    from xverify.bundle.bundle import load_bundle
    from xverify.cli.main import invoke

    assert run(reimport, exported, exported / "weights.mat", "-o", tmp_path / "tuned.safetensors", "-q") == 0
    arguments = [
        "export",
        f"{model_file}:small",
        "--input",
        "2x3x7x5",
        "--weights",
        str(tmp_path / "tuned.safetensors"),
    ]
    assert invoke([*arguments, "-o", str(tmp_path / "again"), "-q"]) == 0
    first, second = (load_bundle(path).manifest.parameters for path in (exported, tmp_path / "again"))
    assert [item.sha256 for item in first] == [item.sha256 for item in second]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("tuned.npz", "neither .safetensors nor .pt"),
        ("there.pt", "exists already"),
        ("absent/tuned.pt", "is no folder"),
        ("folder.pt", "is a folder"),
    ],
)
def test_an_output_that_cannot_be(
    exported: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, message: str
) -> None:
    (tmp_path / "there.pt").write_text("mine")
    (tmp_path / "folder.pt").mkdir()
    assert run(reimport, exported, exported / "weights.mat", "-o", tmp_path / name) == 2
    assert message in capsys.readouterr().err
    assert (tmp_path / "there.pt").read_text() == "mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder.pt", "there.pt"]
    if name == "there.pt":
        assert run(reimport, exported, exported / "weights.mat", "-o", tmp_path / name, "--force", "-q") == 0
        assert torch.load(tmp_path / name, weights_only=True)


def test_what_is_missing_is_named(exported: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import scipy.io

    content = scipy.io.loadmat(exported / "weights.mat", struct_as_record=False)
    head = content["parameters"][0, 0].head_Weights[0, 0].value
    scipy.io.savemat(tmp_path / "w.mat", {"head": {"Weights": head}})
    arguments = (exported, tmp_path / "w.mat", "-o", tmp_path / "tuned.pt")
    assert run(reimport, *arguments) == 2
    error = capsys.readouterr().err
    assert "has no values for features_0.Weights, features_0.Bias" in error
    assert "--partial" in error
    assert not (tmp_path / "tuned.pt").exists()
    assert run(reimport, *arguments, "--partial") == 0
    text = capsys.readouterr().out
    assert "Exported values kept" in text
    assert "features.0.weight: the file has no such layer" in text


def test_pytorchs_own_activations_verify_nothing(
    exported: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = (exported, exported / "weights.mat", "-o", tmp_path / "tuned.pt")
    assert run(reimport, *arguments, "--verify", exported / "reference.mat") == 2
    assert "holds what PyTorch gave at export" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_no_file_is_written_over_another(exported: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = (exported, exported / "weights.mat", "-o", tmp_path / "tuned.pt")
    assert run(reimport, *arguments, "--json", tmp_path / "tuned.pt") == 2
    assert "--json would write over what --output writes" in capsys.readouterr().err
    assert run(reimport, *arguments, "--json", exported / "weights.mat") == 2
    assert "would write over the file" in capsys.readouterr().err
    activations = shutil.copy(exported / "reference.mat", tmp_path / "activations.mat")
    assert run(reimport, *arguments, "--verify", activations, "--bundle", exported, "--force") == 2
    assert "is the exported bundle" in capsys.readouterr().err
    Path(activations).unlink()
    assert list(tmp_path.iterdir()) == []
