"""The error function against torch's, in float64."""

import numpy as np
import torch

from xverify.diagnosis.kernels.error_function import erf


def test_it_is_torchs_to_a_hundredth_of_a_rounding() -> None:
    x = torch.linspace(-8, 8, 100_003, dtype=torch.float64)
    np.testing.assert_allclose(erf(x.numpy()), torch.erf(x).numpy(), rtol=0, atol=1.3e-9)
