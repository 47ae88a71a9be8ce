"""reference.mat: what is written is what is read, by xverify, by scipy, and by Octave."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.io
from handmade_bundles import BUNDLE_ID, handmade
from numpy.typing import NDArray

from xverify.bundle.bundle import as_stored
from xverify.bundle.manifest import StoredArray
from xverify.bundle.mat_contents import Variable
from xverify.bundle.matfile import read, read_at, variables
from xverify.bundle.reference import INFO, ReferenceWriter

Array = NDArray[Any]

N, C, H, W, D, L = 2, 3, 5, 7, 4, 6


def coded(*sizes: int, dtype: str = "float32") -> Array:
    """Each element says where it is: the index's digits, the first axis first."""
    if not sizes:
        return np.array(7, dtype)
    return np.ravel([int("".join(map(str, index)) or "0") for index in np.ndindex(*sizes)]).reshape(sizes).astype(dtype)


CASES: dict[str, tuple[Array, str]] = {
    "images": (coded(N, C, H, W), "NCHW"),
    "one_image": (coded(1, C, H, W), "NCHW"),
    "thin_image": (coded(1, 1, H, 1), "NCHW"),
    "volumes": (coded(N, C, D, H, W), "NCDHW"),
    "lines": (coded(N, C, L), "NCL"),
    "sequences": (coded(N, L, C), "NLC"),
    "features": (coded(N, C), "NC"),
    "one_feature": (coded(N, 1), "NC"),
    "unknown_4": (coded(N, H, W, C), ""),
    "unknown_3": (coded(H, 1, N), ""),
    "vector": (coded(W), ""),
    "single_vector": (coded(1), ""),
    "scalar": (coded(), ""),
    "flag": (np.array(True), ""),
    "flags": (coded(N, C, H, W, dtype="int64") % 3 == 0, "NCHW"),
    "indices": (coded(N, C, dtype="int64") + 2**60, "NC"),
    "bytes": (coded(H, dtype="uint8"), ""),
    "short": (coded(N, dtype="int16"), ""),
    "empty": (coded(N, 0, H, W), "NCHW"),
    "empty_vector": (coded(0), ""),
}
MATLAB_SIZES = {
    "images": (H, W, C, N),
    "one_image": (H, W, C),
    "thin_image": (H, 1),
    "volumes": (H, W, D, C, N),
    "lines": (L, C, N),
    "sequences": (C, L, N),
    "features": (C, N),
    "one_feature": (1, N),
    "unknown_4": (N, H, W, C),
    "unknown_3": (H, 1, N),
    "vector": (W, 1),
    "scalar": (1, 1),
    "flags": (H, W, C, N),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, StoredArray]]:
    path = tmp_path_factory.mktemp("reference")
    with ReferenceWriter(path, BUNDLE_ID, "PyTorch by hand") as writer:
        stored = {name: writer.write(name, array, dims) for name, (array, dims) in CASES.items()}
    assert writer.files == ["reference.mat"]
    return path, stored


@pytest.mark.parametrize("name", CASES)
def test_a_bundle_gives_back_exactly_what_was_written(name: str, tmp_path: Path) -> None:
    array, dims = CASES[name]
    bundle = handmade(tmp_path / "net", {"before": coded(3), name: array, "after": coded(2)}, dims={name: dims})
    found = bundle.reference(bundle.layers[name])
    np.testing.assert_array_equal(found, array, strict=True)
    assert found.flags.c_contiguous
    found = bundle.reference(bundle.manifest.inputs[0])
    np.testing.assert_array_equal(found, np.arange(6, dtype=np.float32).reshape(2, 3), strict=True)


@pytest.mark.parametrize("name", MATLAB_SIZES)
def test_arrays_lie_in_matlabs_axis_order(name: str, folder: tuple[Path, dict[str, StoredArray]]) -> None:
    array, _ = CASES[name]
    found = scipy.io.loadmat(folder[0] / "reference.mat")[name]
    sizes = MATLAB_SIZES[name]
    assert found.shape[: len(sizes)] == sizes
    assert set(found.shape[len(sizes) :]) <= {1}
    np.testing.assert_array_equal(
        found.ravel(order="F"), as_stored(array, folder[1][name].permutation).ravel(order="F")
    )


def test_views_are_written_by_value(tmp_path: Path) -> None:
    whole = coded(2 * N, C, 2 * H, W)
    view = whole[::2, ::-1, 1::2]
    assert not view.flags.c_contiguous
    with ReferenceWriter(tmp_path, BUNDLE_ID, "") as writer:
        stored = writer.write("view", view, "NCHW")
    found = read_at(tmp_path / stored.file, stored.offset, stored.dtype, stored.shape, stored.permutation)
    np.testing.assert_array_equal(found, view, strict=True)


