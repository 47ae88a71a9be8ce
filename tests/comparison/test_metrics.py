"""The fast block-wise metrics against plain float64 arithmetic."""

from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from xverify.comparison.metrics import BLOCK, Difference, difference, snr_db, top1_agreement, ulp_distance

Array = NDArray[Any]

SHAPES = hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=6)
ANY_FLOAT32 = st.floats(width=32)
ORDINARY = st.floats(-100, 100, width=32)


def float32(values: Any) -> Array:
    return np.array(values, np.float32)


class Plain(NamedTuple):
    """What float64 arithmetic without blocks says."""

    matches: bool
    max_error: float
    rms_error: float
    signal: float
    cosine: float | None


def plainly(actual: Array, expected: Array) -> Plain:
    a, e = actual.astype(np.float64).ravel(), expected.astype(np.float64).ravel()
    finite = np.isfinite(a) & np.isfinite(e)
    matches = bool((finite | (a == e) | (np.isnan(a) & np.isnan(e))).all())
    a, e = np.where(finite, a, 0), np.where(finite, e, 0)
    errors, count = np.abs(a - e), max(a.size, 1)
    norm = np.sqrt(np.sum(a**2)) * np.sqrt(np.sum(e**2))
    return Plain(
        matches,
        float(errors.max(initial=0)),
        float(np.sqrt(np.sum(errors**2) / count)),
        float(np.sqrt(np.sum(e**2) / count)),
        float(np.sum(a * e) / norm) if norm > 0 else None,
    )


def require_equal(found: Difference, plain: Plain) -> None:
    assert (found.problem == "") == plain.matches
    if plain.matches:
        assert found.max_error == pytest.approx(plain.max_error, rel=1e-6, abs=0)
        assert found.rms_error == pytest.approx(plain.rms_error, rel=1e-5, abs=0)
    else:
        assert np.isnan(found.max_error)
        assert np.isnan(found.rms_error)
    assert found.signal == pytest.approx(plain.signal, rel=1e-5, abs=0)
    assert (found.cosine is None) == (plain.cosine is None)
    if found.cosine is not None:
        assert found.cosine == pytest.approx(plain.cosine, abs=1e-5)
        assert abs(found.cosine) <= 1


@st.composite
def pairs(draw: st.DrawFn, elements: st.SearchStrategy[float] = ANY_FLOAT32) -> tuple[Array, Array]:
    """Two float32 arrays of one shape; some elements of the second are those of the first."""
    shape = draw(SHAPES)
    first = draw(hnp.arrays(np.float32, shape, elements=elements))
    other = draw(hnp.arrays(np.float32, shape, elements=elements))
    same = draw(hnp.arrays(np.bool_, shape))
    return first, np.where(same, first, other)


@given(pairs())
@example((float32([1e-30, 3e-42]), float32([1.5e-30, 0])))  # squares that float32 cannot hold
@example((float32([3.4e38, -1e30]), float32([-3.4e38, 2e30])))
@example((float32([-0.0, 1]), float32([0.0, 1])))
@example((float32([2.4454441e-32]), float32([1.0])))  # only the found value's square vanishes
def test_equals_float64_arithmetic(pair: tuple[Array, Array]) -> None:
    require_equal(difference(*pair), plainly(*pair))


@given(pairs(ORDINARY), st.sampled_from([0.0, 1e-3, 0.5]))
def test_worst_element_is_furthest_beyond_its_allowance(pair: tuple[Array, Array], rtol: float) -> None:
    actual, expected = (array.astype(np.float64) for array in pair)
    found = difference(*pair, rtol)
    if actual.size:
        excess = (np.abs(actual - expected) - rtol * np.abs(expected)).ravel()
        assert excess[found.worst] == pytest.approx(excess.max(), rel=1e-6, abs=1e-12)


@given(pairs(), st.sampled_from([0.0, 0.1]))
def test_worst_element_is_finite_where_any_is(pair: tuple[Array, Array], rtol: float) -> None:
    actual, expected = pair
    found = difference(actual, expected, rtol)
    finite = (np.isfinite(actual) & np.isfinite(expected)).ravel()
    if not found.problem and finite.any():
        assert finite[found.worst]


