"""Channels of a weight in another order."""

from itertools import permutations
from typing import Any

import pytest
import torch
from layer_suspects import changed, faulty, seeded
from suspects import fitting, kinds, random
from torch import nn

from xverify.diagnosis.channels_reversed import channels_reversed

IMAGE = random(2, 6, 8, 9)
PHOTO = random(2, 3, 8, 9)


def conv(channels: int = 6, **settings: Any) -> Any:
    return seeded(lambda: nn.Conv2d(channels, 6, 3, **settings))


def test_bgr_by_the_weight_and_by_the_image() -> None:
    module = conv(3)
    for wrong in (changed(module, weight=module.weight.flip(1)), lambda image: module(image.flip(1))):
        (found,) = fitting(faulty(module, wrong, PHOTO), [channels_reversed])
        assert found.kind == "channels RGB/BGR"
        assert "BGR instead of RGB" in found.statement


@pytest.mark.parametrize("order", [order for order in permutations(range(3)) if order not in {(0, 1, 2), (2, 1, 0)}])
def test_other_orders_of_three(order: tuple[int, ...]) -> None:
    module = conv(3)
    wrong = changed(module, weight=module.weight[:, list(order)])
    (found,) = fitting(faulty(module, wrong, PHOTO), [channels_reversed])
    assert "".join("RGB"[channel] for channel in order) in found.statement


@pytest.mark.parametrize("groups", [1, 2])
def test_reversed_inputs_and_outputs(groups: int) -> None:
    module = conv(groups=groups)
    weight, bias = module.weight, module.bias
    cases = {
        "input channels reversed": changed(module, weight=weight.flip(1)),
        "output channels reversed": changed(module, weight=weight.flip(0)),
        "bias reversed": changed(module, bias=bias.flip(0)),
    }
    for kind, wrong in cases.items():
        assert kinds(faulty(module, wrong, IMAGE), [channels_reversed]) == [kind]
    both = changed(module, weight=weight.flip(0), bias=bias.flip(0))
    assert kinds(faulty(module, both, IMAGE), [channels_reversed]) == ["output channels reversed"]


def test_features() -> None:
    module = seeded(lambda: nn.Linear(6, 5))
    wrong = changed(module, weight=module.weight.flip(1))
    assert kinds(faulty(module, wrong, random(3, 4, 6)), [channels_reversed]) == ["input channels reversed"]
    wrong = changed(module, weight=module.weight.flip(0), bias=module.bias.flip(0))
    assert kinds(faulty(module, wrong, random(3, 6)), [channels_reversed]) == ["output channels reversed"]


def test_two_channels_are_reversed_by_their_exchange() -> None:
    module = conv(2)
    subject = faulty(module, lambda image: module(image.flip(1)), random(2, 2, 8, 9))
    assert kinds(subject, [channels_reversed]) == ["input channels reversed"]


def test_other_faults_are_not_blamed_on_it() -> None:
    module = conv()
    for wrong in (
        changed(module, weight=module.weight.transpose(2, 3)),
        changed(module, weight=module.weight[:, torch.tensor([1, 0, 2, 3, 4, 5])]),
        changed(module, bias=module.bias * 2),
        lambda image: module(image.flip(2)),
    ):
        assert kinds(faulty(module, wrong, IMAGE), [channels_reversed]) == []
