"""McNemar's test: whether two classifiers that judged the same samples are right equally often."""

from math import comb


def mcnemar(only_first: int, only_second: int) -> float:
    """The exact two-sided p-value (McNemar 1947; the binomial form, which needs no large counts).

    Samples that both or neither got right say nothing. Of the others each side should win half, if they are equally good:
    p is the probability of a split that is at least as uneven, as scipy.stats.binomtest(only_first, n, 0.5) gives it.

    >>> mcnemar(1, 6), mcnemar(3, 3), mcnemar(0, 0)
    (0.125, 1.0, 1.0)
    """
    count, fewer = only_first + only_second, min(only_first, only_second)
    tail = term = 1
    for k in range(1, fewer + 1):
        term = term * (count - k + 1) // k
        tail += term
    assert term == comb(count, fewer)
    return min(1.0, float(2 * tail / 2**count))
