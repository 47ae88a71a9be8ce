"""Averages for maxima, and maxima for averages."""

from typing import Any

import pytest
import torch
from layer_suspects import faulty
from suspects import Made, kinds, random, suspect
from torch import nn

from xverify.diagnosis.pooling_kind import pooling_kind

IMAGE = random(2, 12, 8, 9)
SETTINGS: list[dict[str, Any]] = [{}, {"stride": 1}, {"padding": 1}, {"ceil_mode": True, "padding": 1}]


@pytest.mark.parametrize("settings", SETTINGS)
def test_exchanged(settings: dict[str, Any]) -> None:
    largest, average = nn.MaxPool2d(3, **settings), nn.AvgPool2d(3, **settings)
    for module, wrong in ((largest, average), (average, largest)):
        assert kinds(faulty(module, wrong, IMAGE), [pooling_kind]) == ["pooling kind"]


def test_a_sum() -> None:
    module = nn.AvgPool2d(3)
    assert kinds(faulty(module, nn.AvgPool2d(3, divisor_override=1), IMAGE), [pooling_kind]) == ["pooling kind"]


def test_the_whole_image() -> None:
    average, largest = IMAGE.mean((2, 3), keepdim=True), IMAGE.amax((2, 3), keepdim=True)
    for op, expected, actual in (
        ("globalAveragePooling2dLayer", average, largest),
        ("globalMaxPooling2dLayer", largest, average),
    ):
        subject = suspect(actual, expected, IMAGE, made=Made(op=op))
        assert kinds(subject, [pooling_kind]) == ["pooling kind"]
        assert kinds(suspect(torch.zeros_like(actual), expected, IMAGE, made=Made(op=op)), [pooling_kind]) == []


def test_other_faults_are_not_blamed_on_it() -> None:
    module = nn.AvgPool2d(3, padding=1)
    for wrong in (
        nn.AvgPool2d(3, padding=1, count_include_pad=False),
        lambda image: module(image.flip(2)),
        lambda image: module(image) + 0.1,
    ):
        assert kinds(faulty(module, wrong, IMAGE), [pooling_kind]) == []
