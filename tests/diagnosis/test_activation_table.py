"""All hypotheses that need activations alone, together: what they must not explain, and layers that they must survive."""

from itertools import product
from typing import Any

import numpy as np
import pytest
import torch
from suspects import EPS32, Made, fitting, offered, random, suspect
from torch import nn

from xverify.diagnosis.activation_table import ACTIVATION_HYPOTHESES
from xverify.diagnosis.explanation import Hypothesis
from xverify.diagnosis.kernels.activations import FAMILIES

X = random(2, 3, 12, 13)
OPERATIONS = (
    "made",
    "conv2d",
    "add",
    "sub",
    "div",
    "cat",
    "view",
    "permute",
    "slice",
    "mean",
    "softmax",
    "log_softmax",
    *FAMILIES,
)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_unrelated_values_are_explained_by_nothing(operation: str) -> None:
    for rank, dims in ((4, "NCHW"), (4, ""), (2, "NC"), (3, "NLC")):
        shape = (4, 6, 5, 5)[:rank]
        right, found, given = (random(*shape, seed=seed) for seed in range(3))
        for inputs in ((), (given,), (given, random(*shape, seed=4))):
            subject = suspect(found, right, *inputs, made=Made(operation, dims=dims))
            assert [item.kind for item in offered(subject, ACTIVATION_HYPOTHESES)] == []


@pytest.mark.parametrize("operation", OPERATIONS)
def test_rounding_is_no_fault(operation: str) -> None:
    right = random(2, 3, 5, 6)
    found = right * (1 + EPS32 * random(2, 3, 5, 6, seed=2))
    subject = suspect(found, right, right, made=Made(operation, dims="NCHW"))
    assert not list(offered(subject, ACTIVATION_HYPOTHESES))


def test_a_convolution_with_one_changed_weight_is_explained_by_nothing() -> None:
    torch.manual_seed(0)
    layer = nn.Conv2d(3, 5, 3)
    right = layer(X)
    with torch.no_grad():
        layer.weight[2, 1, 0, 0] += 0.1
    assert not fitting(suspect(layer(X), right, X, made=Made("conv2d", dims="NCHW")), ACTIVATION_HYPOTHESES)


def test_a_batchnorm_in_training_mode_is_a_factor_and_a_sum_and_nothing_else() -> None:
    norm = nn.BatchNorm2d(3)
    right = norm.eval()(X)
    found = fitting(suspect(norm.train()(X), right, X, made=Made("batch_norm", dims="NCHW")), ACTIVATION_HYPOTHESES)
    assert {item.kind for item in found} <= {"scale", "scale and offset"}


@pytest.mark.parametrize("hypothesis", ACTIVATION_HYPOTHESES, ids=lambda item: item.__name__)
@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        (np.zeros((0, 3), np.float32), np.zeros((0, 3), np.float32)),
        (np.float32(1), np.float32(2)),
        (np.array(3), np.array(4)),
        (np.array([True, False]), np.array([False, True])),
        (np.arange(12).reshape(3, 4), np.arange(12).reshape(4, 3)),
        (np.full((2, 3), np.nan, np.float32), np.ones((2, 3), np.float32)),
        (np.ones((2, 3), np.float32), np.full((2, 3), np.inf, np.float32)),
        (np.ones((2, 3), np.float32), np.ones((2, 3, 4), np.float32)),
        (np.ones((2, 3), np.float64), np.zeros((2, 3), np.float32)),
        (np.ones(5, np.float32), np.ones((), np.float32)),
    ],
)
def test_odd_layers_are_survived(hypothesis: Hypothesis, actual: np.ndarray, expected: np.ndarray) -> None:
    choices: tuple[tuple[Any, ...], ...] = ((), (expected,), (expected, expected), (np.ones((2, 3, 4, 5), np.float32),))
    for operation, inputs in product(OPERATIONS, choices):
        subject = suspect(actual, expected, *inputs, made=Made(operation, "Step"))
        before = subject.actual.copy(), subject.expected.copy()
        assert all(item.statement and item.fix for item in hypothesis(subject))
        np.testing.assert_array_equal(subject.actual, before[0])
        np.testing.assert_array_equal(subject.expected, before[1])


def test_each_hypothesis_says_nothing_of_a_layer_that_is_right() -> None:
    for operation in OPERATIONS:
        subject = suspect(X, X, X, made=Made(operation, dims="NCHW"))
        assert not list(offered(subject, ACTIVATION_HYPOTHESES))
