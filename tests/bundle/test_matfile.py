"""MAT v5 files: where an array lies in the file, and files that cannot be read."""

import errno
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.io
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from xverify.bundle import matfile
from xverify.bundle.mat_contents import Variable
from xverify.bundle.matfile import MatWriter, cell, read, read_at, variables
from xverify.errors import XverifyError

Array = NDArray[Any]

DTYPES = ["float32", "float64", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"]


def names_in(path: Path) -> list[str]:
    return [variable.name for variable in variables(path)]


@pytest.mark.parametrize("dtype", DTYPES)
def test_offsets_for_every_size_around_the_padding(dtype: str, tmp_path: Path) -> None:
    """Up to 4 bytes lie in an element's tag, larger data is padded to 8."""
    path = tmp_path / "a.mat"
    arrays = {f"a{size}": np.arange(1, size + 1).astype(dtype) for size in range(21)}
    with MatWriter(path) as writer:
        offsets = {name: writer.write_array(name, array) for name, array in arrays.items()}
    assert names_in(path) == list(arrays)
    for name, array in arrays.items():
        np.testing.assert_array_equal(read_at(path, offsets[name], dtype, array.shape, (0,)), array, strict=True)
        np.testing.assert_array_equal(scipy.io.loadmat(path)[name].ravel(), array)


@st.composite
def permuted(draw: st.DrawFn) -> tuple[Array, tuple[int, ...]]:
    shape = draw(hnp.array_shapes(min_dims=0, max_dims=5, min_side=0, max_side=5))
    array = draw(hnp.arrays(draw(st.sampled_from(DTYPES)), shape))
    return array, tuple(draw(st.permutations(range(len(shape)))))


@settings(max_examples=60)
@given(case=permuted())
def test_arrays_of_any_shape_come_back_from_any_axis_order(
    case: tuple[Array, tuple[int, ...]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    array, permutation = case
    path = tmp_path_factory.getbasetemp() / "permuted.mat"
    with MatWriter(path) as writer:
        writer.write("before", np.ones((3, 1)))
        offset = writer.write_array("array", array.transpose(permutation))
        writer.write("after", "text")
    found = read_at(path, offset, str(array.dtype), array.shape, permutation)
    np.testing.assert_array_equal(found, array, strict=True)
    assert found.flags.c_contiguous
    assert names_in(path) == ["before", "array", "after"]


def test_special_values_keep_their_bits(tmp_path: Path) -> None:
    array = np.array([np.nan, np.inf, -np.inf, -0.0, 1e-45, 3.4e38], np.float32)
    with MatWriter(tmp_path / "a.mat") as writer:
        offset = writer.write_array("a", array)
    assert read_at(tmp_path / "a.mat", offset, "float32", (6,), (0,)).tobytes() == array.tobytes()


def test_a_name_is_written_once(tmp_path: Path) -> None:
    with MatWriter(tmp_path / "a.mat") as writer:
        writer.write("a", 1.0)
        with pytest.raises(ValueError, match="a is already in"):
            writer.write("a", 2.0)


def test_a_variable_over_the_limit_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matfile, "MAX_VARIABLE_BYTES", 100)
    with MatWriter(tmp_path / "a.mat") as writer:
        writer.write_array("fits", np.zeros(25, np.float32))
        with pytest.raises(XverifyError, match="big has"):
            writer.write_array("big", np.zeros(26, np.float32))
    assert names_in(tmp_path / "a.mat") == ["fits"]


@pytest.mark.parametrize(("offset", "count"), [(10**9, 1), (2**70, 1), (128, 2**40), (128, 10**7)])
def test_an_array_beyond_the_end_of_the_file_is_refused(tmp_path: Path, offset: int, count: int) -> None:
    with MatWriter(tmp_path / "a.mat") as writer:
        writer.write_array("a", np.zeros(30))
    with pytest.raises(XverifyError, match="ends before its array"):
        read_at(tmp_path / "a.mat", offset, "float64", (count,), (0,))


def test_an_array_of_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(XverifyError, match="cannot be read: No such file"):
        read_at(tmp_path / "a.mat", 0, "float32", (1,), (0,))


def test_cells_hold_texts_of_any_length(tmp_path: Path) -> None:
    with MatWriter(tmp_path / "a.mat") as writer:
        writer.write("c", cell(["conv", "", "a longer name"]))
        writer.write("empty", cell([]))
    texts, nothing = (read(tmp_path / "a.mat", variable) for variable in variables(tmp_path / "a.mat"))
    assert ["".join(item.ravel()) for item in texts.ravel()] == ["conv", "", "a longer name"]
    assert nothing.size == 0


def test_variables_have_matlabs_class(tmp_path: Path) -> None:
    content = {"a": np.float32(1), "b": 1.0, "c": {"d": 1.0}, "e": "text", "f": np.array(True), "g": np.int8(1)}
    scipy.io.savemat(tmp_path / "a.mat", content)
    kinds = {"a": "single", "b": "double", "c": "struct", "e": "char", "f": "logical", "g": "int8"}
    assert dict(variables(tmp_path / "a.mat")) == kinds


def test_whole_numbers_that_matlab_stored_as_integers_come_back_as_floats() -> None:
    """MATLAB saves the double [1 2 3] as bytes; these files, which MATLAB wrote, came with scipy's tests."""
    folder = Path(scipy.io.__file__).parent / "matlab" / "tests" / "data"
    files = sorted(folder.glob("test3dmatrix_*.mat"))
    if not files:
        pytest.skip("this scipy comes without its test data")
    for file in files:
        array = read(file, Variable("test3dmatrix", "double"))
        assert array.dtype.kind == "f", file.name
        np.testing.assert_array_equal(array.ravel(order="F"), np.arange(1, 25))


def test_whole_numbers_of_every_class(tmp_path: Path) -> None:
    """A single array of whole numbers, stored as bytes as MATLAB does, and integers, which stay what they are."""
    path = tmp_path / "a.mat"
    scipy.io.savemat(path, {"a": np.array([[1, 2, 200]], np.uint8)})
    content = bytearray(path.read_bytes())
    assert content[144] == 9  # mxUINT8_CLASS, in the array flags
    assert read(path, variables(path)[0]).dtype == np.uint8
    for kind, dtype in ((7, np.float32), (6, np.float64)):
        content[144] = kind
        path.write_bytes(content)
        np.testing.assert_array_equal(read(path, variables(path)[0]), np.array([[1, 2, 200]], dtype), strict=True)


def test_complex_values_keep_their_imaginary_part(tmp_path: Path) -> None:
    value = np.array([[1 + 2j, 3]], np.complex64)
    scipy.io.savemat(tmp_path / "a.mat", {"a": value})
    np.testing.assert_array_equal(read(tmp_path / "a.mat", variables(tmp_path / "a.mat")[0]), value)


@pytest.mark.parametrize(
    "content",
    [b"", b"MATLAB 5.0", b"hello\n" * 50, b"\x89HDF\r\n\x1a\n" + bytes(600), b"\xff" * 300, b"PK\x03\x04" + bytes(300)],
    ids=["empty", "header cut off", "text", "hdf5 alone", "noise", "zip"],
)
def test_what_is_no_mat_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.mat"
    path.write_bytes(content)
    for action in (lambda: names_in(path), lambda: read(path, Variable("a", "double"))):
        with pytest.raises(XverifyError, match="is not a readable MAT file") as caught:
            action()
        assert caught.value.hint


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(XverifyError, match="does not exist"):
        names_in(tmp_path / "a.mat")
    with pytest.raises(XverifyError, match="is not a file"):
        names_in(tmp_path)


def test_a_file_that_may_not_be_read_is_refused_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.mat"
    scipy.io.savemat(path, {"a": 1.0})

    def denied(self: Path, *_: Any, **__: Any) -> Any:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(self))

    monkeypatch.setattr(Path, "open", denied)  # the tests run as root in places, which may read everything
    with pytest.raises(XverifyError, match=r"a\.mat cannot be read: Permission denied\."):
        names_in(path)


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"", "it is empty"), (b"\x89HDF\r\n\x1a\n" + bytes(600), "it is HDF5 without MATLAB's header")],
)
def test_a_file_that_is_refused_says_why(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "a.mat"
    path.write_bytes(content)
    with pytest.raises(XverifyError, match=reason) as caught:
        names_in(path)
    assert "-v6" in caught.value.hint


def test_a_file_that_is_cut_short_says_where(tmp_path: Path) -> None:
    path = tmp_path / "a.mat"
    with MatWriter(path) as writer:
        writer.write("a", np.zeros(4))
        start = writer.size
        writer.write("b", np.zeros(40))
    path.write_bytes(path.read_bytes()[:-100])
    reason = f"it is cut short: it ends at byte {path.stat().st_size}, inside a variable that begins at byte {start}"
    with pytest.raises(XverifyError, match=reason) as caught:
        names_in(path)
    assert "copy it again" in caught.value.hint


@pytest.mark.parametrize("compressed", [False, True])
def test_truncated_files_are_refused_or_say_what_they_still_have(tmp_path: Path, compressed: bool) -> None:
    path = tmp_path / "a.mat"
    content: dict[str, Any] = {"a": np.arange(24.0).reshape(2, 3, 4), "s": {"t": "x"}, "b": np.ones((3, 2))}
    scipy.io.savemat(path, content, do_compression=compressed)
    whole = path.read_bytes()
    for length in range(0, len(whole), 7):
        path.write_bytes(whole[:length])
        try:
            found = {variable.name: read(path, variable) for variable in variables(path)}
        except XverifyError:
            continue
        assert list(found) == list(content)[: len(found)]
        assert "a" not in found or np.array_equal(found["a"], content["a"])
