"""Batch normalizations in training mode."""

from typing import Any

import pytest
import torch
from layer_suspects import changed, faulty, seeded
from suspects import fitting, kinds, random
from torch import nn

from xverify.diagnosis.batch_statistics import batch_statistics

VALUE = random(3, 4, 7, 6) * 2 + 1


def norm(**settings: Any) -> Any:
    return seeded(lambda: nn.BatchNorm2d(4, **settings))


@pytest.mark.parametrize("affine", [True, False])
def test_training_mode(affine: bool) -> None:
    module = norm(affine=affine)
    assert kinds(faulty(module, changed(module).train(), VALUE), [batch_statistics]) == ["batch statistics"]


def test_features() -> None:
    module = seeded(lambda: nn.BatchNorm1d(4))
    subject = faulty(module, changed(module).train(), random(5, 4))
    assert kinds(subject, [batch_statistics]) == ["batch statistics"]


def test_the_unbiased_variance() -> None:
    module = norm()
    wrong = changed(module, running_mean=VALUE.mean((0, 2, 3)), running_var=VALUE.var((0, 2, 3)))
    (found,) = fitting(faulty(module, wrong, VALUE), [batch_statistics])
    assert "n - 1 = 125" in found.statement


@pytest.mark.parametrize("momentum", [0.1, 0.03])
def test_statistics_updated_once(momentum: float) -> None:
    module = norm(momentum=momentum)
    wrong = changed(module)
    wrong.train()(VALUE)
    assert kinds(faulty(module, wrong.eval(), VALUE), [batch_statistics]) == ["statistics updated"]


def test_other_faults_are_not_blamed_on_it() -> None:
    module = norm()
    for wrong in (
        changed(module, running_mean=torch.zeros(4)),
        changed(module, eps=0.1),
        nn.InstanceNorm2d(4),
        lambda value: module(value) + 0.2,
    ):
        assert kinds(faulty(module, wrong, VALUE), [batch_statistics]) == []
    layer = seeded(lambda: nn.InstanceNorm2d(4, affine=True))
    assert kinds(faulty(layer, norm().train(), VALUE), [batch_statistics]) == []
