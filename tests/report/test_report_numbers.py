import math

import pytest

from xverify.report import numbers


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (1.23456e-7, "1.23e-07"),
        (0.0, "0"),
        (-0.0, "0"),
        (5e-324, "4.94e-324"),
        (math.nan, "NaN"),
        (math.inf, "Inf"),
        (None, "-"),
    ],
)
def test_an_error_has_three_digits_and_zero_is_exact(value: float | None, shown: str) -> None:
    assert numbers.error(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.314, "0.31x"),
        (0.0, "0x"),
        (1e-5, "<0.001x"),
        (3.14159, "3.14x"),
        (9_999.0, "9999x"),
        (2e7, "2.0e+07x"),
        (math.inf, "Inf"),
        (math.nan, "NaN"),
        (None, "-"),
    ],
)
def test_a_ratio_is_short(value: float | None, shown: str) -> None:
    assert numbers.ratio(value) == shown


@pytest.mark.parametrize("value", [0.99, 0.995, 0.9999999, math.nextafter(1, 0)])
def test_a_passing_ratio_is_never_shown_as_one(value: float) -> None:
    assert float(numbers.ratio(value).removesuffix("x")) < 1


@pytest.mark.parametrize("value", [math.nextafter(1, 2), 1.0000001, 1.004, 1.01])
def test_a_failing_ratio_is_never_shown_as_one(value: float) -> None:
    assert float(numbers.ratio(value).removesuffix("x")) > 1


def test_a_value_tells_neighbouring_floats_apart() -> None:
    assert numbers.value(0.1) == "0.1"
    assert numbers.value(1.00000012) != numbers.value(1.00000024)
    assert numbers.value(-math.inf) == "-Inf"
    assert numbers.value(None) == "-"


def test_shapes_and_indices() -> None:
    assert numbers.shape((2, 32, 16, 8)) == "2x32x16x8"
    assert numbers.shape(()) == "scalar"
    assert numbers.index((0, 12, 3)) == "[0, 12, 3]"
    assert numbers.count(1, "layer") == "1 layer"
    assert numbers.count(0, "layer") == "0 layers"
    assert numbers.decibels(138.25) == "138.2 dB"
    assert numbers.decibels(None) == "-"
