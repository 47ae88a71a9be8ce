"""`xverify check` end to end: exit codes, the JSON file, bundles, and bad input of every kind."""

import json
import random
import shutil
import subprocess
import sys
from pathlib import Path

import onnx
import pytest
from onnx import ModelProto, TensorProto, helper
from onnx_graphs import convolution, model, node, relu, torch_2_9_style, value, weight, written

from xverify.bundle.bundle import load_bundle, rehash
from xverify.cli.main import invoke


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """Exit code and output; nothing on stderr, no traceback."""
    code = invoke(["check", *arguments])
    captured = capsys.readouterr()
    assert captured.err == ""
    return code, captured.out


def test_nothing_blocks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, output = run(capsys, str(written(relu(), tmp_path / "net.onnx")))
    assert code == 0
    assert 'importNetworkFromONNX("net.onnx"' in output
    assert "Not yet run in MATLAB: predictions rest on the sources named." in output


def test_something_blocks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, output = run(capsys, str(written(torch_2_9_style(), tmp_path / "net.onnx")))
    assert code == 1
    assert "ConvLayer1001" in output
    assert "xverify convert FILE.onnx -o OUT.onnx" in output


def test_strict_fails_on_custom_layers_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(written(convolution(kernel=False), tmp_path / "net.onnx"))
    assert run(capsys, path)[0] == 0
    assert run(capsys, path, "--strict")[0] == 1
    assert run(capsys, str(written(relu(), tmp_path / "fine.onnx")), "--strict")[0] == 0


