"""GNU Octave as the other side of a data set: the same pixels, of one size as an array and of several as files."""

import json
import shutil
from pathlib import Path

import pytest
from octave_program import needs_octave
from parity_fixtures import CLASSES, HEIGHT, NORMALIZE, OF_EACH, WIDTH, write_images

from xverify.cli.main import invoke
from xverify.runtimes import engine_answers

TOTAL = len(CLASSES) * OF_EACH


def parity(tmp_path: Path, *arguments: object) -> tuple[int, dict]:  # type: ignore[type-arg]
    record = tmp_path / "parity.json"
    code = invoke(["evaluate-parity", *map(str, arguments), "--against", "octave", "--json", str(record), "-q"])
    return code, json.loads(record.read_text()) if record.exists() else {}


@needs_octave
def test_octave_decides_alike_on_an_array_of_pixels(
    parity_bundle: Path, images: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_answers, "SAMPLES", 8)
    monkeypatch.setattr("xverify.datasets.stream.MOST", 4)

    code, record = parity(tmp_path, parity_bundle, "--data", images)

    assert (code, record["passed"], record["samples"]["compared"]) == (0, True, TOTAL)
    assert record["against"].startswith("GNU Octave")
    assert 0 < record["logits"]["largest_ratio"] < 1
    assert record["inputs"]["compared"] == record["inputs"]["equal"] > 8, "several starts, some inputs each"


@needs_octave
def test_octave_resizes_images_of_different_sizes_to_the_same_bytes(parity_model: Path, tmp_path: Path) -> None:
    data = write_images(tmp_path / "data", (23, 31), 1)
    write_images(tmp_path / "more", (40, 17), 1)
    for name in CLASSES:
        shutil.copy(tmp_path / "more" / name / "0.png", data / name / "1.png")
    export = ["export", f"{parity_model}:classifier", "--input", f"2x3x{HEIGHT}x{WIDTH}", "--normalize", NORMALIZE]
    export += [
        "--resize",
        "9",
        "--crop",
        f"{HEIGHT}x{WIDTH}",
        "--interpolation",
        "bicubic",
        "-o",
        str(tmp_path / "net"),
        "-q",
    ]
    assert invoke(export) == 0

    code, record = parity(tmp_path, tmp_path / "net", "--data", data)

    assert code == 0
    assert record["inputs"]["compared"] == record["inputs"]["equal"] == 8
    assert record["samples"]["compared"] == 2 * len(CLASSES)


@needs_octave
def test_a_fault_in_the_matlab_code_is_told(
    parity_bundle: Path,
    images: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """weights.mat of an old bundle, say: it has no preprocessing."""
    from xverify.bundle.bundle import WEIGHTS, rehash

    old = shutil.copytree(parity_bundle, tmp_path / "old")
    name = b"preprocessing\0"
    data = (old / WEIGHTS).read_bytes()
    assert data.count(b"preprocessing") == 1
    (old / WEIGHTS).write_bytes(data.replace(name, b"preprocessinX\0"))
    rehash(old)

    code, _ = parity(tmp_path, old, "--data", images)

    assert code == 2
    assert "[xverify:evaluate:preprocessing]" in capsys.readouterr().err
