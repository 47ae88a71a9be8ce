"""Poolings in numpy against torch's, on small grids of settings."""

from itertools import product

import numpy as np
import pytest
import torch
from torch.nn import functional

from xverify.diagnosis.kernels.pooling import Pooling
from xverify.diagnosis.kernels.windows import Windows

SETTINGS = list(product((2, 3), (1, 2, 3), (0, 1), (False, True)))
EXTENTS = ((7,), (7, 8), (5, 6, 7))


def image(rank: int) -> torch.Tensor:
    return torch.randn(2, 3, *EXTENTS[rank - 1], generator=torch.Generator().manual_seed(rank))


def windows(rank: int, kernel: int, stride: int, padding: int, value: float, dilation: int = 1) -> Windows:
    sizes = [(number,) * rank for number in (kernel, stride, padding, dilation)]
    return Windows(sizes[0], sizes[1], sizes[2], sizes[2], sizes[3], value=value)


@pytest.mark.parametrize(("kernel", "stride", "padding", "ceil"), SETTINGS)
@pytest.mark.parametrize("rank", [1, 2, 3])
def test_max_as_torch(rank: int, kernel: int, stride: int, padding: int, ceil: bool) -> None:
    apply = (functional.max_pool1d, functional.max_pool2d, functional.max_pool3d)[rank - 1]
    for dilation in (1, 2):
        expected = apply(image(rank), kernel, stride, padding, dilation, ceil).numpy()
        made = Pooling("max", windows(rank, kernel, stride, padding, -np.inf, dilation), ceil)
        assert made.output_shape(tuple(image(rank).shape)) == expected.shape
        np.testing.assert_array_equal(made(image(rank).numpy()), expected)


@pytest.mark.parametrize(("kernel", "stride", "padding", "ceil"), SETTINGS)
@pytest.mark.parametrize("rank", [1, 2, 3])
def test_average_as_torch(rank: int, kernel: int, stride: int, padding: int, ceil: bool) -> None:
    apply = (functional.avg_pool1d, functional.avg_pool2d, functional.avg_pool3d)[rank - 1]
    for include in (True, False):
        expected = apply(image(rank), kernel, stride, padding, ceil, include).numpy()
        made = Pooling("average", windows(rank, kernel, stride, padding, 0.0), ceil, include)
        assert made.output_shape(tuple(image(rank).shape)) == expected.shape
        np.testing.assert_allclose(made(image(rank).numpy()), expected, rtol=1e-5, atol=1e-6)


def test_a_divisor_of_its_own() -> None:
    expected = functional.avg_pool2d(image(2), 3, 2, 1, divisor_override=5).numpy()
    made = Pooling("average", windows(2, 3, 2, 1, 0.0), divisor=5)
    np.testing.assert_allclose(made(image(2).numpy()), expected, rtol=1e-5, atol=1e-6)
