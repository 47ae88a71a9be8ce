"""Grouped convolutions whose channels go to other groups."""

from typing import Any

import pytest
import torch
from layer_suspects import changed, faulty, seeded
from suspects import kinds, random
from torch import nn

from xverify.diagnosis.missing_groups import missing_groups

IMAGE = random(2, 12, 7, 8)


def conv(groups: int = 3, out: int = 12, **settings: Any) -> Any:
    return seeded(lambda: nn.Conv2d(12, out, 3, groups=groups, **settings))


def dealt(count: int, groups: int) -> torch.Tensor:
    return torch.arange(count).reshape(groups, count // groups).T.flatten()


@pytest.mark.parametrize(("groups", "out"), [(3, 12), (2, 12), (3, 6), (12, 24)])
def test_outputs_in_turn(groups: int, out: int) -> None:
    module = conv(groups, out)
    for order in (dealt(out, groups), torch.argsort(dealt(out, groups))):
        for wrong in (
            changed(module, weight=module.weight[order]),
            changed(module, weight=module.weight[order], bias=module.bias[order]),
        ):
            assert kinds(faulty(module, wrong, IMAGE), [missing_groups]) == ["channel groups"]


def test_inputs_in_turn() -> None:
    module = conv()
    for order in (dealt(12, 3), torch.argsort(dealt(12, 3))):
        subject = faulty(module, lambda image, order=order: module(image[:, order]), IMAGE)
        assert kinds(subject, [missing_groups]) == ["channel groups"]


def test_groups_reversed_and_ignored() -> None:
    module = conv()
    weight = module.weight.reshape(3, 4, 4, 3, 3).flip(0).reshape(module.weight.shape)
    assert kinds(faulty(module, changed(module, weight=weight), IMAGE), [missing_groups]) == ["channel groups"]
    subject = faulty(module, lambda image: module(image[:, :4].repeat(1, 3, 1, 1)), IMAGE)
    assert kinds(subject, [missing_groups]) == ["channel groups"]


def test_other_faults_are_not_blamed_on_it() -> None:
    module = conv()
    for wrong in (
        changed(module, weight=module.weight.transpose(2, 3)),
        changed(module, weight=module.weight[torch.randperm(12)]),
        changed(module, bias=module.bias * 2),
    ):
        assert kinds(faulty(module, wrong, IMAGE), [missing_groups]) == []
    plain = seeded(lambda: nn.Conv2d(12, 12, 3))
    wrong = changed(plain, weight=plain.weight[dealt(12, 3)])
    assert kinds(faulty(plain, wrong, IMAGE), [missing_groups]) == []
