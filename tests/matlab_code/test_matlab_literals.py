"""Python values as MATLAB code."""

import re

import pytest
from handmade_steps import HOSTILE
from hypothesis import given
from hypothesis import strategies as st

from xverify.matlab_code.literals import call, number, plain, row, single, text


@pytest.mark.parametrize(
    ("value", "literal"),
    [(3.0, "3"), (-2, "-2"), (1e-5, "1e-05"), (0.1, "0.1"),
     (float("inf"), "Inf"), (float("-inf"), "-Inf"), (float("nan"), "NaN"), (1e300, "1e+300")],
)  # fmt: skip
def test_a_number_is_its_shortest_literal(value: float, literal: str) -> None:
    assert number(value) == literal


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_a_float32_survives_its_literal(value: float) -> None:
    import numpy as np

    assert np.float32(float(single(value))) == np.float32(value)


@given(st.text())
def test_a_text_is_one_literal_of_ascii(value: str) -> None:
    literal = text(value)
    assert literal.isascii()
    assert literal.isprintable()
    assert re.fullmatch(r"'(?:[^']|'')*'", literal)


def test_a_comment_stays_on_its_line() -> None:
    assert plain(HOSTILE).isprintable()
    assert "\n" not in plain(HOSTILE)


def test_rows_have_brackets_where_they_need_them() -> None:
    assert row([3, 2]) == "[3 2]"
    assert row([3]) == "3"


def test_a_long_call_goes_on_below() -> None:
    lines = call("f", [f"'Option{k}', {k}" for k in range(20)], 2).splitlines()
    assert len(lines) > 1
    assert all(line.endswith("...") for line in lines[:-1])
    assert all(len(line) <= 125 for line in lines)
    assert call("f", [], 0) == "f()"
