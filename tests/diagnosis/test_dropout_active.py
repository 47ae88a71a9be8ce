"""Dropout in training mode, as torch does it."""

import pytest
import torch
from suspects import Made, fitting, kinds, random, suspect
from torch import Tensor
from torch.nn import functional as F

from xverify.diagnosis.activation_table import ACTIVATION_HYPOTHESES
from xverify.diagnosis.dropout_active import dropout_active

X = random(4, 6, 8, 9)


def dropped(value: Tensor, p: float, *, channels: bool = False) -> Tensor:
    torch.manual_seed(3)
    return (F.dropout2d if channels else F.dropout)(value, p, training=True)


@pytest.mark.parametrize("p", [0.1, 0.2, 0.5, 0.8])
@pytest.mark.parametrize("channels", [True, False])
@pytest.mark.parametrize("right", [X, X.relu()], ids=["plain", "relu"])
def test_it_is_found_with_its_probability(p: float, channels: bool, right: Tensor) -> None:
    found = fitting(
        suspect(dropped(right, p, channels=channels), right, made=Made("dropout", dims="NCHW")), ACTIVATION_HYPOTHESES
    )
    assert found[0].kind == "dropout active"
    assert f"p = {p:.3g} is" in found[0].statement
    assert found[0].fitted == 1


def test_what_does_not_grow_as_it_should_is_none() -> None:
    mask = dropped(torch.ones_like(X), 0.3) != 0
    for wrong in (X * mask, X * mask * 3, X * 1.4, torch.zeros_like(X), X * mask / 0.7 + 0.1):
        assert kinds(suspect(wrong, X), [dropout_active]) == []
    few = random(1, 3)
    assert kinds(suspect(few * torch.tensor([0.0, 1.5, 1.5]), few), [dropout_active]) == []
