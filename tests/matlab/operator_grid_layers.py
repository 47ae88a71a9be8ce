"""Operators that PyTorch has as layers: products, convolutions, pooling, normalisation, interpolation, recurrence."""

from collections.abc import Iterator
from functools import partial
from math import prod

import numpy as np
import torch
import torch.nn.functional as F
from operator_case import Case, by_reference, by_torch, calling, ints, numbers, shape
from torch import Tensor

MATRICES = (
    "2 1 3 4 @ 1 5 4 6", "7 4 @ 2 4 5", "2 3 4 @ 4 5", "1 1 4 @ 3 4 1", "4 @ 2 3 4 5", "2 3 4 @ 4", "4 @ 4", "3 0 @ 0 2",
    "2 3 1 4 @ 2 1 4 2", "1 3 64 @ 64 5", "3 1 2 4 5 @ 1 2 1 5 3",
)  # fmt: skip

EQUATIONS = {
    "bij,bjk->bik": "2 3 4 @ 2 4 5",
    "bhid,bhjd->bhij": "2 3 4 5 @ 2 3 6 5",
    "ni,oij,nj->no": "2 3 @ 5 3 4 @ 2 4",
    "...ij,...jk->...ik": "2 1 3 4 @ 5 4 2",
    "abc,cd->abd": "1 3 4 @ 4 1",
    "bqc,bkc->bqk": "1 3 4 @ 1 2 4",
    "iij,j->i": "3 3 2 @ 2",
    "i,j->ji": "2 @ 3",
    "ij,jk": "2 3 @ 3 4",
    "ii->i": "3 3",
    "ij->": "2 3",
    "ba": "2 3",
}


def products() -> Iterator[Case]:
    for text in MATRICES:
        left, right = (shape(part) for part in text.split("@"))
        yield by_torch("MatMul", text, torch.matmul, [numbers(*left), numbers(*right)], terms=left[-1])
    whole = ints(1, 2, 3, 4).reshape(2, 2)
    yield by_reference("MatMul", whole, whole)
    yield by_reference("Gemm", numbers(3, 4), numbers(4, 1), numbers(1), alpha=0.5, beta=2.0)
    for equation, text in EQUATIONS.items():
        arrays = [numbers(*shape(part)) for part in text.split("@")]
        compute = partial(torch.einsum, equation)
        yield by_torch("Einsum", equation, compute, arrays, {"equation": equation}, terms=12)


