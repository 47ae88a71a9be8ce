"""Normalizations in numpy against torch's."""

import numpy as np
import torch
from torch.nn import functional

from xverify.diagnosis.kernels.normalization import Normalization, Statistics

VALUE = torch.randn(2, 6, 4, 5, generator=torch.Generator().manual_seed(0)) * 3 + 2
SCALE, OFFSET, MEAN = (torch.randn(6, generator=torch.Generator().manual_seed(seed)) for seed in (1, 2, 3))
VARIANCE = torch.rand(6, generator=torch.Generator().manual_seed(4)) + 0.1
CHANNELS = (1, 6, 1, 1)


def check(made: Normalization, expected: torch.Tensor, value: torch.Tensor = VALUE) -> None:
    np.testing.assert_allclose(made(value.numpy()), expected.numpy(), rtol=1e-5, atol=1e-5)


def test_batch() -> None:
    running = Statistics(MEAN.reshape(CHANNELS).numpy(), VARIANCE.reshape(CHANNELS).numpy())
    scale, offset = SCALE.reshape(CHANNELS).numpy(), OFFSET.reshape(CHANNELS).numpy()
    made = Normalization(tuple(VALUE.shape), (0, 2, 3), 1e-3, scale, offset, running)
    check(made, functional.batch_norm(VALUE, MEAN, VARIANCE, SCALE, OFFSET, False, 0.1, 1e-3))
    trained = Normalization(tuple(VALUE.shape), (0, 2, 3), 1e-3, scale, offset)
    assert trained.count == 40
    check(trained, functional.batch_norm(VALUE, None, None, SCALE, OFFSET, True, 0.1, 1e-3))


def test_layer() -> None:
    last = VALUE.permute(0, 2, 3, 1)
    made = Normalization(tuple(last.shape), (3,), 1e-5, SCALE.numpy(), OFFSET.numpy())
    check(made, functional.layer_norm(last, (6,), SCALE, OFFSET), last.contiguous())
    check(Normalization(tuple(VALUE.shape), (2, 3), 1e-5, None, None), functional.layer_norm(VALUE, (4, 5)))


def test_group_and_instance() -> None:
    scale, offset = SCALE.reshape(CHANNELS).numpy(), OFFSET.reshape(CHANNELS).numpy()
    group = Normalization((2, 3, 2, 4, 5), (2, 3, 4), 1e-5, scale, offset)
    check(group, functional.group_norm(VALUE, 3, SCALE, OFFSET))
    instance = Normalization(tuple(VALUE.shape), (2, 3), 1e-5, scale, offset)
    check(instance, functional.instance_norm(VALUE, weight=SCALE, bias=OFFSET))


def test_scaled_is_the_value_without_factor_and_offset() -> None:
    made = Normalization((2, 3, 2, 4, 5), (2, 3, 4), 1e-5, SCALE.reshape(CHANNELS).numpy(), None)
    factor = made.factor(made.statistics(VALUE.numpy()).variance)
    value = (made.scaled(VALUE.numpy()) * factor).reshape(VALUE.shape)
    np.testing.assert_allclose(value, functional.group_norm(VALUE, 3, SCALE).numpy(), rtol=1e-5, atol=1e-5)