def test_dims_that_do_not_fit_are_a_fault_of_ours(tmp_path: Path) -> None:
    with ReferenceWriter(tmp_path, BUNDLE_ID, "") as writer, pytest.raises(ValueError, match="axes"):
        writer.write("a", coded(N, C), "NCHW")


def label(path: Path) -> Any:
    return read(path, Variable(INFO, "struct"))[0, 0]


def test_the_label_says_what_each_variable_is(folder: tuple[Path, dict[str, StoredArray]]) -> None:
    info = label(folder[0] / "reference.mat")
    assert (info.bundle_id.item(), info.producer.item()) == (BUNDLE_ID, "PyTorch by hand")
    assert list(info.layers[0, 0]._fieldnames) == list(CASES)
    images = info.layers[0, 0].images[0, 0]
    np.testing.assert_array_equal(images.shape, [[N, C, H, W]])
    np.testing.assert_array_equal(images.permutation, [[3, 4, 2, 1]])  # MATLAB counts from 1
    assert (images.dims.item(), images.pytorch_dims.item()) == ("SSCB", "NCHW")
    unknown = info.layers[0, 0].unknown_4[0, 0]
    assert (unknown.dims.size, unknown.pytorch_dims.size) == (0, 0)


def test_a_second_file_begins_where_the_first_would_grow_too_large(tmp_path: Path) -> None:
    sizes = {"a": 100, "b": 300, "c": 900, "d": 10, "e": 20}
    arrays = {name: np.arange(size, dtype=np.float32) for name, size in sizes.items()}
    with ReferenceWriter(tmp_path, BUNDLE_ID, "by hand", file_limit=2000) as writer:
        stored = {name: writer.write(name, array, "") for name, array in arrays.items()}
    assert writer.files == ["reference.mat", "reference-2.mat", "reference-3.mat"]
    assert {name: record.file for name, record in stored.items()} == {
        "a": "reference.mat",
        "b": "reference.mat",
        "c": "reference-2.mat",  # larger than the limit, so alone
        "d": "reference-3.mat",
        "e": "reference-3.mat",
    }
    for name, record in stored.items():
        found = read_at(tmp_path / record.file, record.offset, record.dtype, record.shape, record.permutation)
        np.testing.assert_array_equal(found, arrays[name], strict=True)
        np.testing.assert_array_equal(scipy.io.loadmat(tmp_path / record.file)[name].ravel(), arrays[name])
    labelled = [list(label(tmp_path / name).layers[0, 0]._fieldnames) for name in writer.files]
    assert labelled == [["a", "b"], ["c"], ["d", "e"]]
    assert {label(tmp_path / name).bundle_id.item() for name in writer.files} == {BUNDLE_ID}


def test_an_interrupted_writer_closes_its_file_without_a_label(tmp_path: Path) -> None:
    def interrupted() -> None:
        with ReferenceWriter(tmp_path, BUNDLE_ID, "") as writer:
            writer.write("a", coded(3), "")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert variables(tmp_path / "reference.mat") == [Variable("a", "single")]


OCTAVE = """
s = load('reference.mat');
assert(isa(s.images, 'single') && isequal(size(s.images), [5 7 3 2]));
for n = 1:2, for c = 1:3, for h = 1:5, for w = 1:7
  assert(s.images(h, w, c, n), single(1000*(n-1) + 100*(c-1) + 10*(h-1) + (w-1)));
end, end, end, end
assert(isequal(size(s.sequences), [3 6 2]) && s.sequences(3, 5, 2) == 142);
assert(isequal(size(s.features), [3 2]) && s.features(2, 2) == 11);
assert(isa(s.indices, 'int64') && s.indices(3, 2) == int64(2)^60 + int64(12));
assert(isequal(size(s.scalar), [1 1]) && s.scalar == 7);
assert(isempty(s.empty) && isequal(size(s.empty), [5 7 0 2]));
assert(strcmp(s.xverify_info.bundle_id, '0b0e7a52-3ab7-4c2e-b0ad-1d6c9a4e52c1'));
assert(strcmp(s.xverify_info.layers.images.dims, 'SSCB'));
images = s.xverify_info.layers.images;
assert(isequal(images.shape, [2 3 5 7]));
assert(isequal(size(permute(zeros(images.shape), images.permutation)), size(s.images)));
assert(isempty(s.xverify_info.layers.unknown_4.dims));
assert(numel(fieldnames(s)) == 21);
disp('all equal');
"""


def test_octave_reads_the_same(folder: tuple[Path, dict[str, StoredArray]]) -> None:
    octave = shutil.which("octave-cli")
    if octave is None:
        pytest.skip("GNU Octave is not installed")
    command = [octave, "-qf", "--no-history", "--eval", OCTAVE]
    result = subprocess.run(command, cwd=folder[0], capture_output=True, text=True, check=False, timeout=60)
    assert result.stdout.strip() == "all equal", result.stderr