def convolutions() -> Iterator[Case]:
    for spatial in ((9,), (7, 8), (5, 6, 4)):
        rank = len(spatial)
        kernel, stride, pads, dilation = (3, 2, 1)[-rank:], (1, 2, 1)[:rank], (0, 1, 0)[:rank], (1, 2, 1)[:rank]
        for batch, groups, inner, outputs in ((1, 1, 3, 4), (3, 2, 2, 6), (2, 6, 1, 6), (1, 4, 1, 8)):
            settings = {
                "strides": stride,
                "pads": pads * 2,
                "dilations": dilation,
                "group": groups,
                "kernel_shape": kernel,
            }
            options = {"stride": stride, "padding": pads, "dilation": dilation, "groups": groups}
            name = f"{rank}d {batch} {groups} {inner} {outputs}"
            x, bias, terms = numbers(batch, groups * inner, *spatial), numbers(outputs), groups * inner * prod(kernel)
            forth = calling((F.conv1d, F.conv2d, F.conv3d)[rank - 1], **options)
            yield by_torch("Conv", name, forth, [x, numbers(outputs, inner, *kernel), bias], settings, terms=terms)
            extra = {"output_padding": (0, 1, 0)[:rank]}
            back = calling((F.conv_transpose1d, F.conv_transpose2d, F.conv_transpose3d)[rank - 1], **options, **extra)
            weights = numbers(groups * inner, outputs // groups, *kernel)
            yield by_torch("ConvTranspose", name, back, [x, weights, bias], settings | extra, terms=terms)
    x, weights = numbers(1, 3, 7, 8), numbers(4, 3, 3, 2)
    uneven = {"pads": (1, 2, 3, 0)}
    yield by_torch(
        "Conv", "uneven pads", lambda a, w: F.conv2d(F.pad(a, (2, 0, 1, 3)), w), [x, weights], uneven, terms=18
    )
    yield by_reference("Conv", x, numbers(4, 3, 1, 1))
    for auto_pad in ("SAME_UPPER", "SAME_LOWER", "VALID"):
        yield by_reference("Conv", x, weights, auto_pad=auto_pad, strides=(2, 1), kernel_shape=(3, 2))


def pools() -> Iterator[Case]:
    x = numbers(2, 3, 9, 8)
    holes = x.copy()
    holes[0, 0, 4, 4] = np.nan
    for ceil in (0, 1):
        settings = {"kernel_shape": (3, 2), "strides": (2, 3), "pads": (1, 0, 1, 0), "ceil_mode": ceil}
        options = {"kernel_size": (3, 2), "stride": (2, 3), "padding": (1, 0), "ceil_mode": bool(ceil)}
        yield by_torch("MaxPool", f"ceil {ceil}", calling(F.max_pool2d, **options), [x], settings)
        yield by_torch("MaxPool", f"NaN, ceil {ceil}", calling(F.max_pool2d, **options), [holes], settings)
        for included in (0, 1):
            average = calling(F.avg_pool2d, **options, count_include_pad=bool(included))
            counted = settings | {"count_include_pad": included}
            yield by_torch("AveragePool", f"ceil {ceil}, padding {included}", average, [x], counted, terms=6)
    dilated = {"kernel_shape": (2, 3), "strides": (1, 1), "dilations": (2, 3)}
    compute = calling(F.max_pool2d, kernel_size=(2, 3), stride=1, dilation=(2, 3))
    yield by_torch("MaxPool", "dilated", compute, [x], dilated)
    halved = {"kernel_shape": (2,), "strides": (2,)}
    yield by_torch("MaxPool", "sequences", lambda a: F.max_pool1d(a, 2), [numbers(1, 4, 7)], halved)
    yield by_torch("AveragePool", "sequences", lambda a: F.avg_pool1d(a, 2), [numbers(1, 4, 7)], halved, terms=2)
    for order in (0, 1):
        yield by_reference("MaxPool", x, kernel_shape=(2, 2), strides=(2, 1), storage_order=order, outputs=2)
    yield by_torch("GlobalAveragePool", "volumes", lambda a: a.mean((2, 3, 4), keepdim=True), [numbers(2, 3, 4, 1, 5)])
    yield by_torch("GlobalMaxPool", "sequences", lambda a: a.amax(2, keepdim=True), [numbers(2, 3, 6)])


def normalizations() -> Iterator[Case]:
    for sizes in ((3, 4), (3, 4, 5), (1, 4, 5, 6), (2, 4, 1, 3, 5)):
        x, scale, offset, mean = numbers(*sizes) * np.float32(3), numbers(4), numbers(4), numbers(4)
        variance = np.abs(numbers(4)) + np.float32(0.2)
        inputs = [x, scale, offset, mean, variance]
        yield by_torch("BatchNormalization", f"{sizes}", _batch_norm, inputs, {"epsilon": 1e-3})
        for axis in range(1, len(sizes)):
            own = sizes[axis:]
            inputs = [x, numbers(*own), numbers(*own)]
            normalise = partial(_layer_norm, own)
            yield by_torch("LayerNormalization", f"{sizes} {axis}", normalise, inputs, {"axis": axis}, terms=prod(own))
    for sizes in ((3, 4, 5), (1, 4, 5, 6), (2, 4, 1, 3, 5)):
        inputs = [numbers(*sizes) * np.float32(3), numbers(4), numbers(4)]
        terms = prod(sizes[1:])
        yield by_torch("InstanceNormalization", f"{sizes}", _instance_norm, inputs, terms=terms)
        yield by_torch("GroupNormalization", f"{sizes}", _group_norm, inputs, {"num_groups": 2}, terms=terms)
    far = numbers(2, 300) + np.float32(1000)
    yield by_torch("LayerNormalization", "large mean", partial(_layer_norm, (300,)), [far, numbers(300)], terms=300)
    for size in (3, 5):
        settings = {"size": size, "alpha": 0.02, "beta": 0.6, "bias": 1.5}
        compute = calling(F.local_response_norm, size=size, alpha=0.02, beta=0.6, k=1.5)
        yield by_torch("LRN", f"{size}", compute, [numbers(2, 6, 3, 4)], settings, terms=size)
    # PyTorch puts the odd channel elsewhere; the reference evaluator goes over as many channels as there are images.
    yield by_reference("LRN", numbers(6, 6, 3, 4), size=4, alpha=0.02)


def _batch_norm(x: Tensor, scale: Tensor, offset: Tensor, mean: Tensor, variance: Tensor) -> Tensor:
    return F.batch_norm(x, mean, variance, scale, offset, eps=1e-3)


def _layer_norm(sizes: tuple[int, ...], x: Tensor, scale: Tensor, offset: Tensor | None = None) -> Tensor:
    return F.layer_norm(x, sizes, scale, offset)


def _instance_norm(x: Tensor, scale: Tensor, offset: Tensor) -> Tensor:
    return F.instance_norm(x, None, None, scale, offset)


def _group_norm(x: Tensor, scale: Tensor, offset: Tensor) -> Tensor:
    return F.group_norm(x, 2, scale, offset)
