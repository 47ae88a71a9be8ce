"""Windows and pads of torch that start elsewhere."""

import pytest
import torch
from suspects import Made, fitting, kinds, random, suspect
from torch import nn
from torch.nn import functional as F

from xverify.diagnosis.activation_table import ACTIVATION_HYPOTHESES
from xverify.diagnosis.shifted import shifted

X = random(2, 3, 16, 17)
IMAGE = Made("conv2d", dims="NCHW")


@pytest.mark.parametrize(
    ("pads", "said"), [((2, 0, 1, 1), "+1 along width"), ((0, 2, 2, 0), "+1 along height and -1 along width")]
)
def test_padding_on_the_other_side_shifts_the_values(pads: tuple[int, ...], said: str) -> None:
    torch.manual_seed(0)
    layer = nn.Conv2d(3, 4, 3)
    right, found = layer(F.pad(X, (1, 1, 1, 1))), layer(F.pad(X, pads))
    explained = fitting(suspect(found, right, X, made=IMAGE), ACTIVATION_HYPOTHESES)
    assert [item.kind for item in explained] == ["shifted"]
    assert said in explained[0].statement
    assert explained[0].fitted > 16  # the values of the border came from outside


def test_a_pad_on_the_other_side_is_a_shift_of_zeros() -> None:
    right, found = F.pad(X, (2, 2, 0, 0)), F.pad(X, (1, 3, 0, 0))
    explained = fitting(suspect(found, right, X, made=Made("pad", dims="NCHW")), ACTIVATION_HYPOTHESES)
    assert [item.kind for item in explained] == ["shifted"]


def test_a_roll_goes_round() -> None:
    explained = fitting(suspect(X.roll(2, 2), X, made=Made(dims="NCHW")), ACTIVATION_HYPOTHESES)
    assert [item.kind for item in explained] == ["shifted"]
    assert "go round" in explained[0].statement


def test_a_convolution_without_its_padding_lacks_the_border() -> None:
    torch.manual_seed(0)
    layer = nn.Conv2d(3, 4, 3)
    found = fitting(suspect(layer(X), layer(F.pad(X, (1, 1, 1, 1))), X, made=IMAGE), ACTIVATION_HYPOTHESES)
    assert [item.kind for item in found] == ["border"]
    assert "lack the border: 1 before and 1 after along height" in found[0].statement


def test_a_convolution_with_more_padding_has_a_border() -> None:
    torch.manual_seed(0)
    layer = nn.Conv2d(3, 4, 3)
    subject = suspect(layer(F.pad(X, (1, 2, 1, 2))), layer(F.pad(X, (1, 1, 1, 1))), X, made=IMAGE)
    assert kinds(subject, ACTIVATION_HYPOTHESES) == ["border"]


def test_other_faults_are_not_blamed_on_shifts() -> None:
    torch.manual_seed(0)
    layer = nn.Conv2d(3, 4, 3)
    right = layer(X)
    with torch.no_grad():
        layer.weight.copy_(layer.weight.flip(3))
    for found in (layer(X), right + 0.1, right.flip(3), right * 1.1):
        assert not fitting(suspect(found, right, X, made=IMAGE), [shifted])


def test_smooth_values_are_not_shifted_because_neighbours_are_near() -> None:
    ramp = torch.linspace(0, 1, 1600).reshape(1, 1, 40, 40)
    assert not fitting(suspect(ramp + 0.013, ramp, made=IMAGE), [shifted])
