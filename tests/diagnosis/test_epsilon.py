"""Another epsilon in a normalization: found, and named."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from layer_suspects import changed, faulty, seeded
from suspects import fitting, kinds, random
from torch import nn

from xverify.diagnosis.epsilon import epsilon

LAYERS: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...]]] = {
    "batch": (lambda: nn.BatchNorm2d(4), (2, 4, 7, 6)),
    "layer": (lambda: nn.LayerNorm(6), (2, 4, 6)),
    "layer of two axes": (lambda: nn.LayerNorm([4, 6]), (2, 4, 6)),
    "layer without parameters": (lambda: nn.LayerNorm(6, elementwise_affine=False), (2, 4, 6)),
    "group": (lambda: nn.GroupNorm(2, 4), (2, 4, 7, 6)),
    "instance": (lambda: nn.InstanceNorm2d(4, affine=True), (2, 4, 7, 6)),
}


@pytest.mark.parametrize("wrong", [1e-3, 1e-2, 0.1])
@pytest.mark.parametrize(("make", "shape"), LAYERS.values(), ids=LAYERS)
def test_it_is_found_and_named(make: Any, shape: tuple[int, ...], wrong: float) -> None:
    module = seeded(make)
    (found,) = fitting(faulty(module, changed(module, eps=wrong), random(*shape)), [epsilon])
    assert found.statement.startswith(f"Epsilon is {wrong:.3g}")
    assert found.statement.endswith("instead of 1e-05.")
    assert not found.fitted


@pytest.mark.parametrize(("make", "shape"), LAYERS.values(), ids=LAYERS)
def test_one_that_nobody_uses_is_fitted(make: Any, shape: tuple[int, ...]) -> None:
    module = seeded(make)
    (found,) = fitting(faulty(module, changed(module, eps=0.0371), random(*shape)), [epsilon])
    assert found.statement.startswith("Epsilon is 0.0371 instead of 1e-05.")
    assert found.fitted == 1


def test_small_variances_tell_small_epsilons() -> None:
    module = seeded(lambda: nn.BatchNorm2d(4))
    module.running_var.data *= 1e-4
    for wrong in (1e-6, 1e-4, 1e-3):
        found = fitting(faulty(module, changed(module, eps=wrong), random(2, 4, 7, 6) * 0.01), [epsilon])
        assert found[0].statement.startswith(f"Epsilon is {wrong:g}")


def test_what_would_fit_as_well_is_said() -> None:
    module = seeded(lambda: nn.LayerNorm(6, eps=1e-3))
    (found,) = fitting(faulty(module, changed(module, eps=1e-9), random(2, 4, 6)), [epsilon])
    assert any("would fit as well" in line for line in found.evidence)


def test_an_epsilon_outside_the_root() -> None:
    module = seeded(lambda: nn.BatchNorm2d(4, eps=1e-2))
    shape = (1, 4, 1, 1)

    def wrong(value: torch.Tensor) -> Any:
        deviation = (module.running_var.sqrt() + 1e-2).reshape(shape)
        scaled = (value - module.running_mean.reshape(shape)) / deviation * module.weight.reshape(shape)
        return scaled + module.bias.reshape(shape)

    assert kinds(faulty(module, wrong, random(2, 4, 7, 6)), [epsilon]) == ["epsilon outside the root"]


@pytest.mark.parametrize(("make", "shape"), LAYERS.values(), ids=LAYERS)
def test_other_faults_are_not_blamed_on_it(make: Any, shape: tuple[int, ...]) -> None:
    module, value = seeded(make), random(*shape)
    assert kinds(faulty(module, lambda item: module(item) * 1.01 + 0.1, value), [epsilon]) == []
    assert kinds(faulty(module, lambda item: module(item * 2 + 1).abs(), value), [epsilon]) == []
    assert kinds(faulty(module, lambda item: module(item) * float("nan"), value), [epsilon]) == []


def test_a_scale_that_is_wrong_is_no_epsilon() -> None:
    module = seeded(lambda: nn.BatchNorm2d(4))
    wrong = changed(module, weight=module.weight * 0.9)
    assert kinds(faulty(module, wrong, random(2, 4, 7, 6)), [epsilon]) == []
