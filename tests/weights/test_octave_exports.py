"""Files that GNU Octave wrote: exportWeights, with stand-ins for the toolbox, and a weights.mat that was saved again."""

from pathlib import Path

import numpy as np
import pytest
from octave_program import needs_octave, octave
from safetensors.numpy import load_file
from weights_networks import exported, state_of

from xverify.bundle.bundle import Bundle
from xverify.workflows.reimport import reimport
from xverify.workflows.weights import compare_weights

pytestmark = needs_octave


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return exported("images", 1, tmp_path_factory.mktemp("octave") / "net")


def test_octave_builds_and_exports(bundle: Bundle, tmp_path: Path) -> None:
    """With stand-ins for the toolbox: what build_NAME.m and exportWeights.m do together is undone here."""
    code = (
        "addpath(fullfile(getenv('XVERIFY_TESTS'), 'doubles')); net = xverify.dlt.build(pwd); "
        "xverify.dlt.exportWeights(net, getenv('FILE'));"
    )
    done = octave(code, {"FILE": tmp_path / "w.mat"}, folder=bundle.path)
    assert done.returncode == 0, done.stderr
    record = reimport(bundle.path, tmp_path / "w.mat", tmp_path / "state.safetensors")
    assert record.comparison.passed
    assert record.comparison.producer.startswith("GNU Octave")
    assert any("columns taken back" in item.note for item in record.comparison.parameters)
    state = load_file(tmp_path / "state.safetensors")
    for name, value in state_of("images", 1).items():
        np.testing.assert_array_equal(state[name], value)


def test_octave_exports_recurrent_layers(tmp_path: Path) -> None:
    bundle = exported("sequences", 1, tmp_path / "net")
    code = "addpath(fullfile(getenv('XVERIFY_TESTS'), 'doubles')); xverify.dlt.exportWeights(xverify.dlt.build(pwd), getenv('FILE'));"
    done = octave(code, {"FILE": tmp_path / "w.mat"}, folder=bundle.path)
    assert done.returncode == 0, done.stderr
    comparison = compare_weights(bundle.path, tmp_path / "w.mat")
    assert comparison.passed
    assert {item.where for item in comparison.parameters if item.layer.startswith("deep")} == {
        f"{layer}.{name}" for layer in ("deep_layer1", "deep") for name in ("InputWeights", "RecurrentWeights", "Bias")
    }


@pytest.mark.parametrize("version", ["-v6", "-v7"])
def test_weights_that_octave_saved_again(bundle: Bundle, tmp_path: Path, version: str) -> None:
    """One layer is set to whole numbers, which may be stored as integers."""
    code = (
        "w = load('weights.mat'); w.parameters.head_3_Weights.value = single(reshape(0:11, 3, 4)); "
        f"save(getenv('FILE'), '-struct', 'w', '{version}');"
    )
    done = octave(code, {"FILE": tmp_path / "w.mat"}, folder=bundle.path)
    assert done.returncode == 0, done.stderr
    record = reimport(bundle.path, tmp_path / "w.mat", tmp_path / "state.safetensors")
    assert record.changed == ("head.3.weight",)
    weight = load_file(tmp_path / "state.safetensors")["head.3.weight"]
    np.testing.assert_array_equal(weight, np.arange(12, dtype=np.float32).reshape(3, 4, order="F"))
