"""Numbers of windows that are rounded the other way."""

from typing import Any

import pytest
from layer_suspects import faulty
from suspects import fitting, kinds, random
from torch import nn

from xverify.diagnosis.ceil_mode import ceil_mode

IMAGE = random(2, 9, 8, 11)


@pytest.mark.parametrize("kind", [nn.MaxPool2d, nn.AvgPool2d])
@pytest.mark.parametrize("up", [True, False])
@pytest.mark.parametrize("padding", [0, 1])
def test_rounded_the_other_way(kind: Any, up: bool, padding: int) -> None:
    image = random(2, 9, 9, 10) if padding else IMAGE
    module, wrong = (kind(3, 2, padding, ceil_mode=ceil) for ceil in (up, not up))
    subject = faulty(module, wrong, image)
    assert not subject.same_shape
    (found,) = fitting(subject, [ceil_mode])
    assert ("rounded down instead of up" if up else "rounded up instead of down") in found.statement


def test_sequences() -> None:
    module, wrong = nn.MaxPool1d(2, ceil_mode=True), nn.MaxPool1d(2)
    assert kinds(faulty(module, wrong, random(2, 9, 7)), [ceil_mode]) == ["ceil mode"]


def test_the_average_may_count_the_padding_too() -> None:
    module = nn.AvgPool2d(3, 2, 1)
    wrong = nn.AvgPool2d(3, 2, 1, ceil_mode=True, count_include_pad=False)
    (found,) = fitting(faulty(module, wrong, random(2, 9, 8, 8)), [ceil_mode])
    assert "does not count the padding" in found.statement


def test_other_faults_are_not_blamed_on_it() -> None:
    module = nn.MaxPool2d(3, 2)
    for wrong in (nn.AvgPool2d(3, 2), nn.MaxPool2d(3, 1), nn.AvgPool2d(3, 2, ceil_mode=True)):
        assert kinds(faulty(module, wrong, IMAGE), [ceil_mode]) == []
