"""Each activation of the table against torch's."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from xverify.diagnosis.kernels.activations import TABLE, celu, elu

TORCH: tuple[Callable[[Tensor], Tensor], ...] = (
    nn.ReLU(), nn.ReLU6(), nn.LeakyReLU(), nn.LeakyReLU(0.1), nn.LeakyReLU(0.2), nn.LeakyReLU(0.3), nn.GELU(), nn.GELU("tanh"),
    lambda x: x * torch.sigmoid(1.702 * x), nn.SiLU(), nn.Hardswish(), nn.Sigmoid(), nn.Hardsigmoid(),
    lambda x: (0.2 * x + 0.5).clamp(0, 1), nn.Tanh(), nn.ELU(), nn.ELU(0.1), nn.ELU(0.5), nn.SELU(),
    nn.Softplus(), nn.Mish(), nn.Hardtanh(), nn.Softsign(), F.logsigmoid,
)  # fmt: skip


@pytest.mark.parametrize(("index", "reference"), list(enumerate(TORCH)))
def test_it_is_torchs(index: int, reference: Callable[[Tensor], Tensor]) -> None:
    x = torch.cat([torch.linspace(-12, 12, 4001), torch.tensor([-90.0, -1e-6, 0.0, 1e-6, 90.0])])
    np.testing.assert_allclose(TABLE[index](x.numpy()), reference(x.double()).numpy(), rtol=1e-6, atol=1e-8)


def test_none_is_left_out() -> None:
    assert len(TABLE) == len(TORCH)


def test_celu_and_elu_differ_in_their_argument() -> None:
    x = torch.linspace(-4, 4, 101)
    np.testing.assert_allclose(celu(0.4)(x.numpy()), F.celu(x, 0.4).numpy(), rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(elu(0.4)(x.numpy()), F.elu(x, 0.4).numpy(), rtol=1e-6, atol=1e-7)
