"""`xverify explain` end to end: a layer that passes, one that fails and why, one of a file, and bad input."""

from pathlib import Path

import numpy as np
import pytest
import scipy.io

from xverify.bundle.bundle import Bundle
from xverify.cli.main import invoke


def shown(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert invoke(["explain", *arguments]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    return captured.out


def test_a_layer_that_passes(exported: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(capsys, str(exported), "features.0")
    assert "passed" in text
    assert "convolution2dLayer" in text
    assert "features.0.weight" in text
    assert "5x3x3x2" in text
    assert "is read by         features_1" in text


def recorded(exported: Path, folder: Path, wrong: str, change: np.ndarray | float) -> Path:
    content = scipy.io.loadmat(exported / "reference.mat")
    values = {name: value for name, value in content.items() if not name.startswith(("__", "xverify"))}
    values |= {f"xverify_local_{name}": value for name, value in values.items() if name != "x"}
    for name in (wrong, f"xverify_local_{wrong}"):
        values[name] = values[name] + np.float32(change)
    path = folder / "activations.mat"
    scipy.io.savemat(path, values)
    return path


def test_where_the_error_is(exported: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change = np.zeros((7, 6, 5, 2), np.float32)  # height, width, channel, batch
    change[2, 4, 3, 1] = 0.25
    path = recorded(exported, tmp_path, "features_2", change)
    text = shown(capsys, str(exported), "features_2", "--against", str(path))
    assert "status             FAILED" in text
    assert "[1, 3, 2, 4]" in text
    assert "By channel: 1 of 5 have an error" in text
    rows = [line for line in text.splitlines() if line.startswith("  |")]
    assert (len(rows), {len(row) for row in rows}) == (7, {6 + 4})
    assert [number for number, row in enumerate(rows) if "█" in row] == [2]
    assert rows[2].index("█") == 3 + 4


def test_a_layer_that_is_not_there(exported: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke(["explain", str(exported), "nothing"]) == 2
    error = capsys.readouterr().err
    assert "'nothing' is no layer of this bundle" in error
    assert "xverify inspect" in error


def test_a_module_that_makes_several_layers_is_no_name_of_one(
    aliases_bundle: Bundle, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = [layer.module_path for layer in aliases_bundle.manifest.layers]
    several = next(path for path in paths if paths.count(path) > 1)
    assert invoke(["explain", str(aliases_bundle.path), several]) == 2
    assert f"makes {paths.count(several)} layers" in capsys.readouterr().err
