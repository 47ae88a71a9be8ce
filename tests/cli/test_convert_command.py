"""`xverify convert`: exit codes, messages, the table and the JSON."""

import json
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from xverify.cli.main import invoke


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A file with symbolic sizes, no kernel_shape, auto_pad, a newer opset and IR."""
    text = """<ir_version: 10, opset_import: ["" : 20]> net (float[N,3,H,W] image) => (float[A,B] scores) {
      c = Conv <auto_pad = "NOTSET"> (image, w)
      h = HardSwish(c)
      m = ReduceMean <keepdims = 0> (h, axes)
      scores = MatMul(m, v)
    }"""
    proto = onnx.parser.parse_model(text)
    random = np.random.default_rng(3)
    weights = {"w": random.normal(size=(6, 3, 3, 2)), "v": random.normal(size=(6, 5))}
    for name, value in weights.items():
        proto.graph.initializer.append(numpy_helper.from_array(value.astype(np.float32), name))
    proto.graph.initializer.append(numpy_helper.from_array(np.array([2, 3]), "axes"))
    onnx.save(proto, tmp_path / "in.onnx")
    return tmp_path / "in.onnx"


def test_what_check_complains_of_is_mended(source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke(["check", "--strict", str(source)]) == 1
    told = capsys.readouterr().out
    assert "ConvLayer1000" in told
    assert "xverify convert" in told
    out, report = tmp_path / "out.onnx", tmp_path / "done.json"
    arguments = ["convert", str(source), "-o", str(out), "--input", "image=2x3x9x7", "--json", str(report)]
    assert invoke(arguments) == 0
    told = capsys.readouterr().out
    assert "PASSED" in told
    assert "1 ReduceMean" in told
    assert "1 GlobalAveragePool, 1 Flatten" in told or "1 Flatten, 1 GlobalAveragePool" in told
    assert "20 -> 17" in told
    done = json.loads(report.read_text())
    assert done["schema_version"] == 1
    assert done["outputs"][0]["passed"] is True
    assert 0 < done["outputs"][0]["allowed"] < 1e-3
    assert invoke(["check", "--strict", str(out)]) == 0


def test_quiet_prints_nothing(source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke(["convert", str(source), "-o", str(tmp_path / "o.onnx"), "--input", "image=2x3x9x7", "-q"]) == 0
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "has symbolic sizes: Nx3xHxW"),
        (["--input", "image=2x3"], "has 4 axes, the given shape has 2"),
        (["--input", "image"], "this is not understood"),
        (["--input", "other=2x3"], "no input 'other'"),
        (["--input", "image=2x3x9x7", "--release", "R1999a"], "R1999a"),
        (["--input", "image=2x3x9x7", "--inputs", "nowhere.npz"], "does not exist"),
    ],
)
def test_bad_input_exits_2_with_one_message_and_writes_nothing(
    source: Path, tmp_path: Path, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert invoke(["convert", str(source), "-o", str(tmp_path / "out.onnx"), *arguments]) == 2
    told = capsys.readouterr().err
    assert message in told
    assert "TIP" in told
    assert "Traceback" not in told
    assert [path.name for path in tmp_path.iterdir()] == ["in.onnx"]


@pytest.mark.parametrize("content", [b"", b"no onnx file at all", b"\x08\x08"])
def test_what_is_no_onnx_file_exits_2(content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "in.onnx").write_bytes(content)
    assert invoke(["convert", str(tmp_path / "in.onnx"), "-o", str(tmp_path / "out.onnx")]) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_a_truncated_file_exits_2(source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "half.onnx").write_bytes(source.read_bytes()[:200])
    assert invoke(["convert", str(tmp_path / "half.onnx"), "-o", str(tmp_path / "out.onnx")]) == 2
    assert "Traceback" not in capsys.readouterr().err
