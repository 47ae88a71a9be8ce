"""Hashes of files and arrays."""

import hashlib
from pathlib import Path

import numpy as np
import pytest

from xverify.bundle.hashing import array_sha256, file_sha256


@pytest.mark.parametrize("size", [0, 1, 1_000_003])
def test_a_files_hash_is_that_of_its_bytes(tmp_path: Path, size: int) -> None:
    content = np.random.default_rng(size).bytes(size)
    (tmp_path / "f").write_bytes(content)
    assert file_sha256(tmp_path / "f") == hashlib.sha256(content).hexdigest()


def test_an_arrays_hash_is_that_of_its_elements_in_c_order() -> None:
    array = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    assert array_sha256(array) == hashlib.sha256(array.tobytes()).hexdigest()
    assert array_sha256(np.asfortranarray(array)) == array_sha256(array)
    assert array_sha256(np.repeat(array, 2, axis=1)[:, ::2]) == array_sha256(array)
    assert array_sha256(array.transpose(0, 2, 1)) != array_sha256(array)


@pytest.mark.parametrize("array", [np.array(1.5), np.zeros((0, 3)), np.array([True]), np.zeros(2, np.int64)], ids=str)
def test_scalars_empty_arrays_and_every_type_have_one(array: np.ndarray[tuple[int, ...], np.dtype[np.generic]]) -> None:
    assert array_sha256(array) == hashlib.sha256(array.tobytes()).hexdigest()


def test_one_bit_makes_another_hash() -> None:
    array = np.zeros(1000, np.float32)
    other = array.copy()
    other[999] = -0.0
    assert array_sha256(array) != array_sha256(other)
