"""Activations of torch, left out and added."""

import pytest
import torch
from suspects import Made, fitting, kinds, random, suspect
from torch import nn

from xverify.diagnosis.activation_missing import activation_missing
from xverify.diagnosis.activation_table import ACTIVATION_HYPOTHESES

X = 3 * random(2, 3, 8, 9)


@pytest.mark.parametrize(
    ("operation", "module"),
    [
        ("relu", nn.ReLU()), ("relu6", nn.ReLU6()), ("gelu", nn.GELU()), ("sigmoid", nn.Sigmoid()), ("tanh", nn.Tanh()),
        ("silu", nn.SiLU()),
        ("hardswish", nn.Hardswish()), ("elu", nn.ELU()), ("softplus", nn.Softplus()), ("mish", nn.Mish()), ("prelu", nn.PReLU()),
    ],
)  # fmt: skip
def test_a_missing_activation_is_found(operation: str, module: nn.Module) -> None:
    subject = suspect(X, module(X), X, made=Made(operation))
    assert kinds(subject, ACTIVATION_HYPOTHESES)[0] == "activation missing"


@pytest.mark.parametrize(
    "module",
    [nn.ReLU(), nn.ReLU6(), nn.LeakyReLU(), nn.GELU(), nn.GELU("tanh"), nn.SiLU(), nn.Sigmoid(), nn.Tanh(), nn.ELU()],
)
def test_an_activation_that_was_fused_into_a_convolution_is_found(module: nn.Module) -> None:
    torch.manual_seed(0)
    right = 8 * nn.Conv2d(3, 5, 3)(X)
    found = fitting(suspect(module(right), right, X, made=Made("conv2d", dims="NCHW")), ACTIVATION_HYPOTHESES)
    assert [item.kind for item in found] == ["activation added"]


def test_bounds_that_no_value_reaches_are_said() -> None:
    right = random(2, 50)
    found = fitting(suspect(right.relu(), right, made=Made("linear")), [activation_missing])
    assert found[0].statement == "The values have gone through a ReLU that PyTorch does not have in this layer."
    assert "ReLU6" in found[0].evidence[0]


def test_other_faults_are_not_blamed_on_activations() -> None:
    right = X.relu()
    for found in (right + 0.1, right.flip(1), 2 * X, X.abs()):
        assert not fitting(suspect(found, right, X, made=Made("relu")), [activation_missing])


def test_a_linear_layer_that_gives_its_input_is_no_missing_activation() -> None:
    assert not fitting(suspect(X, 2 * X, X, made=Made("mul")), [activation_missing])
