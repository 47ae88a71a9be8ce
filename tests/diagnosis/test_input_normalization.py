"""Inputs that torch's layers read without their normalisation, or twice with it."""

import pytest
import torch
from suspects import Made, fitting, kinds, random, suspect
from torch import Tensor, nn
from torch.nn import functional as F

from xverify.diagnosis.activation_table import ACTIVATION_HYPOTHESES
from xverify.diagnosis.input_normalization import input_normalization

MEAN = torch.tensor([0.485, 0.456, 0.406]).reshape(3, 1, 1)
DEVIATION = torch.tensor([0.229, 0.224, 0.225]).reshape(3, 1, 1)
RAW = torch.rand(2, 3, 8, 10, generator=torch.Generator().manual_seed(0))


def normalised(image: Tensor) -> Tensor:
    return (image - MEAN) / DEVIATION


@pytest.mark.parametrize(
    ("image", "said"),
    [
        (RAW, "The input is not normalised with ImageNet's"),
        (normalised(normalised(RAW)), "The input is normalised twice with ImageNet's"),
        (255 * RAW, "neither divided by 255 nor normalised"),
        (normalised(255 * RAW), "not divided by 255 before"),
    ],
)
def test_imagenets_statistics_show_behind_a_pooling_layer(image: Tensor, said: str) -> None:
    right, found = (F.avg_pool2d(item, 2) for item in (normalised(RAW), image))
    explained = fitting(
        suspect(found, right, normalised(RAW), made=Made("avg_pool2d", dims="NCHW")), ACTIVATION_HYPOTHESES
    )
    assert explained[0].kind == "input normalisation"
    assert said in explained[0].statement
    assert explained[0].fitted == 0


@pytest.mark.parametrize("bias", [True, False])
def test_a_factor_of_255_shows_behind_a_convolution_with_and_without_a_bias(bias: bool) -> None:
    torch.manual_seed(0)
    layer = nn.Conv2d(3, 6, 3, padding=1, bias=bias)
    parameters = {name: value.detach() for name, value in layer.named_parameters()}
    made = Made("conv2d", "convolution2dLayer", "NCHW", parameters=parameters)
    subject = suspect(layer(255 * RAW), layer(RAW), RAW, made=made)
    assert kinds(subject, ACTIVATION_HYPOTHESES) == ["input normalisation"]


def test_one_half_for_mean_and_deviation() -> None:
    subject = suspect(RAW[:, :1], 2 * RAW[:, :1] - 1, made=Made("max_pool2d", dims="NCHW"))
    assert kinds(subject, ACTIVATION_HYPOTHESES) == ["input normalisation"]


def test_other_faults_are_not_blamed_on_it() -> None:
    for found in (2 * RAW, RAW + 0.5, random(2, 3, 8, 10), 250 * RAW):
        assert not fitting(suspect(found, RAW, made=Made("avg_pool2d", dims="NCHW")), [input_normalization])


def test_a_linear_layer_of_sequences_is_survived() -> None:
    module = torch.nn.Linear(4, 6)
    given = random(2, 5, 4)
    with torch.no_grad():
        expected, found = module(given), module(given * 255)
    made = Made("linear", "fullyConnectedLayer", parameters=dict(module.state_dict()))
    (fit,) = fitting(suspect(found, expected, given, made=made), [input_normalization])
    assert "255" in fit.statement
