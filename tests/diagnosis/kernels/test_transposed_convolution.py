"""Transposed convolutions in numpy against torch's, on small grids of settings."""

from itertools import product

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional

from xverify.diagnosis.kernels.spots import choose
from xverify.diagnosis.kernels.transposed_convolution import TransposedConvolution

SETTINGS = list(product((1, 3), (0, 1), (1, 2), (1, 2), (0, 1)))


def random(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize(("stride", "padding", "dilation", "groups", "extra"), SETTINGS)
@pytest.mark.parametrize("rank", [1, 2, 3])
def test_as_torch(rank: int, stride: int, padding: int, dilation: int, groups: int, extra: int) -> None:
    if extra and stride == 1 and dilation == 1:
        return  # torch refuses an output padding that is not less than the stride or the dilation
    kernel, extents = (3, 2, 4)[:rank], (4, 5, 3)[:rank]
    weight, bias, image = random(4, 6 // groups, *kernel), random(6, seed=1), random(2, 4, *extents, seed=2)
    apply = (functional.conv_transpose1d, functional.conv_transpose2d, functional.conv_transpose3d)[rank - 1]
    expected = apply(image, weight, bias, stride, padding, extra, groups, dilation).numpy()
    made = TransposedConvolution(
        weight.numpy(), bias.numpy(), (stride,) * rank, (padding,) * rank, (padding - extra,) * rank,
        (dilation,) * rank, groups,
    )  # fmt: skip
    assert made.output_shape(tuple(image.shape)) == expected.shape
    np.testing.assert_allclose(made(image.numpy()), expected, rtol=1e-5, atol=1e-5)
    chosen = choose(expected.shape)
    np.testing.assert_allclose(made.at(image.numpy(), chosen), chosen.of(expected), rtol=1e-5, atol=1e-5)
