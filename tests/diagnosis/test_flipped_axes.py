"""Reversed axes, as torch's flip makes them."""

import pytest
import torch
from suspects import Made, fitting, kinds, random, suspect

from xverify.diagnosis.activation_table import ACTIVATION_HYPOTHESES
from xverify.diagnosis.flipped_axes import flipped_axes

IMAGE = Made(dims="NCHW")


@pytest.mark.parametrize(
    ("axes", "kind"),
    [((0,), "batch order"), ((1,), "channels reversed"), ((2,), "axis reversed"), ((2, 3), "axis reversed")],
)
def test_a_reversed_axis_is_found_alone(axes: tuple[int, ...], kind: str) -> None:
    right = random(4, 3, 6, 7)
    assert kinds(suspect(right.flip(axes), right, made=IMAGE), ACTIVATION_HYPOTHESES) == [kind]


def test_a_convolution_of_bgr_filters_is_no_reversed_output() -> None:
    torch.manual_seed(0)
    layer, image = torch.nn.Conv2d(3, 3, 3), random(2, 3, 8, 8)
    assert not fitting(suspect(layer(image.flip(1)), layer(image), image, made=IMAGE), [flipped_axes])


def test_where_the_axis_means_nothing_it_has_a_number() -> None:
    right = random(2, 3, 4)
    found = fitting(suspect(right.flip(1), right), [flipped_axes])
    assert found[0].kind == "axis reversed"
    assert "axis 1" in found[0].statement


def test_two_entries_are_reversed_or_exchanged() -> None:
    right = random(2, 3, 4, 5)
    found = fitting(suspect(right.flip(0), right, made=IMAGE), ACTIVATION_HYPOTHESES)
    assert {item.kind for item in found} == {"batch order"}
    assert "two entries" in found[0].evidence[0]


def test_a_symmetric_value_is_not_reversed() -> None:
    right = random(2, 3, 4, 5)
    right = right + right.flip(3)
    assert not fitting(suspect(right + 0.5, right, made=IMAGE), [flipped_axes])
