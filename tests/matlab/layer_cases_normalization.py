"""Cases of the normalizations."""

from collections.abc import Iterator
from functools import partial
from itertools import product
from math import prod
from typing import Any

import torch
import torch.nn.functional as F
from layer_case import IMAGE, Case, Parameters, Setting, make, orders, random

NORMALIZED = ((3, 6), (1, 6), (2, 6, 5), (1, 6, 4, 5), (3, 6, 4, 5), (2, 6, 3, 4, 5), (3, 1, 4, 5))


def batch_normalization() -> Iterator[Case]:
    op = "batchNormalizationLayer"
    for shape, affine in product(NORMALIZED, (True, False)):
        channels = shape[1]
        roles = {"running_mean": random(channels), "running_var": torch.rand(channels) + 0.2}
        if affine:
            roles |= {"weight": random(channels), "bias": random(channels)}
        parameters = Parameters("batch_norm", roles, {"spatial_rank": len(shape) - 2})
        for order, eps in zip(orders(len(shape)), (1e-5, 1e-2), strict=False):
            name = f"{shape} affine {affine} {order}"
            settings: dict[str, Setting] = {"eps": eps}
            compute = partial(F.batch_norm, eps=eps)
            data = [random(*shape)]
            yield make(op, name, compute, data, attributes=settings, parameters=parameters, order=order, terms=4)


def layer_normalization() -> Iterator[Case]:
    op = "layerNormalizationLayer"
    for shape in ((3, 6), (1, 6), (2, 5, 6), (2, 3, 4, 6), (2, 1, 96)):
        for roles in ({}, {"weight": random(shape[-1])}, {"weight": random(shape[-1]), "bias": random(shape[-1])}):
            settings: dict[str, Setting] = {"normalized_shape": [shape[-1]], "eps": 1e-3}
            compute = partial(F.layer_norm, normalized_shape=[shape[-1]], eps=1e-3)
            data, name = [3 * random(*shape) + 2], f"{shape} {list(roles)}"
            parameters = Parameters("layer_norm", roles)
            yield make(op, name, compute, data, attributes=settings, parameters=parameters, terms=shape[-1])
    data = [random(2, 3, 4, 5)]
    compute = partial(F.layer_norm, normalized_shape=[4, 5])
    yield make(op, "two axes, default eps", compute, data, attributes={"normalized_shape": [4, 5]}, terms=20)
    # A mean that is large against the deviation: cancellation.
    compute = partial(F.layer_norm, normalized_shape=[64])
    yield make(op, "offset", compute, [random(3, 64) + 100], attributes={"normalized_shape": [64]}, terms=64)


def group_normalization() -> Iterator[Case]:
    op = "groupNormalizationLayer"
    for shape, groups in product(NORMALIZED[:-1], (1, 2, 6)):
        if prod(shape[1:]) == groups:
            continue  # one value a group: the result is the offset, whatever the input
        for affine, order in product((True, False), orders(len(shape))):
            roles = {"weight": random(6), "bias": random(6)} if affine else {}
            parameters = Parameters("group_norm", roles, {"spatial_rank": len(shape) - 2})
            settings: dict[str, Setting] = {"num_groups": groups, "eps": 1e-4}
            compute = partial(F.group_norm, num_groups=groups, eps=1e-4)
            name, terms = f"{shape} {groups} affine {affine} {order}", prod(shape[1:]) // groups
            data = [2 * random(*shape)]
            yield make(op, name, compute, data, attributes=settings, parameters=parameters, order=order, terms=terms)


def instance_normalization() -> Iterator[Case]:
    op = "instanceNormalizationLayer"
    for shape in NORMALIZED[2:]:
        for affine, order in product((True, False), orders(len(shape))):
            roles = {"weight": random(shape[1]), "bias": random(shape[1])} if affine else {}
            parameters = Parameters("instance_norm", roles, {"spatial_rank": len(shape) - 2})
            settings: dict[str, Setting] = {"use_input_stats": 1.0, "momentum": 0.1, "eps": 1e-5}
            compute = partial(F.instance_norm, eps=1e-5)
            name, data, terms = f"{shape} affine {affine} {order}", [2 * random(*shape)], prod(shape[2:])
            yield make(op, name, compute, data, attributes=settings, parameters=parameters, order=order, terms=terms)
    # Sums of many values that are large against the deviation: in single precision they would be too rough.
    data, compute = [random(1, 2, 120, 100) + 30], partial(F.instance_norm, eps=1e-5)
    yield make(op, "offset", compute, data, attributes={"eps": 1e-5}, order=IMAGE, terms=12000)


def cross_channel_normalization() -> Iterator[Case]:
    op = "crossChannelNormalizationLayer"
    for shape, size in product(((1, 7, 4, 5), (3, 7, 4, 5), (2, 7, 5), (2, 3, 4, 5)), (1, 3, 4, 5)):
        for order in orders(len(shape)):
            settings: dict[str, Any] = {"size": size, "alpha": 0.3, "beta": 0.6, "k": 2.0}
            compute = partial(F.local_response_norm, **settings)
            name = f"{shape} {size} {order}"
            yield make(op, name, compute, [random(*shape)], attributes=settings, order=order, terms=size)
    compute = partial(F.local_response_norm, size=5)
    yield make(op, "defaults", compute, [10 * random(1, 7, 4, 5)], attributes={"size": 5}, terms=5)
