"""torch's means, sums and variances over other axes and of other kinds."""

import pytest
import torch
from suspects import Made, fitting, kinds, random, suspect

from xverify.diagnosis.activation_table import ACTIVATION_HYPOTHESES
from xverify.diagnosis.reduction_axis import reduction_axis

X = random(3, 4, 5, 5)


@pytest.mark.parametrize(
    ("operation", "right", "found", "kind", "said"),
    [
        ("mean", X.mean(2), X.mean(3), "reduction axis", "over axis 3 (5), not axis 2 (5)"),
        ("mean", X.mean((2, 3)), X.sum((2, 3)), "reduction", "the sum, not the mean"),
        ("sum", X.sum(1), X.mean(1), "reduction", "the mean, not the sum"),
        ("amax", X.amax(3), X.amax(2), "reduction axis", "the largest over axis 2"),
        ("amax", X.amax((2, 3)), X.mean((2, 3)), "reduction", "the mean, not the largest"),
        ("var", X.var(1), X.var(1, correction=0), "reduction", "divided by n, not the variance, divided by n - 1"),
        ("std", X.std(1, correction=0), X.std(1), "reduction", "divided by n - 1"),
        ("adaptive_avg_pool2d", X.mean((2, 3), keepdim=True), X.amax((2, 3), keepdim=True), "reduction", "the largest, not the mean"),
        ("mean", X.mean((2, 3)), X.mean((2, 3), keepdim=True) * 25, "reduction", "the sum"),
    ],
)  # fmt: skip
def test_the_axes_and_the_kind_are_named(
    operation: str, right: torch.Tensor, found: torch.Tensor, kind: str, said: str
) -> None:
    explained = fitting(suspect(found, right, X, made=Made(operation)), [reduction_axis])
    assert {item.kind for item in explained} == {kind}
    assert said in explained[0].statement


def test_a_sum_for_a_mean_is_said_rather_than_a_factor() -> None:
    subject = suspect(X.sum((2, 3)), X.mean((2, 3)), X, made=Made("mean"))
    assert kinds(subject, ACTIVATION_HYPOTHESES) == ["reduction"]


def test_equal_sizes_are_said() -> None:
    found = fitting(suspect(X.mean(3), X.mean(2), X, made=Made("mean")), [reduction_axis])
    assert "same size" in found[0].evidence[0]


def test_other_faults_and_layers_are_not_blamed_on_it() -> None:
    right = X.mean((2, 3))
    for found in (right + 0.1, right.flip(1), X[:, :, 1:, 1:].mean((2, 3))):
        assert not fitting(suspect(found, right, X, made=Made("mean")), [reduction_axis])
    assert not fitting(suspect(X.sum((2, 3)), right, X, made=Made("linear")), [reduction_axis])
