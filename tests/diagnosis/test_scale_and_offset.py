"""Factors and sums that torch's layers have or lack."""

import pytest
import torch
from suspects import Made, fitting, kinds, offered, random, suspect
from torch import nn

from xverify.diagnosis.activation_table import ACTIVATION_HYPOTHESES
from xverify.diagnosis.scale_and_offset import scale_and_offset

X = random(4, 3, 8, 9)
IMAGE = Made("conv2d", dims="NCHW")


@pytest.mark.parametrize(
    ("found", "kind", "said", "fitted"),
    [
        (-X, "sign", "their sign is wrong", 0),
        (2 * X, "scale", "doubled", 0),
        (X / 0.75, "scale", "dropout with p = 0.25", 0),
        (0.37 * X, "scale", "0.37 x PyTorch's", 1),
        (X - 1.5, "offset", "PyTorch's - 1.5", 1),
        (3 * X + 2, "scale and offset", "3 x PyTorch's + 2", 2),
    ],
)
def test_one_factor_and_one_sum(found: torch.Tensor, kind: str, said: str, fitted: int) -> None:
    explained = fitting(suspect(found, X, made=IMAGE), ACTIVATION_HYPOTHESES)
    assert [(item.kind, item.fitted) for item in explained] == [(kind, fitted)]
    assert said in explained[0].statement


def test_a_missing_bias_is_an_offset_of_each_channel() -> None:
    torch.manual_seed(0)
    layer = nn.Conv2d(3, 5, 3)
    right = layer(X)
    assert layer.bias is not None
    nn.init.zeros_(layer.bias)
    found = fitting(suspect(layer(X), right, X, made=IMAGE), ACTIVATION_HYPOTHESES)
    assert [(item.kind, item.fitted) for item in found] == [("offset", 5)]
    assert "5 of 5 entries of channels" in found[0].statement


def test_a_batchnorm_without_its_weights_is_a_factor_and_a_sum_of_each_channel() -> None:
    norm = nn.BatchNorm2d(3).eval()
    nn.init.uniform_(norm.weight, 0.5, 2)
    nn.init.normal_(norm.bias)
    right = norm(X)
    nn.init.ones_(norm.weight)
    nn.init.zeros_(norm.bias)
    assert kinds(suspect(norm(X), right, X, made=Made("batch_norm", dims="NCHW")), ACTIVATION_HYPOTHESES) == [
        "scale and offset"
    ]


def test_the_wrong_sign_of_one_channel() -> None:
    found = X.clone()
    found[:, 1] *= -1
    explained = fitting(suspect(found, X, made=IMAGE), ACTIVATION_HYPOTHESES)
    assert [item.kind for item in explained] == ["scale"]
    assert "1 of 3 entries of channels have a factor or a sum of their own: 1: -1 x PyTorch's" in explained[0].statement


def test_a_few_values_are_not_explained_by_as_many_numbers() -> None:
    for shape in ((1, 10), (2, 10), (3, 10)):
        subject = suspect(random(*shape, seed=1), random(*shape))
        assert not fitting(subject, [scale_and_offset])


def test_most_of_an_error_is_explained_in_part() -> None:
    found = list(offered(suspect(3 * X + 0.01 * random(4, 3, 8, 9, seed=2), X, made=IMAGE), [scale_and_offset]))
    assert [item.kind for item in found][:1] == ["scale and offset"]


@pytest.mark.parametrize(
    "found",
    [
        random(4, 3, 8, 9, seed=1),
        0.01 * random(4, 3, 8, 9, seed=1),
        1000 + random(4, 3, 8, 9, seed=1),
        X.flip(2),
        X**2,
        X.relu(),
    ],
)
def test_values_that_follow_something_else_are_not_scaled(found: torch.Tensor) -> None:
    assert not list(offered(suspect(found, X, made=IMAGE), [scale_and_offset]))


def test_two_values_show_a_factor_and_one_shows_nothing() -> None:
    right = torch.tensor([[0.3, -1.7]])
    assert kinds(suspect(right * 1.001, right), [scale_and_offset]) == ["scale"]
    assert kinds(suspect(right + torch.tensor([[1e-3, 2e-3]]), right), [scale_and_offset]) == []
    assert kinds(suspect(right[:, :1] * 1.001, right[:, :1]), [scale_and_offset]) == []


def test_a_fit_for_each_channel_describes() -> None:
    right = random(4, 3, 5, 6)
    wrong = right * torch.tensor([2.0, 3.0, 4.0]).reshape(1, 3, 1, 1)
    (found,) = fitting(suspect(wrong, right), [scale_and_offset])
    assert found.describes
    (found,) = fitting(suspect(right * 1.5, right), [scale_and_offset])
    assert not found.describes
