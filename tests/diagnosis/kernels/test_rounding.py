"""Numbers in smaller types against torch's."""

import numpy as np
import pytest
import torch

from xverify.diagnosis.kernels.rounding import bfloat16, float16, int8, tf32

VALUE = torch.randn(200, generator=torch.Generator().manual_seed(0)) * 10.0 ** torch.arange(-4, 4).repeat(25)
TIES = torch.tensor([1 + 2.0**-8, 1 + 3 * 2.0**-8, -1 - 2.0**-8, 1 + 2.0**-11, 1 + 3 * 2.0**-11, 0.0, -0.0])


@pytest.mark.parametrize("value", [VALUE, TIES], ids=["random", "ties"])
def test_as_torch(value: torch.Tensor) -> None:
    np.testing.assert_array_equal(float16(value.numpy()), value.half().float().numpy())
    np.testing.assert_array_equal(bfloat16(value.numpy()), value.bfloat16().float().numpy())


def test_tf32_has_the_significand_of_float16() -> None:
    usual = VALUE.abs().clamp(1e-3, 1e4).numpy()
    np.testing.assert_array_equal(tf32(usual), float16(usual))


def test_integers() -> None:
    value = np.array([[1.0, -0.5, 0.26], [100.0, 50.0, -30.0]], np.float32)
    one, each = int8(value), int8(value, (1,))
    np.testing.assert_allclose(one * 1.27, np.rint(value * 1.27), rtol=1e-6)
    np.testing.assert_allclose(each[0], np.rint(value[0] * 127) / 127, rtol=1e-6)
    np.testing.assert_array_equal(int8(np.zeros((2, 3), np.float32)), np.zeros((2, 3)))
