"""Axes of foreign files: MATLAB's letters or PyTorch's, in any order, reversed, without the batch."""

from itertools import permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from xverify.bundle.manifest import StoredArray
from xverify.layouts.axes import matlab_dims
from xverify.runtimes.stored_axes import DimsError, axes_from, in_pytorch_order

Array = NDArray[Any]


def stored(dims: str, shape: tuple[int, ...]) -> StoredArray:
    matlab, permutation = matlab_dims(dims) if dims else ("", tuple(range(len(shape))))
    return StoredArray("reference.mat", "a", 0, shape, "float32", permutation, dims, matlab)


def value_of(shape: tuple[int, ...]) -> Array:
    return np.random.default_rng(3).normal(size=shape).astype(np.float32)


def as_matlab_saves(value: Array) -> Array:
    """Without trailing singletons, of rank 2 at least."""
    if value.ndim < 2:
        return value.reshape(-1, 1)
    while value.ndim > 2 and value.shape[-1] == 1:
        value = value[..., 0]
    return value


def read(value: Array, array: StoredArray, dims: str = "", flip: str = "") -> Array:
    return in_pytorch_order(as_matlab_saves(value), array.shape, axes_from(array, dims, flip))


@pytest.mark.parametrize("shape", [(2, 3, 5, 7), (1, 3, 5, 7), (1, 1, 5, 1), (2, 1, 1, 1), (1, 1, 1, 1)])
def test_every_order_of_pytorchs_letters(shape: tuple[int, ...]) -> None:
    value = value_of(shape)
    for order in permutations("NCHW"):
        in_file = value.transpose(["NCHW".index(letter) for letter in order])
        assert np.array_equal(read(in_file, stored("NCHW", shape), "".join(order)), value), order


@pytest.mark.parametrize(
    ("pytorch", "dims", "order", "shape"),
    [
        ("NCHW", "SSCB", (2, 3, 1, 0), (2, 3, 5, 7)),
        ("NCHW", "CSSB", (1, 2, 3, 0), (2, 3, 5, 7)),
        ("NCHW", "BCSS", (0, 1, 2, 3), (2, 3, 5, 7)),
        ("NCDHW", "SSSCB", (3, 4, 2, 1, 0), (2, 3, 4, 5, 7)),
        ("NCL", "SCB", (2, 1, 0), (2, 3, 5)),
        ("NLC", "CTB", (2, 1, 0), (2, 3, 5)),
        ("NLC", "BTC", (0, 1, 2), (2, 3, 5)),
        ("NC", "BC", (0, 1), (2, 3)),
    ],
)
def test_matlabs_letters(pytorch: str, dims: str, order: tuple[int, ...], shape: tuple[int, ...]) -> None:
    value = value_of(shape)
    np.testing.assert_array_equal(read(value.transpose(order), stored(pytorch, shape), dims), value)


@pytest.mark.parametrize(
    ("pytorch", "dims", "order", "shape"),
    [
        ("NCHW", "SSC", (1, 2, 0), (1, 3, 5, 7)),
        ("NCHW", "WHC", (2, 1, 0), (1, 3, 5, 7)),
        ("NLC", "CT", (1, 0), (1, 3, 5)),
        ("NC", "C", (0,), (1, 3)),
    ],
)
def test_a_batch_of_one_may_be_left_out(
    pytorch: str, dims: str, order: tuple[int, ...], shape: tuple[int, ...]
) -> None:
    value = value_of(shape)
    np.testing.assert_array_equal(read(value[0].transpose(order), stored(pytorch, shape), dims), value)


@pytest.mark.parametrize("size", [(6, 1), (1, 6)])
def test_a_vector_of_features_may_be_a_column_or_a_row(size: tuple[int, int]) -> None:
    value = value_of((1, 6))
    axes = axes_from(stored("NC", (1, 6)), "C")
    np.testing.assert_array_equal(in_pytorch_order(value.reshape(size), (1, 6), axes), value)


