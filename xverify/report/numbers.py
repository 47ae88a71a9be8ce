"""How numbers are shown, the same in every format.

A reader must be able to trust what is printed: 0 is printed for an exact zero only, a ratio is never rounded across 1
(the line between passing and failing), and NaN and Inf are named.
"""

import math


def error(value: float | None) -> str:
    """An error or an allowance, three significant digits: '1.23e-07'; '0' is exactly zero, '-' is not measured.

    >>> error(1.23456e-7), error(0.0), error(float("nan")), error(None)
    ('1.23e-07', '0', 'NaN', '-')
    """
    if value is None:
        return "-"
    if value == 0:
        return "0"
    return f"{value:.2e}" if math.isfinite(value) else _non_finite(value)


def ratio(value: float | None) -> str:
    """Error over allowance, two significant digits: '0.31x'.

    >>> ratio(0.3149), ratio(0.99999), ratio(1.0), ratio(1.00001), ratio(3123.4), ratio(2e7)
    ('0.31x', '0.99x', '1.00x', '1.01x', '3123x', '2.0e+07x')
    """
    if value is None:
        return "-"
    if not math.isfinite(value):
        return _non_finite(value)
    return f"{_ratio_digits(value)}x"


def _ratio_digits(value: float) -> str:
    if value == 0:
        return "0"
    if value < 0.001:
        return "<0.001"
    if value < 1:
        return f"{min(value, 0.99):.2g}"
    if value < 10:
        return f"{1.01 if 1 < value < 1.01 else value:.2f}"
    return f"{value:.0f}" if value < 10_000 else f"{value:.1e}"


def value(number: float | None) -> str:
    """An element of an array, with the nine digits that tell any two float32 apart.

    >>> value(0.1), value(7.0), value(float("-inf"))
    ('0.1', '7', '-Inf')
    """
    if number is None:
        return "-"
    return f"{number:.9g}" if math.isfinite(number) else _non_finite(number)


def percent(part: int, whole: int) -> str:
    """A share of a whole; never rounded up to all of it, nor down to none.

    >>> percent(3, 4), percent(9999, 10000), percent(99999, 100000), percent(10, 10), percent(1, 100000), percent(0, 0)
    ('75.00%', '99.99%', '99.99%', '100.00%', '0.01%', '-')
    """
    if not whole:
        return "-"
    share = 100 * part / whole
    if 0 < part < whole:
        share = min(max(share, 0.01), 99.99)
    return f"{share:.2f}%"


def decibels(number: float | None) -> str:
    """A signal-to-noise ratio: '123.4 dB'."""
    return "-" if number is None else f"{number:.1f} dB"


def shape(sizes: tuple[int, ...]) -> str:
    """A shape in PyTorch's axis order.

    >>> shape((2, 32, 16, 8)), shape(())
    ('2x32x16x8', 'scalar')
    """
    return "x".join(map(str, sizes)) if sizes else "scalar"


def index(position: tuple[int, ...]) -> str:
    """An element's place, as it is typed in PyTorch.

    >>> index((0, 12, 3))
    '[0, 12, 3]'
    """
    return f"[{', '.join(map(str, position))}]"


def count(number: int, noun: str) -> str:
    """A number of things.

    >>> count(1, "layer"), count(3, "layer")
    ('1 layer', '3 layers')
    """
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _non_finite(number: float) -> str:
    if math.isnan(number):
        return "NaN"
    return "Inf" if number > 0 else "-Inf"
