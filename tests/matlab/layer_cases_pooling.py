"""Cases of the poolings."""

from collections.abc import Iterator, Mapping
from functools import partial
from itertools import product
from typing import Any

import torch
from layer_case import IMAGE, REVERSED, Case, Compute, make, orders, random, with_special_values

POOLED = {1: (3, 4, 11), 2: (3, 4, 11, 8), 3: (2, 3, 7, 9, 6)}

Pooling = Mapping[str, Any]

SHARED_POOLINGS: dict[int, tuple[Pooling, ...]] = {
    1: (
        {"kernel_size": 3},
        {"kernel_size": [3], "stride": [2], "padding": [1]},
        {"kernel_size": [3], "stride": [2], "ceil_mode": True},
        {"kernel_size": [2], "stride": [3], "padding": [1], "ceil_mode": True},
        {"kernel_size": [1], "stride": [2]},
        {"kernel_size": [11]},
    ),
    2: (
        {"kernel_size": 2},
        {"kernel_size": [3, 2]},
        {"kernel_size": [3, 3], "stride": [2, 2], "padding": [1, 1]},
        {"kernel_size": [2, 3], "stride": [1, 2], "padding": [0, 1]},
        {"kernel_size": [3, 3], "stride": [2, 3], "ceil_mode": True},
        # The last window would begin behind the input: dropped.
        {"kernel_size": [2, 2], "stride": [3, 5], "padding": [1, 1], "ceil_mode": True},
        {"kernel_size": [4, 3], "stride": [3, 3], "padding": [2, 1], "ceil_mode": True},
        {"kernel_size": [1, 1]},
        {"kernel_size": [1, 1], "stride": [2, 2]},
        {"kernel_size": [11, 8]},
    ),
    3: (
        {"kernel_size": 2},
        {"kernel_size": [2, 3, 1], "stride": [2, 1, 3]},
        {"kernel_size": [3, 2, 2], "stride": [2, 2, 1], "padding": [1, 0, 1]},
        {"kernel_size": [2, 3, 4], "stride": [3, 2, 3], "padding": [1, 1, 2], "ceil_mode": True},
    ),
}

MAX_POOLINGS: dict[int, tuple[Pooling, ...]] = {
    1: ({"kernel_size": [3], "stride": [1], "padding": [1], "dilation": [2]},),
    2: (
        {"kernel_size": [3, 2], "stride": [2, 1], "padding": [1, 0], "dilation": [2, 3]},
        {"kernel_size": [2, 2], "stride": [2, 3], "padding": [1, 1], "dilation": [3, 1], "ceil_mode": True},
    ),
    3: ({"kernel_size": [2, 3, 2], "stride": [1, 2, 1], "dilation": [3, 1, 2]},),
}


def max_poolings(spatial: int, operation: Compute) -> Iterator[Case]:
    """maxPooling1dLayer to maxPooling3dLayer."""
    op = f"maxPooling{spatial}dLayer"
    order = REVERSED if spatial == 1 else IMAGE
    for settings in (*SHARED_POOLINGS[spatial], *MAX_POOLINGS[spatial]):
        # Negative values: a padding of 0 would win.
        data = [random(*POOLED[spatial]) - 3]
        yield make(
            op, f"{settings}", partial(operation, **settings), data, attributes=settings, order=order, terms=None
        )
    settings = {"kernel_size": 2, "stride": 1}
    data = [with_special_values(random(*POOLED[spatial]))]
    yield make(op, "NaN and Inf", partial(operation, **settings), data, attributes=settings, order=order, terms=None)
    data = [random(1, 1, *POOLED[spatial][2:])]
    yield make(op, "one channel", partial(operation, **settings), data, attributes=settings, order=order, terms=None)


def average_poolings(spatial: int, operation: Compute) -> Iterator[Case]:
    """averagePooling1dLayer to averagePooling3dLayer."""
    op = f"averagePooling{spatial}dLayer"
    order = REVERSED if spatial == 1 else IMAGE
    for settings, extra in product(SHARED_POOLINGS[spatial], _average_settings(spatial)):
        attributes = {**settings, **extra}
        compute = partial(operation, **attributes)
        # The stride that was left out comes from PyTorch as an empty list.
        given = {"stride": [], **attributes}
        yield make(op, f"{attributes}", compute, [random(*POOLED[spatial])], attributes=given, order=order)


def _average_settings(spatial: int) -> Iterator[Pooling]:
    yield {}
    yield {"count_include_pad": False}
    if spatial > 1:
        yield {"divisor_override": 3}


def global_poolings(spatial: int, kind: str) -> Iterator[Case]:
    """Global pooling of 1 to 3 dimensions."""
    op = f"global{kind}Pooling{spatial}dLayer"
    shapes = (POOLED[spatial], (1, 1, *POOLED[spatial][2:]), (3, 1, *POOLED[spatial][2:]), (2, 3, *(1,) * spatial))
    axes = tuple(range(2, 2 + spatial))
    average = kind == "Average"
    for shape, order in product(shapes, orders(spatial + 2)):
        compute = partial(torch.mean if average else torch.amax, dim=axes, keepdim=True)
        data = [random(*shape) + 5]
        yield make(op, f"{shape}, {order}", compute, data, order=order, terms=1 if average else None)
    if not average:
        data = [with_special_values(random(*POOLED[spatial]))]
        yield make(op, "NaN and Inf", partial(torch.amax, dim=axes, keepdim=True), data, terms=None)