@pytest.mark.parametrize(
    ("flip", "axes"), [("C", (1,)), ("HW", (2, 3)), ("WC", (1, 3)), ("B", (0,)), ("N", (0,)), ("", ())]
)
@pytest.mark.parametrize("dims", ["", "SSCB", "WHCN"])
def test_reversed_axes(flip: str, axes: tuple[int, ...], dims: str) -> None:
    value = value_of((2, 3, 5, 7))
    order = (3, 2, 1, 0) if dims == "WHCN" else (2, 3, 1, 0)
    in_file = np.flip(value, axes).transpose(order) if axes else value.transpose(order)
    np.testing.assert_array_equal(read(in_file, stored("NCHW", value.shape), dims, flip), value)


@pytest.mark.parametrize(
    ("pytorch", "shape", "dims", "flip", "reason"),
    [
        ("NCHW", (2, 3, 5, 7), "SSC", "", "leaves out B, but the batch is 2"),
        ("NCHW", (2, 3, 5, 7), "WHC", "", "leaves out N, but the batch is 2"),
        ("NCHW", (1, 3, 5, 7), "SC", "", "leaves out S: the axes are SSCB in MATLAB's letters or NCHW in PyTorch's"),
        ("NCHW", (1, 3, 5, 7), "SSSCB", "", "does not fit"),
        ("NCHW", (1, 3, 5, 7), "SSCBT", "", "does not fit"),
        ("NCHW", (1, 3, 5, 7), "SSCN", "", "does not fit"),  # letters of both sides
        ("NCHW", (1, 3, 5, 7), "sscb", "", "does not fit"),
        ("NCHW", (1, 3, 5, 7), "HWCD", "", "does not fit"),
        ("NCHW", (1, 3, 5, 7), "H W C", "", "does not fit"),
        ("NC", (2, 3), "SCB", "", "does not fit: the axes are CB in MATLAB's letters or NC in PyTorch's"),
        ("NCHW", (1, 3, 5, 7), "SSC", "S", "flip = 'S' names several axes"),
        ("NCHW", (1, 3, 5, 7), "SSC", "T", "flip = 'T' names no axis"),
        ("NCHW", (1, 3, 5, 7), "", "CC", "names an axis twice"),
        ("NCHW", (1, 3, 5, 7), "", "BN", "names an axis twice"),
        ("", (3, 4), "CB", "", "its axes have no letters"),
        ("", (3, 4), "", "C", "its axes have no letters"),
    ],
)
def test_letters_that_do_not_fit(pytorch: str, shape: tuple[int, ...], dims: str, flip: str, reason: str) -> None:
    with pytest.raises(DimsError) as caught:
        axes_from(stored(pytorch, shape), dims, flip)
    assert reason in str(caught.value)


@given(
    shape=st.lists(st.integers(1, 4), min_size=4, max_size=4).map(tuple),
    wrong=st.lists(st.integers(0, 5), max_size=6).map(tuple),
    dims=st.sampled_from(["", "SSCB", "WHCN", "BCSS"]),
)
def test_an_array_of_another_size_is_never_broadcast_or_refilled(
    shape: tuple[int, ...], wrong: tuple[int, ...], dims: str
) -> None:
    array = stored("NCHW", shape)
    found = in_pytorch_order(np.zeros(wrong), shape, axes_from(array, dims))
    assert found.size == np.zeros(wrong).size
    if found.shape == shape:
        in_file = [shape[axis] for axis in axes_from(array, dims).permutation]
        assert list(wrong) + [1] * (4 - len(wrong)) == in_file


def test_a_class_of_objects_keeps_its_shape() -> None:
    value = np.empty((5, 7, 3, 2), object)
    assert in_pytorch_order(value, (2, 3, 5, 7), axes_from(stored("NCHW", (2, 3, 5, 7)))).shape == (2, 3, 5, 7)
