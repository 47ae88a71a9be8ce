"""Weights of fully connected layers in another layout."""

from typing import Any

import pytest
import torch
from layer_suspects import changed, faulty, seeded
from suspects import fitting, kinds, random
from torch import nn

from xverify.diagnosis.linear_layout import linear_layout


def linear(features: int, out: int = 7) -> Any:
    return seeded(lambda: nn.Linear(features, out))


@pytest.mark.parametrize("shape", [(4, 6), (2, 5, 6)])
def test_a_square_weight_transposed(shape: tuple[int, ...]) -> None:
    module = linear(6, 6)
    wrong = changed(module, weight=module.weight.T)
    assert kinds(faulty(module, wrong, random(*shape)), [linear_layout]) == ["weight transposed"]


def test_memory_read_in_the_other_order() -> None:
    module = linear(6, 4)
    wrong = changed(module, weight=module.weight.reshape(6, 4).T)
    assert kinds(faulty(module, wrong, random(3, 6)), [linear_layout]) == ["weight order"]


@pytest.mark.parametrize("image", [(8, 3, 3), (8, 4, 6), (6, 2, 5)])
@pytest.mark.parametrize("columns", [False, True])
def test_channels_last(image: tuple[int, int, int], columns: bool) -> None:
    channels, height, width = image
    module = linear(channels * height * width)
    if columns:
        weight = module.weight.reshape(-1, *image).permute(0, 2, 3, 1).flatten(1)
    else:
        weight = module.weight.reshape(-1, height, width, channels).permute(0, 3, 1, 2).flatten(1)
    subject = faulty(module, changed(module, weight=weight), random(2, channels * height * width))
    assert kinds(subject, [linear_layout]) == ["flatten order"]


def test_column_major() -> None:
    module, image = linear(8 * 3 * 3), random(2, 8, 3, 3)
    turned = image.transpose(2, 3).flatten(1)
    (found,) = fitting(faulty(module, lambda _: module(turned), image.flatten(1)), [linear_layout])
    assert "column-major" in found.statement
    assert "8 x 3 x 3" in found.evidence[0]


def test_one_image_in_a_batch_of_one() -> None:
    module, image = linear(2 * 3 * 3), random(1, 2, 3, 3)
    turned = image.permute(0, 2, 3, 1).flatten(1)
    subject = faulty(module, lambda _: module(turned), image.flatten(1))
    assert kinds(subject, [linear_layout]) == ["flatten order"]


def test_other_faults_are_not_blamed_on_it() -> None:
    module, value = linear(36, 36), random(3, 36)
    for wrong in (
        changed(module, bias=module.bias * 2),
        changed(module, weight=module.weight[:, torch.randperm(36)]),
        changed(module, weight=module.weight.flip(1)),
        lambda item: module(item) + 1,
    ):
        assert kinds(faulty(module, wrong, value), [linear_layout]) == []
