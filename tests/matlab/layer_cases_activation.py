"""Cases of the activation functions."""

from collections.abc import Iterator, Mapping
from functools import partial
from itertools import product

import torch
import torch.nn.functional as F
from layer_case import Case, Compute, Parameters, Setting, make, orders, random, with_special_values

ACTIVATED = ((3, 4), (2, 5, 3), (1, 3, 4, 5), (3, 1, 1, 2))


def activation(
    op: str,
    operation: Compute,
    attributes: Mapping[str, Setting] | None = None,
    *,
    exact: bool = False,
    infinite: bool = True,
) -> Iterator[Case]:
    """An elementwise function, with values from about -9 to 9, NaN, and the largest that there are."""
    settings = attributes or {}
    for shape in ACTIVATED:
        data = [3 * random(*shape)]
        yield make(op, f"{shape} {settings}", operation, data, attributes=settings, terms=None if exact else 1)
    edges = torch.tensor([0.0, 100, -100, 20, -20, 1e-4, -1e-4, float("nan"), float("inf"), float("-inf")])
    edges = edges if infinite else edges[:-2]
    yield make(op, f"edges {settings}", operation, [edges], attributes=settings, terms=None if exact else 1)


def leaky_relu() -> Iterator[Case]:
    for slope in (0.01, 0.3, 1.0, 2.0, -0.5):
        compute = partial(F.leaky_relu, negative_slope=slope)
        yield from activation("leakyReluLayer", compute, {"negative_slope": slope}, exact=True)
    yield from activation("leakyReluLayer", F.leaky_relu, exact=True)


def clipped_relu() -> Iterator[Case]:
    yield from activation("clippedReluLayer", F.hardtanh, exact=True)
    yield from activation("clippedReluLayer", F.relu6, {"min_val": 0.0, "max_val": 6.0}, exact=True)
    limits = {"min_val": -0.7, "max_val": 1.3}
    yield from activation("clippedReluLayer", partial(F.hardtanh, min_val=-0.7, max_val=1.3), limits, exact=True)


def elu() -> Iterator[Case]:
    yield from activation("eluLayer", F.elu)
    yield from activation("eluLayer", partial(F.elu, alpha=0.3), {"alpha": 0.3, "scale": 1.0, "input_scale": 1.0})
    scales = {"alpha": 1.6732632423543772, "scale": 1.0507009873554805, "input_scale": 1.0}
    yield from activation("eluLayer", F.selu, scales)
    alpha = 1.7
    yield from activation(
        "eluLayer", partial(F.celu, alpha=alpha), {"alpha": alpha, "scale": 1.0, "input_scale": 1 / alpha}
    )


def gelu() -> Iterator[Case]:
    """Without infinite values: PyTorch 2.14 computes NaN for Inf in single precision, and Inf in double."""
    yield from activation("geluLayer", F.gelu, infinite=False)
    for kind in ("none", "tanh"):
        compute = partial(F.gelu, approximate=kind)
        yield from activation("geluLayer", compute, {"approximate": kind}, infinite=kind == "tanh")


def softmax() -> Iterator[Case]:
    for shape in ((3, 5), (1, 5), (2, 3, 4), (2, 3, 4, 5), (3, 1)):
        for dim in range(-len(shape), len(shape)):
            compute = partial(F.softmax, dim=dim)
            data = [5 * random(*shape)]
            yield make("softmaxLayer", f"{shape} {dim}", compute, data, attributes={"dim": dim}, terms=shape[dim])
    data = [100 * random(2, 1000)]
    yield make("softmaxLayer", "large", partial(F.softmax, dim=1), data, attributes={"dim": 1}, terms=1000)
    masked = random(3, 4)
    masked[0, 1:] = float("-inf")
    masked[1] = float("-inf")
    yield make("softmaxLayer", "masked", partial(F.softmax, dim=1), [masked], attributes={"dim": 1}, terms=4)


def prelu() -> Iterator[Case]:
    for shape, slopes in product(((3, 4), (2, 4, 3), (1, 4, 5, 3), (3, 4, 5, 3), (2, 4, 3, 5, 6)), (1, 4)):
        parameters = Parameters("prelu", {"weight": random(slopes)}, {"spatial_rank": len(shape) - 2})
        for order in orders(len(shape)):
            name = f"{shape} {slopes} {order}"
            yield make("preluLayer", name, F.prelu, [random(*shape)], parameters=parameters, order=order, terms=None)
    edges = with_special_values(random(2, 4, 5))
    parameters = Parameters("prelu", {"weight": random(4)}, {"spatial_rank": 1})
    yield make("preluLayer", "NaN and Inf", F.prelu, [edges], parameters=parameters, terms=None)