def test_the_release_decides(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(written(torch_2_9_style(), tmp_path / "net.onnx"))
    assert run(capsys, path, "--release", "r2026A")[0] == 0
    code, output = run(capsys, path, "--release", "R2022a")
    assert code == 1
    assert "importONNXNetwork" in output


def test_quiet_and_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(relu(), tmp_path / "net.onnx")
    assert run(capsys, str(path), "-q", "--json", str(tmp_path / "check.json")) == (0, "")
    plain = json.loads((tmp_path / "check.json").read_bytes())
    assert (plain["file"], plain["bundle_id"]) == ("net.onnx", "")
    assert [layer["name"] for layer in plain["layers"]] == ["x", "x_BatchSizeVerifier", "relu", "yOutput"]


# --- bundles -------------------------------------------------------------------------------------------------------


def test_a_bundle_is_checked_and_its_layers_are_looked_up(
    exported: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _ = run(capsys, str(exported), "--json", str(tmp_path / "check.json"))
    assert code == 0
    plain = json.loads((tmp_path / "check.json").read_bytes())
    layers = [layer.id for layer in load_bundle(exported).manifest.layers if layer.onnx_tensor]
    assert plain["file"] == "model.onnx"
    assert plain["bundle_id"] == load_bundle(exported).manifest.bundle_id
    assert plain["layer_ids"] == {identifier: identifier for identifier in layers}
    assert len(layers) > 3


def test_a_layer_whose_node_has_another_name_is_told(
    exported: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = Path(shutil.copytree(exported, tmp_path / "copy"))
    proto = onnx.load(copy / "model.onnx")
    old = proto.graph.node[0].name
    proto.graph.node[0].name = "renamed"
    written(proto, copy / "model.onnx")
    rehash(copy)
    code, output = run(capsys, str(copy))
    assert code == 0
    assert f"{old} -> renamed" in output


# --- bad input -----------------------------------------------------------------------------------------------------


def refused(capsys: pytest.CaptureFixture[str], path: Path, *words: str) -> None:
    """Exit code 2, one ERROR line with the words, one TIP, no traceback."""
    assert invoke(["check", str(path)]) == 2
    error = capsys.readouterr().err
    assert error.startswith("ERROR ")
    assert "TIP " in error
    assert "Traceback" not in error
    assert [word for word in words if word not in error] == []


def test_files_that_cannot_be_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    refused(capsys, tmp_path / "none.onnx", "does not exist")
    refused(capsys, tmp_path, "not a bundle")
    (tmp_path / "a.onnx").touch()
    refused(capsys, tmp_path / "a.onnx", "is empty")
    (tmp_path / "a.onnx").write_text("import torch\n")
    refused(capsys, tmp_path / "a.onnx", "is not an ONNX file")
    (tmp_path / "a.onnx").write_bytes(convolution().SerializeToString()[:200])
    refused(capsys, tmp_path / "a.onnx", "damaged")
    refused(capsys, written(ModelProto(ir_version=8), tmp_path / "a.onnx"), "holds no graph")


def test_weights_that_are_missing_or_outside(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.onnx"
    onnx.save_model(convolution(), path, save_as_external_data=True, location="a.data", size_threshold=0)
    code, output = run(capsys, str(path))
    assert code == 1
    assert "Weights lie in another file" in output
    (tmp_path / "a.data").unlink()
    refused(capsys, path, "a.data", "not there")
    proto = onnx.load(path, load_external_data=False)
    proto.graph.initializer[0].external_data[0].value = "../a.data"
    refused(capsys, written(proto, path), "outside its own folder")


def test_an_unknown_release(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke(["check", str(written(relu(), tmp_path / "a.onnx")), "--release", "R1999a"]) == 2
    assert "R2024b" in capsys.readouterr().err


def _if() -> ModelProto:
    branch = helper.make_graph([node("Relu", "x", "b")], "branch", [], [value("b")])
    condition = helper.make_tensor("c", TensorProto.BOOL, [], [True])
    return model([node("If", "c", "y", "choice", then_branch=branch, else_branch=branch)], [condition])


def _with_function() -> ModelProto:
    proto = model([node("Mine", "x", "y", "mine", domain="local")])
    opset = [helper.make_opsetid("", 17)]
    proto.functions.append(helper.make_function("local", "Mine", ["a"], ["b"], [node("Relu", "a", "b")], opset))
    return proto


def _without_opset() -> ModelProto:
    proto = relu()
    del proto.opset_import[:]
    return proto


FAULTY = {
    "com.acme.Fast": model([node("Fast", "x", "y", "f", domain="com.acme")]),
    "function": _with_function(),
    "loop or a branch": _if(),
    "sequences": model([node("SequenceConstruct", "x x", "s"), node("ConcatFromSequence", "s", "y", axis=0)]),
    "opset 99": model([node("Relu", "x", "y")], opset=99),
    "does not say which opset": _without_opset(),
    "IR version 99": model([node("Relu", "x", "y")], ir_version=99),
    "opset 20 brought it": model([node("Gelu", "x", "y")]),
    "has a cycle": model([node("Add", "x b", "a"), node("Relu", "a", "b"), node("Relu", "b", "y")]),
    "not in order": model([node("Relu", "a", "y"), node("Relu", "x", "a")]),
    "made 2 times": model([node("Relu", "x", "y"), node("Relu", "x", "y")]),
    "reads 'ghost'": model([node("Relu", "ghost", "y")]),
    "output 'y'": model([node("Relu", "x", "z")]),
    "onnx finds the model invalid": model([node("Softmax", "x", "y", axis="last")]),
    "finds the model invalid": model([node("Gemm", "x w", "y")], [weight("w", 5, 2)], [value("x", (2, 4))]),
}


@pytest.mark.parametrize("words", FAULTY)
def test_every_fault_blocks_and_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str], words: str) -> None:
    code, output = run(capsys, str(written(FAULTY[words], tmp_path / "a.onnx")), "--all")
    assert code == 1
    assert "Blocks the import" in output
    assert words in output


def test_node_names_that_repeat_only_warn(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    proto = model([node("Relu", "x", "a", "same"), node("Relu", "a", "y", "same")])
    code, output = run(capsys, str(written(proto, tmp_path / "a.onnx")))
    assert code == 0
    assert "same -> same_1" in output


def test_checking_needs_no_torch(tmp_path: Path) -> None:
    """The extra `onnx` is enough: a machine that only checks files stays small."""
    path = written(relu(), tmp_path / "a.onnx")
    code = (
        "import sys; sys.modules['torch'] = sys.modules['torchvision'] = None; "
        f"from xverify.cli.main import invoke; sys.exit(invoke(['check', {str(path)!r}, '-q']))"
    )
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (process.returncode, process.stderr) == (0, "")


def test_without_onnx_the_extra_is_named(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['onnx'] = None; "
        f"from xverify.cli.main import invoke; sys.exit(invoke(['check', {str(tmp_path)!r}]))"
    )
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert process.returncode == 2
    assert "pip install 'xverify[onnx]'" in process.stderr


def test_the_help_loads_neither_onnx_nor_rich() -> None:
    command = [sys.executable, "-X", "importtime", "-m", "xverify", "check", "--help"]
    process = subprocess.run(command, capture_output=True, text=True, check=True)
    loaded = {line.rpartition("|")[2].strip().partition(".")[0] for line in process.stderr.splitlines()}
    assert "click" in loaded
    assert not loaded & {"onnx", "numpy", "rich", "msgspec", "torch", "onnxruntime"}


def test_a_file_with_wrong_bytes_is_never_a_fault_of_ours(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chance = random.Random(0)
    sound = torch_2_9_style().SerializeToString()
    codes = set()
    for _ in range(150):
        data = bytearray(sound)
        for _ in range(chance.choice([1, 2, 10])):
            data[chance.randrange(len(data))] = chance.randrange(256)
        (tmp_path / "a.onnx").write_bytes(data)
        codes.add(invoke(["check", str(tmp_path / "a.onnx"), "--release", "R2026a"]))
        assert "Traceback" not in capsys.readouterr().err
    assert codes == {0, 1, 2}
