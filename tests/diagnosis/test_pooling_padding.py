"""Poolings of images that were padded otherwise."""

from typing import Any

import pytest
from layer_suspects import changed, faulty
from suspects import fitting, kinds, random
from torch import nn
from torch.nn import functional

from xverify.diagnosis.pooling_padding import pooling_padding

IMAGE = random(2, 12, 10, 12, seed=1)
LOW = float("-inf")


def padded(module: Any, amounts: tuple[int, ...], value: float) -> Any:
    plain = changed(module, padding=0)
    return lambda image: plain(functional.pad(image, amounts, value=value))


@pytest.mark.parametrize("include", [True, False])
@pytest.mark.parametrize("ceil", [True, False])
def test_count_include_pad(include: bool, ceil: bool) -> None:
    module = nn.AvgPool2d(3, 2, 1, ceil, count_include_pad=include)
    (found,) = fitting(faulty(module, changed(module, count_include_pad=not include), IMAGE), [pooling_padding])
    assert found.kind == "count_include_pad"
    assert f"count_include_pad={include}" in " ".join(found.fix)


@pytest.mark.parametrize("amounts", [(0, 1, 0, 1), (0, 2, 1, 1)])
def test_padding_on_one_side(amounts: tuple[int, ...]) -> None:
    largest = nn.MaxPool2d(3, 2, 1)
    assert kinds(faulty(largest, padded(largest, amounts, LOW), IMAGE), [pooling_padding]) == ["padding amounts"]
    average = nn.AvgPool2d(3, 2, 1)
    assert kinds(faulty(average, padded(average, amounts, 0.0), IMAGE), [pooling_padding]) == ["padding amounts"]


def test_zeros_in_the_padding_of_a_maximum() -> None:
    module = nn.MaxPool2d(3, 2, 1)
    subject = faulty(module, padded(module, (1, 1, 1, 1), 0.0), IMAGE - 2)
    assert kinds(subject, [pooling_padding]) == ["padding value"]


def test_no_padding_gives_another_shape() -> None:
    module = nn.MaxPool2d(3, 1, 1)
    assert kinds(faulty(module, changed(module, padding=0), IMAGE), [pooling_padding]) == ["padding amounts"]


def test_other_faults_are_not_blamed_on_it() -> None:
    module = nn.AvgPool2d(3, 2, 1)
    for wrong in (nn.MaxPool2d(3, 2, 1), lambda image: module(image) * 1.1, lambda image: module(image.flip(2))):
        assert kinds(faulty(module, wrong, IMAGE), [pooling_padding]) == []


def test_a_pooling_without_padding_has_nothing_to_count() -> None:
    module = nn.AvgPool2d(2)
    assert kinds(faulty(module, lambda image: module(image) + 1, IMAGE), [pooling_padding]) == []
