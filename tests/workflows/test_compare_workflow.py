"""The compare workflow: which runtime is meant, and that a bundle is checked before it is believed."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import scipy.io
from conftest import Copy

import xverify
from xverify.bundle.bundle import Bundle, load_bundle
from xverify.comparison.policy import Fixed, Policy
from xverify.errors import XverifyError
from xverify.runtimes.onnxruntime import OnnxRuntime
from xverify.runtimes.recorded import RecordedActivations
from xverify.workflows.compare import RunOptions, choose_runtime, compare
from xverify.workflows.run import run


@pytest.fixture
def activations(cnn_bundle: Bundle, tmp_path: Path) -> Path:
    """A run in onnxruntime as a file of activations."""
    run(cnn_bundle, "onnxruntime", tmp_path / "activations.mat")
    return tmp_path / "activations.mat"


def test_a_bundle_is_given_by_its_path_or_opened(cnn_bundle: Bundle) -> None:
    for bundle in (cnn_bundle, cnn_bundle.path, str(cnn_bundle.path)):
        comparison = compare(bundle, threads=1)
        assert comparison.passed
        assert comparison.against.startswith("onnxruntime 1.")
        assert comparison.bundle_id == cnn_bundle.manifest.bundle_id


def test_the_public_function_is_the_same(cnn_bundle: Bundle, activations: Path) -> None:
    assert xverify.compare(cnn_bundle).passed
    assert xverify.compare(cnn_bundle.path, activations).against.startswith("activations.mat (onnxruntime")
    assert not xverify.compare(cnn_bundle, policy=Policy(default=Fixed(0.0, 0.0))).passed


def test_activations_are_given_by_their_path(cnn_bundle: Bundle, activations: Path) -> None:
    for against in (activations, str(activations)):
        comparison = compare(cnn_bundle, against)
        assert comparison.passed
        assert comparison.coverage.compared == 7
        assert comparison.parameters.checked == 0


def test_the_runtime_is_chosen_by_name_or_by_file(
    cnn_bundle: Bundle, activations: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    upper = Path(shutil.copy(activations, activations.with_name("RESULT.MAT")))
    without_suffix = Path(shutil.copy(activations, activations.with_name("result")))
    for path in (activations, upper, without_suffix):
        assert isinstance(choose_runtime(cnn_bundle, path, RunOptions()), RecordedActivations)
    monkeypatch.chdir(activations.parent)
    shutil.copy(activations, "onnxruntime")  # a file of that name does not hide the runtime
    runtime = choose_runtime(cnn_bundle, "onnxruntime", RunOptions(threads=3))
    assert isinstance(runtime, OnnxRuntime)
    assert runtime.threads == 3


@pytest.mark.parametrize("against", ["onnx", "matlab2024", "ONNXRUNTIME", "nowhere/activations"])
def test_an_unknown_runtime_is_refused_with_the_known_ones(cnn_bundle: Bundle, against: str) -> None:
    with pytest.raises(XverifyError, match=r"neither a runtime nor a \.mat file") as caught:
        compare(cnn_bundle, against)
    assert "onnxruntime" in caught.value.hint


def test_a_missing_file_is_refused(cnn_bundle: Bundle, tmp_path: Path) -> None:
    with pytest.raises(XverifyError, match=r"nowhere\.mat does not exist"):
        compare(cnn_bundle, tmp_path / "nowhere.mat")
    with pytest.raises(XverifyError, match="is not a file"):
        compare(cnn_bundle, tmp_path)


def test_a_changed_bundle_is_refused_before_it_is_compared(cnn_bundle: Bundle, copied: Copy, activations: Path) -> None:
    bundle = copied(cnn_bundle)
    opened = load_bundle(bundle.path)
    content = bytearray((bundle.path / "reference.mat").read_bytes())
    content[-2000] ^= 1
    (bundle.path / "reference.mat").write_bytes(content)
    for given in (bundle.path, opened):  # also one that was opened while it was whole
        for against in ("onnxruntime", activations):
            with pytest.raises(XverifyError, match=r"reference\.mat is not the file that was exported"):
                compare(given, against)


def test_activations_of_another_export_are_refused(choices_bundle: Bundle, activations: Path) -> None:
    with pytest.raises(XverifyError, match="was made from another bundle"):
        compare(choices_bundle, activations)


def test_an_incomplete_file_does_not_pass(cnn_bundle: Bundle, tmp_path: Path) -> None:
    content = scipy.io.loadmat(cnn_bundle.path / "reference.mat", variable_names=["layer_6"])
    scipy.io.savemat(tmp_path / "a.mat", {"layer_6": content["layer_6"]})
    comparison = compare(cnn_bundle, tmp_path / "a.mat")
    assert not comparison.passed
    assert (comparison.coverage.compared, comparison.coverage.total) == (1, 7)


def test_a_comparison_needs_neither_torch_nor_the_onnx_package(cnn_bundle: Bundle, activations: Path) -> None:
    code = f"""
import sys
sys.modules.update(dict.fromkeys(("torch", "onnx", "onnx_ir", "onnxscript")))  # None: importing them fails
from xverify.workflows.compare import compare
assert compare({str(cnn_bundle.path)!r}, threads=1).passed
assert compare({str(cnn_bundle.path)!r}, {str(activations)!r}).passed
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
