"""Variants of torch's activations, and one in place of another."""

from collections.abc import Callable

import pytest
import torch
from suspects import Made, fitting, kinds, random, suspect
from torch import Tensor, nn
from torch.nn import functional as F

from xverify.diagnosis.activation_table import ACTIVATION_HYPOTHESES
from xverify.diagnosis.activation_variants import activation_variants

X = 3 * random(2, 3, 8, 9)
VARIANT, ANOTHER = "activation variant", "another activation"

Function = Callable[[Tensor], Tensor]


def _quick(x: Tensor) -> Tensor:
    return x * torch.sigmoid(1.702 * x)


def _keras_hard_sigmoid(x: Tensor) -> Tensor:
    return (0.2 * x + 0.5).clamp(0, 1)


@pytest.mark.parametrize(
    ("operation", "right", "found", "kind", "said"),
    [
        ("gelu", nn.GELU(), nn.GELU("tanh"), VARIANT, "approximated by tanh, not a GELU with the error function"),
        ("gelu", nn.GELU("tanh"), nn.GELU(), VARIANT, "error function"),
        ("gelu", nn.GELU(), _quick, VARIANT, "1.702"),
        ("hardsigmoid", nn.Hardsigmoid(), _keras_hard_sigmoid, VARIANT, "slope 0.2"),
        ("hardsigmoid", nn.Hardsigmoid(), nn.Sigmoid(), VARIANT, "a sigmoid, not a hard sigmoid"),
        ("hardswish", nn.Hardswish(), nn.SiLU(), VARIANT, "SiLU"),
        ("silu", nn.SiLU(), nn.Hardswish(), VARIANT, "hard swish"),
        ("leaky_relu", nn.LeakyReLU(0.1), nn.LeakyReLU(0.01), VARIANT, "slope 0.01, not a leaky ReLU with slope 0.1"),
        ("leaky_relu", nn.LeakyReLU(0.1), nn.LeakyReLU(0.17), VARIANT, "slope 0.17"),
        ("elu", nn.ELU(), nn.ELU(0.37), VARIANT, "alpha 0.37"),
        ("elu", nn.ELU(), nn.SELU(), VARIANT, "SELU"),
        ("relu", nn.ReLU(), nn.ReLU6(), ANOTHER, "clipped at 6"),
        ("relu6", nn.ReLU6(), nn.ReLU(), ANOTHER, "a ReLU, not a ReLU6"),
        ("hardtanh", nn.Hardtanh(), nn.Hardtanh(-2, 1.5), VARIANT, "bounds of -2 and 1.5"),
        ("softplus", nn.Softplus(), nn.ReLU(), ANOTHER, "a ReLU"),
        ("gelu", nn.GELU(), nn.ReLU(), ANOTHER, "a ReLU"),
        ("mish", nn.Mish(), nn.SiLU(), ANOTHER, "SiLU"),
        ("tanh", nn.Tanh(), F.softsign, ANOTHER, "softsign"),
    ],
)  # fmt: skip
def test_the_other_function_is_named(operation: str, right: Function, found: Function, kind: str, said: str) -> None:
    explained = fitting(suspect(found(X), right(X), X, made=_made(operation, right)), [activation_variants])
    assert {item.kind for item in explained} == {kind}
    assert said in explained[0].statement


def _made(operation: str, right: Function) -> Made:
    slope = getattr(right, "negative_slope", None)
    return Made(operation, "layer", settings={"negative_slope": slope} if slope else {})


def test_nothing_else_explains_the_gelu_of_tanh() -> None:
    subject = suspect(F.gelu(X, approximate="tanh"), F.gelu(X), X, made=Made("gelu", "geluLayer"))
    assert kinds(subject, ACTIVATION_HYPOTHESES) == [VARIANT]


def test_a_relu_that_reaches_no_bound_is_not_told_from_one_with_it() -> None:
    given = random(4, 20)
    found = fitting(suspect(given.relu(), F.gelu(given), given, made=Made("gelu")), [activation_variants])
    assert len(found) == 2
    assert found[0].evidence == ("A ReLU6, clipped at 6 would give the same values here.",)


def test_fitted_numbers_are_counted() -> None:
    found = fitting(suspect(F.leaky_relu(X, 0.17), X.relu(), X, made=Made("relu")), [activation_variants])
    assert [item.fitted for item in found] == [1]


def test_other_faults_are_not_blamed_on_variants() -> None:
    right = F.gelu(X)
    for found in (right + 0.1, right * 1.01, right.flip(1), F.gelu(X + 0.1), random(2, 3, 8, 9, seed=1)):
        assert not fitting(suspect(found, right, X, made=Made("gelu", "geluLayer")), [activation_variants])
