"""Variances with another correction, and standard deviations for variances."""

from typing import Any

import pytest
import torch
from layer_suspects import changed, faulty, seeded
from suspects import fitting, kinds, random
from torch import nn

from xverify.diagnosis.scale_of_weights import scale_of_weights
from xverify.diagnosis.variance_correction import variance_correction

VALUE = random(2, 4, 7, 6) * 3


def norm() -> Any:
    return seeded(lambda: nn.BatchNorm2d(4))


@pytest.mark.parametrize(("factor", "rule"), [(32 / 31, "n / (n - 1) for n = 32"), (7 / 8, "(n - 1) / n for n = 8")])
def test_running_variance(factor: float, rule: str) -> None:
    module = norm()
    wrong = changed(module, running_var=module.running_var * factor)
    (found,) = fitting(faulty(module, wrong, VALUE), [variance_correction])
    assert found.kind == "variance correction"
    assert rule in found.statement
    assert found.fitted == 1


def test_one_factor_must_do_for_all_channels() -> None:
    module = norm()
    factors = torch.tensor([1.1, 1.3, 1.0, 1.2])
    wrong = changed(module, running_var=module.running_var * factors)
    assert kinds(faulty(module, wrong, VALUE), [variance_correction]) == []


@pytest.mark.parametrize("power", [0.5, 2.0])
def test_a_standard_deviation_for_the_variance(power: float) -> None:
    module = norm()
    wrong = changed(module, running_var=module.running_var**power)
    assert kinds(faulty(module, wrong, VALUE), [variance_correction]) == ["standard deviation"]


def test_a_layers_own_variance() -> None:
    module = seeded(lambda: nn.LayerNorm(6))

    def wrong(value: torch.Tensor) -> Any:
        deviation = (value.var(-1, keepdim=True) + module.eps).sqrt()
        return (value - value.mean(-1, keepdim=True)) / deviation * module.weight + module.bias

    (found,) = fitting(faulty(module, wrong, random(3, 4, 6)), [variance_correction])
    assert "n - 1 = 5" in found.statement


def test_other_faults_are_not_blamed_on_it() -> None:
    module = norm()
    for wrong in (
        changed(module, eps=0.1),
        changed(module, weight=module.weight * 3),
        changed(module, running_mean=module.running_mean + 1),
        lambda value: module(value) * float("nan"),
    ):
        assert kinds(faulty(module, wrong, VALUE), [variance_correction]) == []


def test_a_factor_of_no_whole_number_is_left_to_the_scale() -> None:
    module = norm()
    for factor in (0.9, 1.07):
        wrong = changed(module, weight=module.weight * factor)
        assert kinds(faulty(module, wrong, VALUE), [variance_correction, scale_of_weights]) == ["scale of weights"]


def test_without_epsilon_a_scale_may_be_a_variance() -> None:
    """A scale of sqrt(3 / 4) is a variance of n / (n - 1) for n = 4: the values cannot tell, and both are said."""
    module = seeded(lambda: nn.BatchNorm2d(4, eps=0.0))
    wrong = changed(module, weight=module.weight * 0.75**0.5)
    found = kinds(faulty(module, wrong, VALUE), [variance_correction, scale_of_weights])
    assert found == ["variance correction", "scale of weights"]
