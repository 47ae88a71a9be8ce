"""The mode that is verified, and what becomes of a verdict.

MathWorks' example compares a model that is still in train mode; other tools warn where a CI job needs an exit code.
"""

import shutil
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from faults import flipped
from peer_network import ACTIVATIONS_ALONE, edited, matlab_arrays, net, readers
from scipy.io import savemat

import xverify
from xverify.bundle.bundle import Bundle
from xverify.cli.main import main
from xverify.errors import XverifyError
from xverify.workflows.compare import compare


def test_model_in_train_mode_is_verified_in_eval_mode(tmp_path: Path) -> None:
    model, x = net().train(), torch.randn(4, 3, 6, 6, generator=torch.Generator().manual_seed(1))
    exported = xverify.export(model, x, tmp_path / "net")
    assert all(module.training for module in model.modules())
    assert model.bn.num_batches_tracked == 0
    recorded = torch.from_numpy(exported.reference(exported.manifest.layers[-1]))
    with torch.no_grad():
        expected = net().eval()(x)
        in_train_mode = net().train()(x)
    assert torch.equal(recorded, expected)
    assert not torch.allclose(recorded, in_train_mode, atol=1e-3)
    assert compare(exported).passed


def test_mismatch_has_exit_code_1_and_match_0(bundle: Bundle, tmp_path: Path) -> None:
    path = tmp_path / "activations.mat"
    arrays = matlab_arrays(bundle)
    savemat(path, arrays)
    assert exit_code("compare", str(bundle.path), "--against", str(path)) == 0
    savemat(path, {name: array for name, array in arrays.items() if name != "fc1"})
    assert exit_code("compare", str(bundle.path), "--against", str(path)) == 1


def test_one_flipped_bit_of_a_parameter_has_exit_code_1_and_is_named(
    bundle: Bundle, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with flipped(bundle, tmp_path / "flipped", "fc10_weight") as changed:
        assert compare(changed, policy=ACTIVATIONS_ALONE).passed  # by activations alone it drowns in rounding
        assert exit_code("compare", str(changed.path)) == 1
    assert "fc10.weight" in capsys.readouterr().out


def test_weight_moved_into_a_constant_node_does_not_escape_the_parameter_check(bundle: Bundle, tmp_path: Path) -> None:
    """An optimiser may do so; the old initializer, which nobody reads any more, still has the right bytes."""

    def move(model: onnx.ModelProto) -> None:
        (initializer,) = (item for item in model.graph.initializer if item.name == "fc10_weight")
        weight = onnx.numpy_helper.to_array(initializer).copy()
        weight.view(np.uint32)[0, 0] ^= 1
        value = onnx.numpy_helper.from_array(weight)
        for node, index in readers(model, "fc10_weight"):
            node.input[index] = "moved"
        model.graph.node.insert(0, onnx.helper.make_node("Constant", [], ["moved"], value=value))

    with edited(bundle, tmp_path, move) as moved:
        assert not compare(moved).passed


def with_activation(model: onnx.ModelProto) -> None:
    """One node more behind the output."""
    last = model.graph.node[-1]
    model.graph.node.append(onnx.helper.make_node("Relu", [last.output[0]], ["activated"]))
    model.graph.output[0].name = "activated"


def test_output_that_is_no_longer_the_networks_does_not_pass(bundle: Bundle, tmp_path: Path) -> None:
    """Every layer has its value still, but whoever runs model.onnx gets another one."""
    with edited(bundle, tmp_path, with_activation) as changed:
        comparison = compare(changed)
    assert not comparison.passed
    assert any("activated" in problem for problem in comparison.problems)


def test_flipped_bit_in_a_bundle_that_was_not_rehashed_is_refused(bundle: Bundle, tmp_path: Path) -> None:
    """That is damage, not a mismatch."""
    copied = tmp_path / "copied"
    shutil.copytree(bundle.path, copied)
    data = bytearray((copied / "model.onnx").read_bytes())
    data[len(data) // 2] ^= 1
    (copied / "model.onnx").write_bytes(data)
    with pytest.raises(XverifyError, match=r"model\.onnx is not the file that was exported"):
        compare(copied)


def exit_code(*arguments: str) -> int:
    code = main.main(list(arguments), standalone_mode=False)
    assert isinstance(code, int)
    return code
