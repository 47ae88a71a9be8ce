import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from xverify.errors import XverifyError
from xverify.models.input_files import read_inputs

IMAGES = np.arange(2 * 3 * 5 * 4, dtype=np.float32).reshape(2, 3, 5, 4)


def test_a_npy_file_is_the_only_input(tmp_path: Path) -> None:
    np.save(tmp_path / "images.npy", IMAGES)

    args, kwargs, notes = read_inputs(tmp_path / "images.npy")

    assert len(args) == 1
    assert np.array_equal(args[0].numpy(), IMAGES)
    assert (kwargs, notes) == ({}, ())


def test_arrays_of_a_npz_file_go_by_number_and_by_name(tmp_path: Path) -> None:
    numbered = [np.full((index + 1,), index) for index in range(11)]
    np.savez_compressed(tmp_path / "all.npz", *numbered, mask=np.array([[True, False, True]]), images=IMAGES)

    args, kwargs, _ = read_inputs(tmp_path / "all.npz")

    assert [tuple(tensor.shape) for tensor in args] == [(index + 1,) for index in range(11)]
    assert [int(tensor[0]) for tensor in args] == list(range(11))
    assert set(kwargs) == {"mask", "images"}
    assert kwargs["mask"].dtype == torch.bool
    assert kwargs["mask"].tolist() == [[True, False, True]]


@pytest.mark.parametrize("dtype", ["float64", "float16", ">f8", "longdouble"])
def test_other_floats_become_float32_and_that_is_said(tmp_path: Path, dtype: str) -> None:
    values = np.array([[1 / 3, 2.5], [1e-3, -7]]).astype(dtype)
    np.savez(tmp_path / "v.npz", values=values)

    _, kwargs, notes = read_inputs(tmp_path / "v.npz")

    assert kwargs["values"].dtype == torch.float32
    assert np.array_equal(kwargs["values"].numpy(), values.astype(np.float32))
    assert notes == (f"values in v.npz converted from {values.dtype} to float32",)


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", "int32", "int64", "bool", ">i4", ">f4"])
def test_integers_booleans_and_byte_orders_keep_their_values(tmp_path: Path, dtype: str) -> None:
    values = np.array([[0, 1, 100], [3, 0, 7]]).astype(dtype)
    np.save(tmp_path / "v.npy", values)

    (tensor,), _, notes = read_inputs(tmp_path / "v.npy")

    assert tensor.numpy().dtype == values.dtype.newbyteorder("=")
    assert np.array_equal(tensor.numpy(), values)
    assert notes == ()


@pytest.mark.parametrize(
    "array", [np.float32(2.5), np.asfortranarray(IMAGES), IMAGES[:, ::-1]], ids=["0-d", "F", "view"]
)
def test_shape_and_order_survive(tmp_path: Path, array: NDArray[Any]) -> None:
    np.save(tmp_path / "v.npy", array)

    (tensor,), _, _ = read_inputs(tmp_path / "v.npy")

    assert tuple(tensor.shape) == np.shape(array)
    assert np.array_equal(tensor.numpy(), array)
    assert tensor.is_contiguous()


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.array([1 + 2j]), "of type complex128"),
        (np.array(["cat", "dog"]), "of type <U3"),
        (np.zeros(2, dtype=[("x", "f4")]), "of type"),
        (np.zeros((0, 3)), "nothing in it"),
        (np.array([{}, 1], dtype=object), "array of Python objects"),
    ],
)
@pytest.mark.parametrize("suffix", [".npy", ".npz"])
def test_what_is_not_numbers_is_refused(tmp_path: Path, array: NDArray[Any], message: str, suffix: str) -> None:
    path = tmp_path / f"v{suffix}"
    np.save(path, array) if suffix == ".npy" else np.savez(path, v=array)

    with pytest.raises(XverifyError, match=message) as caught:
        read_inputs(path)

    assert caught.value.hint


def test_numbers_count_not_the_order_in_the_file(tmp_path: Path) -> None:
    np.savez(tmp_path / "v.npz", arr_1=np.array([1]), arr_0=np.array([0]))

    args, _, _ = read_inputs(tmp_path / "v.npz")

    assert [int(tensor) for tensor in args] == [0, 1]


def test_a_gap_in_the_numbers_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "v.npz", arr_0=IMAGES, arr_2=IMAGES)

    with pytest.raises(XverifyError, match=r"without a gap; it has \[0, 2\]"):
        read_inputs(tmp_path / "v.npz")


@pytest.mark.parametrize("suffix", [".npy", ".npz"])
def test_missing_damaged_and_foreign_files_are_refused(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"v{suffix}"
    with pytest.raises(XverifyError, match=r"cannot be read: .*No such file"):
        read_inputs(path)
    np.save(path, IMAGES) if suffix == ".npy" else np.savez(path, v=IMAGES)
    whole = path.read_bytes()
    for content in (b"", b"text", pickle.dumps({"a": 1}), whole[:200]):
        path.write_bytes(content)
        with pytest.raises(XverifyError, match="cannot be read"):
            read_inputs(path)


def test_a_flipped_bit_in_an_archive_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "v.npz"
    np.savez(path, v=IMAGES)
    content = bytearray(path.read_bytes())
    content[300] ^= 1
    path.write_bytes(content)

    with pytest.raises(XverifyError, match="CRC"):
        read_inputs(path)


def test_archives_without_arrays_and_other_suffixes_are_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "text.npz", "w") as archive:
        archive.writestr("readme.txt", "hello")
    np.savez(tmp_path / "empty.npz")

    with pytest.raises(XverifyError, match=r"holds readme.txt, not arrays"):
        read_inputs(tmp_path / "text.npz")
    with pytest.raises(XverifyError, match="holds nothing, not arrays"):
        read_inputs(tmp_path / "empty.npz")
    with pytest.raises(XverifyError, match=r"neither a \.npy nor a \.npz file"):
        read_inputs(tmp_path / "images.mat")
