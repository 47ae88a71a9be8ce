"""Activations of torch, applied twice."""

import pytest
from suspects import Made, fitting, kinds, random, suspect
from torch import nn

from xverify.diagnosis.activation_doubled import activation_doubled
from xverify.diagnosis.activation_table import ACTIVATION_HYPOTHESES

X = 3 * random(2, 3, 8, 9)

CASES = [
    ("gelu", nn.GELU(), {"approximate": "none"}), ("gelu", nn.GELU("tanh"), {"approximate": "tanh"}), ("sigmoid", nn.Sigmoid(), {}),
    ("tanh", nn.Tanh(), {}), ("silu", nn.SiLU(), {}), ("hardswish", nn.Hardswish(), {}), ("elu", nn.ELU(0.7), {"alpha": 0.7}),
    ("celu", nn.CELU(0.7), {"alpha": 0.7}), ("selu", nn.SELU(), {}), ("softplus", nn.Softplus(), {}), ("mish", nn.Mish(), {}),
]  # fmt: skip


@pytest.mark.parametrize(("operation", "module", "settings"), CASES)
def test_a_doubled_activation_is_found_alone(
    operation: str, module: nn.Module, settings: dict[str, float | str]
) -> None:
    made = Made(operation, f"{operation}Layer", settings=settings)
    subject = suspect(module(module(X)), module(X), X, made=made)
    assert kinds(subject, ACTIVATION_HYPOTHESES) == ["activation doubled"]


def test_a_doubled_leaky_relu_is_said_rather_than_a_slope_that_was_fitted() -> None:
    module = nn.LeakyReLU(0.2)
    made = Made("leaky_relu", "leakyReluLayer", settings={"negative_slope": 0.2})
    subject = suspect(module(module(X)), module(X), X, made=made)
    assert kinds(subject, ACTIVATION_HYPOTHESES) == ["activation doubled"]
    assert {item.kind for item in fitting(subject, ACTIVATION_HYPOTHESES)} == {
        "activation doubled",
        "activation variant",
    }


def test_relu_is_its_own_square() -> None:
    assert not fitting(suspect(X.relu() + 1, X.relu(), X, made=Made("relu", "reluLayer")), [activation_doubled])


def test_other_faults_and_layers_are_not_blamed_on_it() -> None:
    right = X.sigmoid()
    assert not fitting(suspect(X.tanh(), right, X, made=Made("sigmoid")), [activation_doubled])
    assert not fitting(suspect(right.sigmoid(), right, made=Made("linear")), [activation_doubled])
