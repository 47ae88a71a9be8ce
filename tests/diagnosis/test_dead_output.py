"""Constant layers and channels, as torch gives them for weights of zero."""

import torch
from suspects import Made, fitting, kinds, random, suspect
from torch import nn

from xverify.diagnosis.activation_table import ACTIVATION_HYPOTHESES
from xverify.diagnosis.dead_output import dead_output

X = random(2, 3, 8, 9)
IMAGE = Made("conv2d", dims="NCHW")


def _convolution() -> nn.Conv2d:
    torch.manual_seed(0)
    return nn.Conv2d(3, 6, 3, bias=False)


def test_weights_of_zero() -> None:
    layer = _convolution()
    right = layer(X)
    nn.init.zeros_(layer.weight)
    found = fitting(suspect(layer(X), right, X, made=IMAGE), ACTIVATION_HYPOTHESES)
    assert [item.kind for item in found] == ["dead output"]
    assert found[0].statement == "All values are zero."


def test_filters_of_zero() -> None:
    layer = _convolution()
    right = layer(X)
    with torch.no_grad():
        layer.weight[[1, 4]] = 0
    found = fitting(suspect(layer(X), right, X, made=IMAGE), ACTIVATION_HYPOTHESES)
    assert (found[0].kind, found[0].fitted) == ("dead output", 0)
    assert "2 of 6 entries of channels are zero: 1, 4" in found[0].statement


def test_a_constant() -> None:
    right = random(4, 5)
    subject = suspect(torch.full((4, 5), 0.25), right)
    assert kinds(subject, ACTIVATION_HYPOTHESES) == ["dead output"]
    assert fitting(subject, [dead_output])[0].fitted == 1


def test_a_layer_that_is_constant_in_pytorch_is_not_dead() -> None:
    assert not fitting(suspect(torch.full((3, 4), 2.0), torch.ones(3, 4)), [dead_output])


def test_channels_that_a_relu_may_kill_do_not_explain_the_rest() -> None:
    right = X.relu()
    found = 2 * right
    found[:, 1] = 0
    assert not fitting(suspect(found, right, X, made=Made("relu", dims="NCHW")), [dead_output])


def test_one_value_that_is_zero() -> None:
    (found,) = fitting(suspect(torch.zeros(1, 1), torch.ones(1, 1)), [dead_output])
    assert found.statement == "All values are zero."
    assert not fitting(suspect(torch.zeros(0, 3), torch.zeros(0, 3)), [dead_output])