@pytest.mark.parametrize("size", [1, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK + 1])
@pytest.mark.parametrize("rtol", [0.0, 1e-3])
def test_finds_the_worst_element_at_block_borders(size: int, rtol: float) -> None:
    expected = np.random.default_rng(size).normal(size=size).astype(np.float32)
    for index in sorted({0, size // 2, min(size - 1, BLOCK - 1), min(size - 1, BLOCK), size - 1}):
        actual = expected.copy()
        actual[index] += 0.5
        found = difference(actual, expected, rtol)
        assert found.worst == index
        require_equal(found, plainly(actual, expected))


@pytest.mark.parametrize("size", [BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK])
def test_random_errors_over_several_blocks(size: int) -> None:
    rng = np.random.default_rng(size)
    expected = (50 * rng.normal(size=size) + 20).astype(np.float32)
    actual = (expected + 1e-3 * rng.normal(size=size)).astype(np.float32)
    require_equal(difference(actual, expected), plainly(actual, expected))


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("scale", [1e-40, 1e-25, 1e-16, 1e-12, 1.0, 1e12, 1e18, 1e30])
def test_scales_at_which_float32_squares_vanish_or_overflow(scale: float, dtype: type[np.floating[Any]]) -> None:
    rng = np.random.default_rng(7)
    with np.errstate(over="ignore"):
        expected, actual = (dtype(scale) * rng.normal(size=(2, 40)).astype(dtype) for _ in range(2))
        require_equal(difference(actual, expected), plainly(actual, expected))


def test_empty_arrays_are_equal() -> None:
    found = difference(np.zeros((2, 0, 3), np.float32), np.zeros((2, 0, 3), np.float32))
    assert (found.max_error, found.rms_error, found.problem, found.cosine) == (0.0, 0.0, "", None)


@pytest.mark.parametrize("where", [0, 5, BLOCK, BLOCK + 6])
@pytest.mark.parametrize(
    ("actual_value", "expected_value", "problem"),
    [
        (np.nan, 0.5, "NaN where the reference has 0.5"),
        (0.5, np.nan, "0.5 where the reference has NaN"),
        (np.inf, 0.5, "Inf where the reference has 0.5"),
        (0.5, -np.inf, "0.5 where the reference has -Inf"),
        (-np.inf, np.inf, "-Inf where the reference has Inf"),
        (np.nan, np.inf, "NaN where the reference has Inf"),
        (-np.inf, np.nan, "-Inf where the reference has NaN"),
    ],
)
@pytest.mark.parametrize("rtol", [0.0, 0.1])
def test_what_is_not_finite_at_one_place_only(
    where: int, actual_value: float, expected_value: float, problem: str, rtol: float
) -> None:
    expected = np.random.default_rng(1).normal(size=BLOCK + 7).astype(np.float32)
    actual = expected + np.float32(1e-3)
    actual[where], expected[where] = actual_value, expected_value
    found = difference(actual, expected, rtol)
    assert (found.problem, found.worst) == (problem, where)
    assert np.isnan(found.max_error)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_at_the_same_place_is_left_out(value: float) -> None:
    expected = float32([[value, 3.0], [4.0, value]])
    actual = float32([[value, 3.5], [4.0, value]])
    found = difference(actual, expected)
    assert (found.problem, found.max_error, found.worst) == ("", 0.5, 1)
    assert found.signal == pytest.approx(2.5)


def test_first_of_several_problems_is_named() -> None:
    expected = np.zeros(2 * BLOCK, np.float32)
    actual = expected.copy()
    actual[BLOCK + 1] = np.inf
    actual[[17, 90]] = np.nan
    assert (difference(actual, expected).problem, difference(actual, expected).worst) == (
        "NaN where the reference has 0",
        17,
    )


def test_strided_and_transposed_views_are_read_in_their_own_order() -> None:
    expected = np.arange(120, dtype=np.float32).reshape(4, 5, 6)[::2, ::-1, 1::3].transpose(2, 0, 1)
    assert not expected.flags.c_contiguous
    actual = np.array(expected)
    actual[1, 0, 3] += 7
    found = difference(actual, expected)
    assert found.max_error == 7
    assert found.worst == np.ravel_multi_index((1, 0, 3), expected.shape)


def test_big_endian_arrays_are_read_by_value() -> None:
    expected = float32([1.0, -2.0, 3.0])
    assert difference(expected.astype(">f4"), expected).max_error == 0


@pytest.mark.parametrize("shapes", [((3, 1), (1, 3)), ((1, 3), (3,)), ((), (1,)), ((2, 3), (3, 2)), ((0,), (1,))])
def test_nothing_is_broadcast(shapes: tuple[tuple[int, ...], tuple[int, ...]]) -> None:
    with pytest.raises(ValueError, match="shapes differ"):
        difference(np.zeros(shapes[0], np.float32), np.zeros(shapes[1], np.float32))


@pytest.mark.parametrize("dtype", [np.bool_, np.int8, np.uint8, np.int32])
def test_integers_and_booleans_are_subtracted_without_wrapping(dtype: type[np.generic]) -> None:
    zero, one = np.zeros(3, dtype), np.ones(3, dtype)
    assert difference(zero, one).max_error == 1
    assert difference(one, zero).max_error == 1


@settings(max_examples=30)
@given(st.floats(1e-30, 1e30), st.floats(1e-30, 1e30))
def test_snr_is_in_decibels(signal: float, error: float) -> None:
    assert snr_db(signal, error) == pytest.approx(20 * (np.log10(signal) - np.log10(error)), abs=1e-9)
    assert snr_db(signal, 0.0) is None
    assert snr_db(0.0, error) is None
    assert snr_db(signal, float("nan")) is None


def test_ulp_distance_counts_neighbouring_floats() -> None:
    for value in (1.0, -1.5, 3e-40, 2.0**20):
        neighbour = np.nextafter(np.float32(value), np.float32(np.inf))
        error = abs(float(neighbour) - float(np.float32(value)))
        assert ulp_distance(error, value) == pytest.approx(1.0)
    assert ulp_distance(float("nan"), 1.0) is None
    assert ulp_distance(0.0, float("inf")) is None


def test_top1_agreement_is_the_share_of_rows() -> None:
    expected = float32([[1, 2, 3], [3, 2, 1], [0, 5, 0], [9, 1, 1]])
    actual = float32([[1, 2, 4], [1, 2, 3], [0, 4, 0], [8, 1, 1]])
    assert top1_agreement(actual, expected) == 0.75
