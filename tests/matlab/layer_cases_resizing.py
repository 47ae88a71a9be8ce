"""Cases of the layer that resizes images."""

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import product

import torch.nn.functional as F
from layer_case import IMAGE, Case, Setting, make, random
from torch import Tensor

SHAPES = ((1, 2, 5, 7), (3, 1, 4, 3), (2, 3, 1, 6), (1, 1, 1, 1))
SIZES = ((7, 11), (3, 2), (5, 7), (1, 1), (10, 1), (10, 14), (13, 21))
FACTORS = ((2.0, 2.0), (2.0, 3.0), (1.5, 2.3), (3.0, 1.0), (1 / 3 + 1, 1.1))


def resize() -> Iterator[Case]:
    for shape in SHAPES:
        for corners, size in product((None, False, True), SIZES):
            attributes: dict[str, Setting] = {"output_size": [float(value) for value in size]}
            yield _case(shape, attributes, corners, size, None)
        for corners, factors in product((None, False, True), FACTORS):
            yield _case(shape, {"scale_factors": list(factors)}, corners, None, factors)
            # ATen's form without list: size and factors beside each other.
            floored = tuple(int(length * factor) for length, factor in zip(shape[2:], factors, strict=True))
            settings: dict[str, Setting] = {"output_size": floored, "scales_h": factors[0], "scales_w": factors[1]}
            yield _case(shape, settings, corners, None, factors)
    # Sizes at which single and double precision choose different pixels.
    yield _case((1, 2, 26, 30), {"output_size": [22, 26]}, None, (22, 26), None)


def _case(
    shape: tuple[int, ...],
    attributes: dict[str, Setting],
    corners: bool | None,
    size: Sequence[int] | None,
    factors: Sequence[float] | None,
) -> Case:
    """Nearest neighbour where `corners` is None, else bilinear."""
    compute = partial(_interpolate, corners=corners, size=size, factors=factors)
    settings = attributes if corners is None else {**attributes, "align_corners": float(corners)}
    terms = None if corners is None else 4
    return make(
        "resize2dLayer", f"{shape} {settings}", compute, [random(*shape)], attributes=settings, order=IMAGE, terms=terms
    )


def _interpolate(
    data: Tensor, *, corners: bool | None, size: Sequence[int] | None, factors: Sequence[float] | None
) -> Tensor:
    wanted = None if size is None else list(size)
    scale = None if factors is None else list(factors)
    if corners is None:
        return F.interpolate(data, size=wanted, scale_factor=scale, mode="nearest")
    return F.interpolate(data, size=wanted, scale_factor=scale, mode="bilinear", align_corners=corners)
