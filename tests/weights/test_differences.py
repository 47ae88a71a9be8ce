"""How arrays differ, and which other order of their elements explains it."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from xverify.weights.differences import change_of, explained, fitting_order
from xverify.weights.flattening import in_pytorch_columns
from xverify.weights.orientation import matching_order

EXPORTED: NDArray[Any] = np.random.default_rng(5).normal(size=(3, 3, 3, 4)).astype(np.float32)
AXES = "H W I O"


def words(found: NDArray[Any], exported: NDArray[Any] = EXPORTED, axes: str = AXES) -> str:
    change = change_of(found, exported)
    assert change is not None
    return explained(found, exported, change, axes)


def test_equal_arrays_have_no_change() -> None:
    assert change_of(EXPORTED.copy(order="F"), EXPORTED) is None
    assert change_of(EXPORTED.astype(np.float64), EXPORTED) is None


def test_nan_is_the_largest_change() -> None:
    found = EXPORTED.copy()
    found[1, 2, 0, 3] = np.nan
    change = change_of(found, EXPORTED)
    assert change is not None
    assert change.index == (2, 3, 1, 4)
    assert np.isinf(change.max)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (EXPORTED[:, :, ::-1], 'reversed along the input channels, as between RGB and BGR (flip = "I" in a map)'),
        (EXPORTED[::-1], 'reversed along the height (flip = "H" in a map)'),
        (EXPORTED.transpose(1, 0, 2, 3), 'the axes lie in another order (axes = "W H I O" in a map)'),
    ],
)
def test_another_order_is_named(found: NDArray[Any], expected: str) -> None:
    assert words(found) == f"{expected}: then they are equal"


def test_another_order_is_named_after_some_training() -> None:
    tuned = EXPORTED + 0.01 * np.random.default_rng(6).normal(size=EXPORTED.shape).astype(np.float32)
    text = words(tuned[:, :, ::-1])
    assert text.startswith("reversed along the input channels")
    assert "the relative change is 0.01" in text


def test_training_is_not_explained_away() -> None:
    assert words(EXPORTED * np.float32(1.2)) == ""
    assert words(np.random.default_rng(7).normal(size=EXPORTED.shape)) == ""


def test_the_nearest_of_several_orders_fits() -> None:
    found = EXPORTED.transpose(3, 2, 0, 1)
    assert fitting_order(found, EXPORTED, AXES) == (
        'permute(..., [3 4 2 1]) would fit: equal to the exported values, axes = "O I H W" in a map'
    )
    assert fitting_order(np.zeros((5, 5)), EXPORTED, AXES) == ""
    assert fitting_order(np.zeros((3, 3, 3, 4, 2)), EXPORTED, AXES) == ""


def test_columns_of_images_and_volumes() -> None:
    height, width, depth, channels = 2, 3, 4, 5
    image = np.arange(2 * height * width * channels).reshape(2, channels, height, width)
    joined = np.stack([sample.transpose(1, 2, 0).ravel(order="F") for sample in image])
    np.testing.assert_array_equal(in_pytorch_columns(joined, (height, width, channels)), image.reshape(2, -1))
    volume = np.arange(2 * height * width * depth * channels).reshape(2, channels, depth, height, width)
    joined = np.stack([sample.transpose(2, 3, 1, 0).ravel(order="F") for sample in volume])
    np.testing.assert_array_equal(in_pytorch_columns(joined, (height, width, depth, channels)), volume.reshape(2, -1))


@given(st.lists(st.integers(1, 4), min_size=1, max_size=5), st.data())
def test_trailing_singletons_and_vectors_keep_their_order(sizes: list[int], data: st.DataObject) -> None:
    array = np.random.default_rng(0).normal(size=sizes)
    extra = data.draw(st.integers(0, 3))
    np.testing.assert_array_equal(matching_order(array.reshape((*sizes, *[1] * extra)), sizes), array)
    if sum(size > 1 for size in sizes) > 1:
        assert matching_order(array, (array.size, 1)) is None
    else:
        np.testing.assert_array_equal(matching_order(array.reshape(1, -1), sizes), array)
