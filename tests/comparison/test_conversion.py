"""Outputs before and after a conversion: what passes, and what never does."""

import numpy as np
import pytest

from xverify.comparison.conversion import check_output, noise_floor

VALUE = np.array([[1.0, -4.0], [0.5, 2.0]], np.float32)
EPS = float(np.finfo(np.float32).eps)


def test_the_floor_is_the_spread_or_the_rounding_of_the_largest_value() -> None:
    assert noise_floor(VALUE, []) == 4 * EPS
    assert noise_floor(VALUE, [VALUE, VALUE + np.float32(0.25)]) == 0.25
    assert noise_floor(np.array([1, 2]), []) == 0.0
    assert noise_floor(np.array([np.inf, 2.0], np.float32), []) == 2 * EPS


def test_an_error_within_the_allowance_passes_and_one_beyond_it_fails() -> None:
    near = VALUE + np.float32(1e-3)
    assert check_output("y", near, VALUE, 1.1e-3).passed
    failed = check_output("y", near, VALUE, 0.9e-3)
    assert not failed.passed
    assert failed.reason == "error 0.001, allowed 0.0009"


@pytest.mark.parametrize(
    ("actual", "reason"),
    [
        (VALUE.reshape(4), "shape 4 instead of 2x2"),
        (VALUE[:, :1], "shape 2x1 instead of 2x2"),
        (np.array([[1.0, np.nan], [0.5, 2.0]], np.float32), "NaN"),
        (np.array([[1.0, np.inf], [0.5, 2.0]], np.float32), "Inf"),
        (VALUE.astype(np.int64), "int64 instead of float32"),
    ],
)
def test_what_is_no_small_error_fails_whatever_is_allowed(actual: np.ndarray, reason: str) -> None:
    check = check_output("y", actual, VALUE, 1e9)
    assert not check.passed
    assert reason.lower() in check.reason.lower()


def test_integers_must_be_equal() -> None:
    labels = np.array([3, 1, 2])
    assert check_output("label", labels, labels.copy(), 5.0).passed
    failed = check_output("label", labels + np.array([0, 1, 0]), labels, 5.0)
    assert (failed.passed, failed.reason) == (False, "1 of 3 values differ")
