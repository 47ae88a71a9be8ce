"""Biases and offsets that are missing, doubled or subtracted."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from layer_suspects import changed, faulty, seeded
from suspects import kinds, random
from torch import nn

from xverify.diagnosis.bias_missing import bias_missing

LAYERS: dict[str, tuple[str, Callable[[], nn.Module], tuple[int, ...]]] = {
    "convolution": ("bias", lambda: nn.Conv2d(4, 5, 3), (2, 4, 7, 6)),
    "sequence": ("bias", lambda: nn.Conv1d(4, 5, 3), (2, 4, 7)),
    "grouped": ("bias", lambda: nn.Conv2d(4, 6, 3, groups=2), (2, 4, 7, 6)),
    "transposed": ("bias", lambda: nn.ConvTranspose2d(4, 5, 3), (2, 4, 7, 6)),
    "linear": ("bias", lambda: nn.Linear(6, 5), (3, 6)),
    "linear of a sequence": ("bias", lambda: nn.Linear(6, 5), (3, 7, 6)),
    "batch normalization": ("offset", lambda: nn.BatchNorm2d(4), (2, 4, 7, 6)),
    "layer normalization": ("offset", lambda: nn.LayerNorm(6), (2, 4, 6)),
    "group normalization": ("offset", lambda: nn.GroupNorm(2, 4), (2, 4, 7, 6)),
    "instance normalization": ("offset", lambda: nn.InstanceNorm2d(4, affine=True), (2, 4, 7, 6)),
}
CASES = {"missing": 0.0, "doubled": 2.0, "of wrong sign": -1.0}


@pytest.mark.parametrize(("case", "factor"), CASES.items(), ids=CASES)
@pytest.mark.parametrize(("name", "make", "shape"), LAYERS.values(), ids=LAYERS)
def test_each(name: str, make: Any, shape: tuple[int, ...], case: str, factor: float) -> None:
    module = seeded(make)
    wrong = changed(module, bias=module.bias * factor)
    assert kinds(faulty(module, wrong, random(*shape)), [bias_missing]) == [f"{name} {case}"]


@pytest.mark.parametrize(("name", "make", "shape"), LAYERS.values(), ids=LAYERS)
def test_other_faults_are_not_blamed_on_it(name: str, make: Any, shape: tuple[int, ...]) -> None:
    module = seeded(make)
    for wrong in (
        changed(module, weight=module.weight * 1.1),
        changed(module, bias=module.bias * 1.1),
        changed(module, bias=module.bias + 1),
    ):
        assert kinds(faulty(module, wrong, random(*shape)), [bias_missing]) == []


def test_a_layer_without_bias() -> None:
    module = seeded(lambda: nn.Linear(6, 5, bias=False))
    subject = faulty(module, lambda value: module(value) + 1, random(3, 6))
    assert kinds(subject, [bias_missing]) == []


def test_a_bias_of_zeros_is_never_missing() -> None:
    module = seeded(lambda: nn.Linear(6, 5))
    module.bias.data = torch.zeros(5)
    assert kinds(faulty(module, lambda value: module(value) * 2, random(3, 6)), [bias_missing]) == []
