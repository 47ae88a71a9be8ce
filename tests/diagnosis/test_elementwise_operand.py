"""Sums, differences, products and quotients of the wrong operands."""

import pytest
import torch
from suspects import Made, fitting, kinds, random, suspect

from xverify.diagnosis.activation_table import ACTIVATION_HYPOTHESES
from xverify.diagnosis.elementwise_operand import elementwise_operand

X, Y = random(2, 3, 4, 5), random(2, 3, 4, 5, seed=1)


@pytest.mark.parametrize(
    ("operation", "right", "found", "expected"),
    [
        ("sub", X - Y, Y - X, "operands exchanged"),
        ("div", X / Y, Y / X, "operands exchanged"),
        ("add", X + Y, X, "operand missing"),
        ("add", X + Y, Y, "operand missing"),
        ("mul", X * Y, Y, "operand missing"),
        ("add", X + Y, X * Y, "another operation"),
        ("add", X + Y, X - Y, "another operation"),
        ("mul", X * Y, X + Y, "another operation"),
        ("maximum", torch.maximum(X, Y), torch.minimum(X, Y), "another operation"),
        ("mul", X * Y, X * X, "operand doubled"),
    ],
)
def test_the_operands_and_the_operation_are_named(
    operation: str, right: torch.Tensor, found: torch.Tensor, expected: str
) -> None:
    assert kinds(suspect(found, right, X, Y, made=Made(operation)), ACTIVATION_HYPOTHESES)[0] == expected


def test_a_reversed_difference_has_the_wrong_sign_as_well() -> None:
    """The same values: both are named."""
    assert kinds(suspect(Y - X, X - Y, X, Y, made=Made("sub")), ACTIVATION_HYPOTHESES) == ["operands exchanged", "sign"]


def test_a_mean_of_a_residual_is_half_of_its_sum() -> None:
    subject = suspect((X + Y) / 2, X + Y, X, Y, made=Made("add"))
    assert kinds(subject, ACTIVATION_HYPOTHESES) == ["another operation", "scale"]


def test_constants_are_operands() -> None:
    made = Made("sub", "Sub", constants={0: torch.tensor([[3.0]])})
    assert kinds(suspect(X - 3, 3 - X, X, made=made), [elementwise_operand]) == ["operands exchanged"]
    vector = torch.tensor([1.0, 2.0, 4.0, 8.0, 16.0])
    made = Made("div", "Div", constants={1: vector.reshape(-1, 1)})  # as weights.mat gives it back
    assert kinds(suspect(X * vector, X / vector, X, made=made), [elementwise_operand]) == ["another operation"]


def test_a_join_for_a_sum_and_a_sum_for_a_join() -> None:
    joined = torch.cat([X, Y], 1)
    assert kinds(suspect(joined, X + Y, X, Y, made=Made("add", dims="NCHW")), ACTIVATION_HYPOTHESES) == [
        "another operation"
    ]
    assert kinds(suspect(X + Y, joined, X, Y, made=Made("cat")), ACTIVATION_HYPOTHESES) == ["another operation"]
    assert kinds(suspect(X, joined, X, Y, made=Made("cat")), [elementwise_operand]) == ["operand missing"]


def test_other_faults_are_not_blamed_on_operands() -> None:
    for found in (X + Y + 0.1, (X + Y).flip(1), X + 1.01 * Y):
        assert not fitting(suspect(found, X + Y, X, Y, made=Made("add")), [elementwise_operand])


def test_operands_that_do_not_give_the_value_are_no_evidence() -> None:
    assert not list(elementwise_operand(suspect(X, X + Y + Y, X, Y, made=Made("add"))))
