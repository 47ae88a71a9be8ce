"""Windows laid at other steps."""

from typing import Any

import pytest
from layer_suspects import changed, faulty, seeded
from suspects import fitting, kinds, random
from torch import nn

from xverify.diagnosis.padding import padding
from xverify.diagnosis.stride_offset import stride_offset

IMAGE = random(2, 4, 12, 14, seed=1)


def conv(**settings: Any) -> Any:
    return seeded(lambda: nn.Conv2d(4, 5, **{"kernel_size": 3, **settings}))


def test_sampling_begins_one_later() -> None:
    module = conv(kernel_size=1, stride=2)
    (found,) = fitting(faulty(module, lambda image: module(image[:, :, 1:, 1:]), IMAGE), [stride_offset])
    assert found.kind == "stride offset"
    assert "begin 1 pixels later" in found.statement


def test_what_a_padding_does_as_well_is_left_to_it() -> None:
    module = conv(stride=2, padding=1)
    subject = faulty(
        module, lambda image: changed(module, padding=(0, 0))(nn.functional.pad(image, (0, 1, 0, 1))), IMAGE
    )
    assert kinds(subject, [padding, stride_offset]) == ["padding amounts"]


def test_stride_and_dilation() -> None:
    module = conv(stride=2, dilation=1, padding=1)
    subject = faulty(module, changed(module, stride=(1, 1), dilation=(2, 2)), IMAGE)
    assert kinds(subject, [stride_offset]) == ["stride and dilation"]
    dilated = conv(dilation=2, padding=2)
    subject = faulty(dilated, changed(dilated, dilation=(1, 1), padding=(1, 1)), IMAGE)
    assert kinds(subject, [stride_offset])[0] == "dilation missing"


@pytest.mark.parametrize("make", [lambda: conv(stride=2), lambda: nn.MaxPool2d(3, 2), lambda: nn.AvgPool2d(3, 2)])
def test_the_stride_is_missing(make: Any) -> None:
    module = make()
    subject = faulty(module, changed(module, stride=1), IMAGE)
    assert kinds(subject, [stride_offset]) == ["stride missing"]


def test_pytorchs_default_of_a_pooling() -> None:
    module = nn.MaxPool2d(3, 2)
    subject = faulty(module, nn.MaxPool2d(3), IMAGE)
    assert kinds(subject, [stride_offset]) == ["stride of the window's size"]


def test_strides_of_the_other_axes() -> None:
    module = conv(stride=(1, 2))
    subject = faulty(module, changed(module, stride=(2, 1)), IMAGE)
    assert kinds(subject, [stride_offset]) == ["stride of other axes"]


def test_other_faults_are_not_blamed_on_it() -> None:
    module = conv(stride=2, padding=1)
    for wrong in (
        changed(module, weight=module.weight.flip(2)),
        changed(module, bias=module.bias + 1),
        lambda image: module(image.flip(3)),
    ):
        assert kinds(faulty(module, wrong, IMAGE), [stride_offset]) == []
    pool = nn.MaxPool2d(2)
    assert kinds(faulty(pool, lambda image: pool(image) + 1, IMAGE), [stride_offset]) == []
