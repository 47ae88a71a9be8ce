"""McNemar's test against scipy's binomial test."""

import pytest
from scipy.stats import binomtest

from xverify.parity.mcnemar import mcnemar


@pytest.mark.parametrize(("first", "second"), [(1, 6), (0, 4), (13, 9), (3, 3), (250, 301), (1_200, 1_000)])
def test_it_is_the_exact_binomial_test(first: int, second: int) -> None:
    expected = binomtest(first, first + second, 0.5).pvalue
    assert mcnemar(first, second) == pytest.approx(expected, rel=1e-12)
    assert mcnemar(second, first) == mcnemar(first, second)


def test_no_sample_that_only_one_side_got_right_proves_nothing() -> None:
    assert mcnemar(0, 0) == 1.0
