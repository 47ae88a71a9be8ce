"""Cases of the layers that multiply, add, join and reshape."""

from collections.abc import Iterator
from functools import partial
from itertools import product

import torch
import torch.nn.functional as F
from layer_case import IMAGE, REVERSED, Case, Compute, Parameters, make, orders, random, with_special_values
from torch import Tensor


def fully_connected() -> Iterator[Case]:
    op = "fullyConnectedLayer"
    for shape, outputs, bias in product(((1, 7), (3, 7), (7,), (2, 3, 7), (2, 3, 4, 7), (3, 1)), (5, 1), (True, False)):
        roles = {"weight": random(outputs, shape[-1])}
        if bias:
            roles["bias"] = random(outputs)
        parameters = Parameters("linear", roles)
        yield make(op, f"{shape} {outputs} {bias}", F.linear, [random(*shape)], parameters=parameters, terms=shape[-1])
    roles = {"weight": random(40, 500), "bias": random(40)}
    yield make(op, "500 features", F.linear, [random(3, 500)], parameters=Parameters("linear", roles), terms=500)


EXPANDED = (
    ((2, 3, 4, 5), (2, 3, 4, 5)),
    ((2, 3, 4, 5), (2, 3, 1, 1)),
    ((1, 3, 1, 5), (2, 1, 4, 1)),
    ((3, 4), (1, 4)),
    ((2, 3, 4), (4,)),
)


def _sum_of(*values: Tensor) -> Tensor:
    return sum(values[1:], values[0])


def _product_of(*values: Tensor) -> Tensor:
    result = values[0]
    for value in values[1:]:
        result = result * value
    return result


def elementwise(op: str, compute: Compute) -> Iterator[Case]:
    """additionLayer and multiplicationLayer."""
    for shapes in EXPANDED:
        yield make(op, f"{shapes}", compute, [random(*shape) for shape in shapes], terms=None)
    shapes_of_images = ((2, 3, 4, 5), (2, 3, 1, 1), (1, 3, 4, 5), (2, 3, 4, 5))
    inputs = [random(*shape) for shape in shapes_of_images]
    yield make(op, "four images", compute, inputs, order=IMAGE)
    yield make(op, "NaN and Inf", compute, [with_special_values(random(3, 7)), random(3, 7)], terms=None)


def addition() -> Iterator[Case]:
    yield from elementwise("additionLayer", _sum_of)
    compute = partial(torch.add, alpha=-2)
    yield make("additionLayer", "alpha", compute, [random(2, 3), random(2, 3)], attributes={"alpha": -2.0})


def multiplication() -> Iterator[Case]:
    yield from elementwise("multiplicationLayer", _product_of)


def _joined(dim: int) -> Compute:
    return lambda *values: torch.cat(values, dim)


def concatenation() -> Iterator[Case]:
    for rank in (1, 2, 3, 4, 5):
        for dim in range(-rank, rank):
            shapes = [[2, 3, 4, 5, 6][:rank] for _ in range(3)]
            for shape, size in zip(shapes, (1, 4, 2), strict=True):
                shape[dim] = size
            inputs = [random(*shape) for shape in shapes]
            settings = {"dim": dim}
            yield make("concatenationLayer", f"{shapes}", _joined(dim), inputs, attributes=settings, terms=None)


def depth_concatenation() -> Iterator[Case]:
    op = "depthConcatenationLayer"
    for rank, batch in product((3, 4, 5), (1, 3)):
        for order in orders(rank):
            inputs = [random(batch, channels, *(4, 5, 6)[: rank - 2]) for channels in (2, 1, 3)]
            name, settings = f"{rank} {batch} {order}", {"dim": 1}
            yield make(op, name, _joined(1), inputs, attributes=settings, order=order, terms=None)


def flatten() -> Iterator[Case]:
    for shape in ((3, 2, 4, 5), (1, 2, 4, 5), (2, 3, 4, 5, 6), (2, 3, 5), (3, 6), (3, 1, 1, 4)):
        order = IMAGE if len(shape) > 3 else REVERSED
        data = [random(*shape)]
        compute = partial(torch.flatten, start_dim=1)
        settings = {"order": "C"}
        yield make("flattenLayer", f"{shape} C", compute, data, attributes=settings, order=order, terms=None)
        yield make("flattenLayer", f"{shape}", _columns, data, order=order, terms=None)


def _columns(data: Tensor) -> Tensor:
    """MATLAB's order of elements: height fastest, then width (depth) and channels."""
    spatial = {2: (), 3: (2,), 4: (3, 2), 5: (2, 4, 3)}[data.dim()]
    return data.permute(0, 1, *spatial).flatten(1)
