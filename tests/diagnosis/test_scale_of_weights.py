"""Weights that are off by a factor."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from layer_suspects import changed, faulty, seeded
from suspects import fitting, kinds, random
from torch import nn

from xverify.diagnosis.scale_of_weights import scale_of_weights

LAYERS: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...], int]] = {
    "convolution": (lambda: nn.Conv2d(4, 5, 3), (2, 4, 7, 6), 0),
    "transposed": (lambda: nn.ConvTranspose2d(4, 5, 3), (2, 4, 7, 6), 1),
    "linear": (lambda: nn.Linear(6, 5), (12, 6), 0),
    "normalization": (lambda: nn.BatchNorm2d(4), (2, 4, 7, 6), 0),
    "layer normalization": (lambda: nn.LayerNorm(6), (9, 4, 6), 0),
}


@pytest.mark.parametrize(("make", "shape", "axis"), LAYERS.values(), ids=LAYERS)
def test_one_factor(make: Any, shape: tuple[int, ...], axis: int) -> None:
    module = seeded(make)
    wrong = changed(module, weight=module.weight * 1.25)
    (found,) = fitting(faulty(module, wrong, random(*shape)), [scale_of_weights])
    assert found.statement == "The weight is multiplied by 1.25."
    assert found.fitted == 1


@pytest.mark.parametrize(("make", "shape", "axis"), LAYERS.values(), ids=LAYERS)
def test_one_factor_a_channel(make: Any, shape: tuple[int, ...], axis: int) -> None:
    module = seeded(make)
    sizes = [1] * module.weight.dim()
    sizes[axis] = module.weight.shape[axis]
    factors = torch.linspace(0.5, 2, sizes[axis]).reshape(sizes)
    (found,) = fitting(
        faulty(module, changed(module, weight=module.weight * factors), random(*shape)), [scale_of_weights]
    )
    assert "from 0.5 to 2" in found.statement
    assert found.fitted == sizes[axis]


@pytest.mark.parametrize(("make", "shape", "axis"), LAYERS.values(), ids=LAYERS)
def test_other_faults_are_not_blamed_on_it(make: Any, shape: tuple[int, ...], axis: int) -> None:
    module = seeded(make)
    for wrong in (
        changed(module, bias=module.bias * 2),
        lambda value: module(value).abs(),
        lambda value: module(value) * float("nan"),
    ):
        assert kinds(faulty(module, wrong, random(*shape)), [scale_of_weights]) == []
    if module.weight.dim() > 1:
        noisy = changed(module, weight=module.weight + 0.1 * torch.randn_like(module.weight))
        assert kinds(faulty(module, noisy, random(*shape)), [scale_of_weights]) == []


def test_few_values_prove_nothing() -> None:
    module = seeded(lambda: nn.Linear(6, 50))
    subject = faulty(module, lambda value: module(value.flip(1)), random(2, 6))
    assert kinds(subject, [scale_of_weights]) == []


def test_a_layer_without_weight_has_none() -> None:
    pool = nn.AvgPool2d(2)
    assert kinds(faulty(pool, lambda value: pool(value) * 2, random(2, 3, 4, 4)), [scale_of_weights]) == []
