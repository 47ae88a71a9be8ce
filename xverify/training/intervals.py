"""How far an accuracy that was measured on n images may lie from the network's own: Wilson's score interval."""

import math

import msgspec

Z_95 = 1.959963984540054  # the normal distribution's 97.5% quantile


class Interval(msgspec.Struct, frozen=True):
    """Bounds from 0 to 1."""

    low: float
    high: float


def wilson(correct: int, images: int) -> Interval:
    """The 95% confidence interval of a share (Wilson, "Probable inference", JASA 22, 1927, equation 4).

    Unlike the textbook's mean plus or minus two deviations it stays within 0 and 1 and is not empty at either end.

    >>> wilson(81, 100)
    Interval(low=0.7222..., high=0.8748...)
    """
    share, square = correct / images, Z_95**2
    centre = share + square / (2 * images)
    spread = Z_95 * math.sqrt(share * (1 - share) / images + square / (4 * images**2))
    scale = 1 + square / images
    # At both ends the bound is the share itself; rounding would miss it by an ULP.
    low = 0.0 if correct == 0 else (centre - spread) / scale
    high = 1.0 if correct == images else (centre + spread) / scale
    return Interval(low, high)
