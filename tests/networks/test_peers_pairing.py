"""A layer absent on one side never passes, and layers are paired by their whole name alone.

Polygraphy passes a layer that is absent on one side, and pairs `conv1` with `zzz` by index and `fc1` with `fc10` by substring.
"""

from pathlib import Path

import numpy as np
import pytest
from peer_network import (
    against,
    bypass,
    edited,
    matlab_arrays,
    rename,
)
from scipy.io import savemat
from verdicts import result_of

from xverify.bundle.bundle import Bundle
from xverify.comparison.results import Status
from xverify.errors import XverifyError
from xverify.workflows.compare import compare


@pytest.mark.parametrize("missing", ["conv1", "bn", "fc1", "score"])
def test_layer_missing_from_the_file_does_not_pass(bundle: Bundle, tmp_path: Path, missing: str) -> None:
    arrays = matlab_arrays(bundle)
    del arrays[missing]
    comparison = against(bundle, arrays, tmp_path)
    assert not comparison.passed
    assert [layer.id for layer in comparison.failed] == [missing]
    assert result_of(comparison, missing).status is Status.NOT_COMPARED
    assert comparison.coverage.compared == comparison.coverage.total - 1


def test_empty_file_does_not_pass(bundle: Bundle, tmp_path: Path) -> None:
    comparison = against(bundle, {}, tmp_path)
    assert not comparison.passed
    assert comparison.coverage.compared == 0


def test_layer_missing_from_the_model_does_not_pass(bundle: Bundle, tmp_path: Path) -> None:
    """BatchNormalization folded away: its input takes the place of its output, and one value is gone."""
    folded = edited(bundle, tmp_path, lambda model: bypass(model, bundle.layers["bn"].onnx_tensor))
    with folded as planted, pytest.raises(XverifyError, match="onnxruntime refuses"):
        compare(planted)


def test_layer_renamed_in_the_model_does_not_pass(bundle: Bundle, tmp_path: Path) -> None:
    renamed = edited(bundle, tmp_path, lambda model: rename(model, bundle.layers["fc1"].onnx_tensor, "zzz"))
    with renamed as planted, pytest.raises(XverifyError, match="onnxruntime refuses"):
        compare(planted)


def test_layers_are_never_paired_by_index(bundle: Bundle, tmp_path: Path) -> None:
    arrays = {("zzz" if name == "conv1" else name): array for name, array in matlab_arrays(bundle).items()}
    comparison = against(bundle, arrays, tmp_path)
    assert not comparison.passed
    assert result_of(comparison, "conv1").status is Status.NOT_COMPARED
    assert any("'zzz'" in problem for problem in comparison.problems)


def test_an_extra_variable_alone_does_not_pass(bundle: Bundle, tmp_path: Path) -> None:
    comparison = against(bundle, {**matlab_arrays(bundle), "zzz": np.ones((2, 3))}, tmp_path)
    assert not comparison.passed
    assert any("'zzz'" in problem for problem in comparison.problems)


def test_layers_are_never_paired_by_substring(bundle: Bundle, tmp_path: Path) -> None:
    arrays = matlab_arrays(bundle)
    assert arrays["fc1"].shape == arrays["fc10"].shape
    del arrays["fc1"]
    comparison = against(bundle, arrays, tmp_path)
    assert not comparison.passed
    assert result_of(comparison, "fc1").status is Status.NOT_COMPARED
    assert result_of(comparison, "fc10").status is Status.PASSED


def test_two_layers_of_one_shape_exchanged_fail(bundle: Bundle, tmp_path: Path) -> None:
    arrays = matlab_arrays(bundle)
    arrays["fc1"], arrays["fc10"] = arrays["fc10"], arrays["fc1"]
    assert {layer.id for layer in against(bundle, arrays, tmp_path).failed} == {"fc1", "fc10"}


def test_names_are_case_sensitive(bundle: Bundle, tmp_path: Path) -> None:
    arrays = {("FC1" if name == "fc1" else name): array for name, array in matlab_arrays(bundle).items()}
    comparison = against(bundle, arrays, tmp_path)
    assert not comparison.passed
    assert result_of(comparison, "fc1").status is Status.NOT_COMPARED


def test_layer_that_is_there_twice_does_not_pass(bundle: Bundle, tmp_path: Path) -> None:
    path = tmp_path / "activations.mat"
    arrays = matlab_arrays(bundle)
    savemat(tmp_path / "again.mat", {"fc1": arrays["fc1"]})
    savemat(path, arrays)
    path.write_bytes(
        path.read_bytes() + (tmp_path / "again.mat").read_bytes()[128:]
    )  # without the second file's header
    comparison = compare(bundle, path)
    assert not comparison.passed
    assert any("'fc1'" in problem for problem in comparison.problems)
