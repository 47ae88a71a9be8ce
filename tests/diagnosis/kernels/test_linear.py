"""Fully connected layers in numpy against torch's."""

import numpy as np
import pytest
import torch
from torch import nn

from xverify.diagnosis.kernels.linear import Linear
from xverify.diagnosis.kernels.spots import choose


@pytest.mark.parametrize("shape", [(3,), (2, 5), (2, 3, 4)])
@pytest.mark.parametrize("bias", [True, False])
def test_as_torch(shape: tuple[int, ...], bias: bool) -> None:
    torch.manual_seed(0)
    module, value = nn.Linear(7, 6, bias=bias), torch.randn(*shape, 7)
    expected = module(value).detach().numpy()
    made = Linear(module.weight.detach().numpy(), module.bias.detach().numpy() if bias else None)
    assert made.output_shape((*shape, 7)) == expected.shape
    np.testing.assert_allclose(made(value.numpy()), expected, rtol=1e-5, atol=1e-6)
    chosen = choose(expected.shape, len(shape))
    np.testing.assert_allclose(made.at(value.numpy(), chosen), chosen.of(expected), rtol=1e-5, atol=1e-6)
    assert made.output_shape((2, 8)) is None
