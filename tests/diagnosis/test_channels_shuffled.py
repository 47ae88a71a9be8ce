"""Channels in another order, as torch makes them."""

import torch
from suspects import Made, fitting, kinds, random, suspect

from xverify.diagnosis.activation_table import ACTIVATION_HYPOTHESES
from xverify.diagnosis.channels_shuffled import channels_shuffled

IMAGE = Made(dims="NCHW")


def test_a_channel_shuffle_is_found_and_named() -> None:
    right = random(2, 12, 5, 6)
    found = torch.channel_shuffle(right, 3)
    explained = fitting(suspect(found, right, made=IMAGE), ACTIVATION_HYPOTHESES)
    assert [item.kind for item in explained] == ["channel order"]
    assert "3 groups are interleaved" in explained[0].statement


def test_any_other_order_is_found() -> None:
    right = random(1, 30, 2, 8)
    order = torch.randperm(30, generator=torch.Generator().manual_seed(1))
    assert kinds(suspect(right[:, order], right, made=IMAGE), ACTIVATION_HYPOTHESES) == ["channel order"]


def test_filters_of_a_convolution_in_another_order_are_found() -> None:
    torch.manual_seed(0)
    layer, image = torch.nn.Conv2d(3, 6, 3), random(2, 3, 8, 8)
    right = layer(image)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.copy_(parameter[[1, 2, 3, 4, 5, 0]])
    assert kinds(suspect(layer(image), right, image, made=IMAGE), ACTIVATION_HYPOTHESES) == ["channel order"]


def test_other_faults_are_not_blamed_on_the_order() -> None:
    right = random(2, 6, 5, 5)
    for found in (right.flip(1), right.flip(2), right + 0.1, random(2, 6, 5, 5, seed=1)):
        assert not fitting(suspect(found, right, made=IMAGE), [channels_shuffled])
