"""The struct `xverify_info` of a file of activations: which bundle it was made from."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.io
import scipy.sparse
from handmade_bundles import BUNDLE_ID
from matlab_recordings import INFO, cell, compared, in_matlab, saved
from numpy.typing import NDArray

from xverify.bundle.bundle import Bundle
from xverify.errors import XverifyError
from xverify.runtimes.recorded import RecordedActivations

Array = NDArray[Any]


@pytest.mark.parametrize("identifier", ["0b0e7a52-3ab7-4c2e-b0ad-1d6c9a4e52c2", "", BUNDLE_ID + " ", BUNDLE_ID.upper()])
def test_a_file_made_from_another_bundle_is_refused(recorded_bundle: Bundle, tmp_path: Path, identifier: str) -> None:
    path = saved(tmp_path, in_matlab(recorded_bundle), info=INFO | {"bundle_id": identifier})
    with pytest.raises(XverifyError, match="was made from another bundle") as caught:
        RecordedActivations(path, recorded_bundle)
    assert caught.value.hint


def strange_labels() -> dict[str, Any]:
    pair = np.zeros((1, 2), [("bundle_id", object), ("producer", object)])
    pair["bundle_id"] = "other"
    return {
        "a number": 3.0,
        "a text": "MATLAB",
        "an empty text": "",
        "numbers": np.ones((2, 3)),
        "nothing": np.zeros((0, 0)),
        "a cell": cell(2, 3),
        "an empty struct": np.zeros((0, 0), [("bundle_id", object)]),
        "an array of structs": pair,
        "another struct": {"version": 2.0},
        "a struct in the id": {"bundle_id": {"deeper": BUNDLE_ID}, "producer": "x"},
        "a number as id": {"bundle_id": 17.0, "producer": "x"},
        "numbers as id": {"bundle_id": np.ones((2, 2)), "producer": "x"},
        "a sparse matrix": scipy.sparse.csc_matrix(np.eye(2)),
        "a complex number": 1j,
    }


@pytest.mark.parametrize("kind", strange_labels())
def test_a_strange_label_is_refused(recorded_bundle: Bundle, tmp_path: Path, kind: str) -> None:
    path = saved(tmp_path, in_matlab(recorded_bundle), info=strange_labels()[kind])
    with pytest.raises(XverifyError, match=r"xverify_info is no struct|was made from another bundle"):
        RecordedActivations(path, recorded_bundle)


@pytest.mark.parametrize("producer", [None, "", 3.0, {"a": 1.0}])
def test_a_label_without_a_readable_producer_will_do(recorded_bundle: Bundle, tmp_path: Path, producer: Any) -> None:
    info: dict[str, Any] = {"bundle_id": BUNDLE_ID} | ({} if producer is None else {"producer": producer})
    assert compared(recorded_bundle, saved(tmp_path, in_matlab(recorded_bundle), info=info)).passed


def test_pytorchs_own_values_are_no_other_side(cnn_bundle: Bundle) -> None:
    with pytest.raises(XverifyError, match="what PyTorch itself gave"):
        RecordedActivations(cnn_bundle.path / "reference.mat", cnn_bundle)
