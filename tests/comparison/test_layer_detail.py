"""A layer's error in depth, on errors that were put where they are found."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from xverify.comparison.layer_detail import MAX_COLUMNS, MAX_ROWS, WORST, layer_detail
from xverify.comparison.results import Element, LayerDetail

RNG = np.random.default_rng(3)


def detail_of(actual: NDArray[Any], expected: NDArray[Any], dims: str) -> LayerDetail:
    return layer_detail(actual, expected, dims, layer="layer", alone=True)


def test_one_wrong_element_is_found_by_index_channel_sample_and_position() -> None:
    expected = RNG.normal(size=(2, 5, 6, 7)).astype(np.float32)
    actual = expected.copy()
    actual[1, 3, 2, 4] += np.float32(0.5)
    detail = detail_of(actual, expected, "NCHW")
    assert detail.worst == (Element((1, 3, 2, 4), float(actual[1, 3, 2, 4]), float(expected[1, 3, 2, 4])),)
    assert (detail.channels[0].channel, [item.max > 0 for item in detail.channels]) == (3, [True] + [False] * 4)
    assert detail.channels[0].max == pytest.approx(0.5, rel=1e-5)
    assert detail.channels[0].rms == pytest.approx(0.5 / np.sqrt(2 * 6 * 7), rel=1e-5)
    assert (detail.batch[0], detail.batch[1] > 0.4) == (0.0, True)
    positions = np.array(detail.positions)
    assert positions.shape == (6, 7)
    assert [tuple(place) for place in np.argwhere(positions > 0)] == [(2, 4)]
    assert detail.decades == ((0.0, expected.size - 1), (1.0, 1))


def test_errors_are_counted_by_decade_and_the_worst_come_first() -> None:
    expected = np.zeros(40, np.float32)
    actual = expected.copy()
    actual[:30] = 10.0 ** -np.arange(1, 31).repeat(1).astype(np.float32) * 1.5
    detail = detail_of(actual, expected, "")
    assert detail.decades[0] == (0.0, 10)
    assert sum(count for _, count in detail.decades) == 40
    bounds = [bound for bound, _ in detail.decades]
    assert bounds == sorted(bounds)
    assert [item.index for item in detail.worst] == [(place,) for place in range(WORST)]
    assert (detail.channels, detail.positions, detail.batch) == ((), (), ())


def test_nan_and_infinity_at_other_places_are_the_worst_and_at_the_same_places_are_none() -> None:
    expected = np.array([1.0, np.inf, np.nan, 2.0], np.float32)
    actual = np.array([np.nan, np.inf, np.nan, 2.0], np.float32)
    detail = detail_of(actual, expected, "")
    assert detail.decades == ((0.0, 3), (float("inf"), 1))
    assert [item.index for item in detail.worst] == [(0,)]


def test_a_large_plane_is_shown_in_blocks_by_their_largest_error() -> None:
    expected = np.zeros((1, 1, 100, 333), np.float32)
    actual = expected.copy()
    actual[0, 0, 99, 332] = 7.0
    positions = np.array(detail_of(actual, expected, "NCHW").positions)
    assert positions.shape == (MAX_ROWS, MAX_COLUMNS)
    assert (positions[-1, -1], positions.sum()) == (7.0, 7.0)


@pytest.mark.parametrize("shape", [(), (0,), (2, 0, 3, 4)])
def test_scalars_and_empty_layers_have_details_too(shape: tuple[int, ...]) -> None:
    value = np.zeros(shape, np.float32)
    detail = detail_of(value, value, "NCHW" if len(shape) == 4 else "")
    assert detail.worst == ()


def test_integers_and_booleans_are_compared_as_numbers() -> None:
    detail = detail_of(np.array([True, False]), np.array([True, True]), "")
    assert [(item.index, item.actual, item.expected) for item in detail.worst] == [((1,), 0.0, 1.0)]
