"""Activations in MAT v7.3 files: what passes and fails in a v5 file passes and fails here."""

from pathlib import Path
from typing import Any

import h5py  # type: ignore[import-untyped]
import numpy as np
import pytest
from handmade_bundles import BUNDLE_ID
from hdf5_files import save_v73, sparse
from matlab_recordings import VALUES, compared, in_matlab
from numpy.typing import NDArray
from verdict_cases import layer_of, statuses

from xverify.bundle.bundle import Bundle
from xverify.comparison.results import Status
from xverify.errors import XverifyError

Array = NDArray[Any]
INFO = {"producer": "MATLAB R2024b", "bundle_id": BUNDLE_ID, "layers": {"images": {"dims": "SSCB"}}}


def saved(folder: Path, content: dict[str, Any], info: Any = INFO) -> Path:
    return save_v73(folder / "activations.mat", content | ({} if info is None else {"xverify_info": info}))


def test_a_right_file_passes(recorded_bundle: Bundle, tmp_path: Path) -> None:
    comparison = compared(recorded_bundle, saved(tmp_path, in_matlab(recorded_bundle)))
    assert comparison.passed, (comparison.failed, comparison.problems)
    assert comparison.coverage.compared == len(VALUES)
    assert comparison.against == "activations.mat (MATLAB R2024b)"


def test_a_right_file_without_a_label_passes(recorded_bundle: Bundle, tmp_path: Path) -> None:
    comparison = compared(recorded_bundle, saved(tmp_path, in_matlab(recorded_bundle), None))
    assert comparison.passed
    assert comparison.against == "activations.mat (unlabelled)"


def test_double_precision_and_logical_values_pass(recorded_bundle: Bundle, tmp_path: Path) -> None:
    content = in_matlab(recorded_bundle)
    content |= {"images": content["images"].astype(np.float64), "mask": content["mask"].astype(bool)}
    assert compared(recorded_bundle, saved(tmp_path, content)).passed


@pytest.mark.parametrize("label", [{"producer": "x"}, INFO | {"bundle_id": "other"}, INFO | {"bundle_id": {"x": 1.0}}])
def test_a_file_of_another_bundle_is_refused(recorded_bundle: Bundle, tmp_path: Path, label: Any) -> None:
    with pytest.raises(XverifyError, match="was made from another bundle"):
        compared(recorded_bundle, saved(tmp_path, {}, label))


@pytest.mark.parametrize("label", [3.0, "text", [1.0], np.zeros((0, 0)), (INFO, INFO)], ids=lambda x: type(x).__name__)
def test_a_strange_label_is_refused(recorded_bundle: Bundle, tmp_path: Path, label: Any) -> None:
    with pytest.raises(XverifyError, match="xverify_info is no struct"):
        compared(recorded_bundle, saved(tmp_path, {}, label))


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("images", VALUES["images"], "shape 7x5x2x3 instead of 2x3x5x7 (stored in MATLAB as SSCB: 5x7x3x2)"),
        ("images", VALUES["images"].transpose(3, 2, 1, 0), "shape 2x3x7x5 instead of 2x3x5x7"),
        ("features", VALUES["features"].T + 1j, "its values are complex64, not numbers"),
        ("features", {"value": VALUES["features"].T}, "instead of 2x4"),
        ("features", [1.0, 2.0], "instead of 2x4"),
        ("features", np.zeros((0, 0)), "instead of 2x4"),
        ("features", np.ones((4, 2), np.int16), "its values are int16 instead of float32"),
        ("features", VALUES["features"].T * np.float32(1.1), ""),
        ("features", np.where(np.eye(4, 2) > 0, np.nan, VALUES["features"].T), ""),
    ],
)
def test_what_is_not_the_layers_value_fails_it_alone(
    recorded_bundle: Bundle, tmp_path: Path, name: str, value: Any, reason: str
) -> None:
    comparison = compared(recorded_bundle, saved(tmp_path, in_matlab(recorded_bundle) | {name: value}))
    assert not comparison.passed
    assert statuses(comparison) == dict.fromkeys(VALUES, Status.PASSED) | {name: Status.FAILED}
    assert reason in layer_of(comparison, name).reason


def test_a_sparse_matrix_fails_its_layer_and_is_named(recorded_bundle: Bundle, tmp_path: Path) -> None:
    content = in_matlab(recorded_bundle)
    del content["features"]
    path = saved(tmp_path, content)
    with h5py.File(path, "a") as file:
        sparse(file, "features", 4, 2)
    comparison = compared(recorded_bundle, path)
    assert statuses(comparison) == dict.fromkeys(VALUES, Status.PASSED) | {"features": Status.FAILED}
    assert "'features': features is a sparse matrix; save full(features)" in comparison.notes


def test_extra_and_missing_variables_are_found(recorded_bundle: Bundle, tmp_path: Path) -> None:
    content = in_matlab(recorded_bundle)
    del content["features"]
    comparison = compared(recorded_bundle, saved(tmp_path, content | {"ans": 1.0}))
    assert comparison.problems == ("'ans' is no layer of this bundle",)
    assert layer_of(comparison, "features").reason == "missing from the activations"


def test_a_file_that_is_cut_short_is_refused(recorded_bundle: Bundle, tmp_path: Path) -> None:
    path = saved(tmp_path, in_matlab(recorded_bundle))
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(XverifyError, match="is not a readable MAT file"):
        compared(recorded_bundle, path)
