"""NaN and Inf as torch makes them where an epsilon, a maximum or the range of a format is missing."""

import torch
from suspects import Made, fitting, kinds, random, suspect

from xverify.diagnosis.activation_table import ACTIVATION_HYPOTHESES
from xverify.diagnosis.not_finite import not_finite

X = random(2, 3, 6, 7)


def statement(subject: object, **_: object) -> str:
    return fitting(subject, [not_finite])[0].statement  # type: ignore[arg-type]


def test_a_naive_softmax_that_overflows() -> None:
    scores = 60 * random(40, 10)
    powers = scores.exp()
    found = powers / powers.sum(1, keepdim=True)
    assert found.isnan().any()
    assert not found.isnan().all()
    made = Made("softmax", "softmaxLayer", settings={"dim": 1.0})
    subject = suspect(found, scores.softmax(1), scores, made=made)
    assert kinds(subject, ACTIVATION_HYPOTHESES) == ["NaN or Inf"]
    assert "the softmax overflows" in statement(subject)


def test_a_softplus_by_its_definition() -> None:
    given = 60 * X
    found = (1 + given.exp()).log()
    right = torch.nn.functional.softplus(given)
    made = Made("softplus")
    assert found.isinf().any()
    assert kinds(suspect(found, right, given, made=made), ACTIVATION_HYPOTHESES) == ["NaN or Inf"]


def test_an_overflow_of_float16() -> None:
    right = 40_000 * X
    found = right.clone()
    found[right.half().isinf()] = right.half().float()[right.half().isinf()]
    assert "beyond 65504" in statement(suspect(found, right))


def test_a_division_by_zero() -> None:
    divisor = X.clone()
    divisor[0, 1] = 0
    right = X / (divisor + 1e-12)
    found = X / divisor
    subject = suspect(found, torch.where(divisor == 0, torch.ones(()), found), X, divisor, made=Made("div"))
    assert right.isfinite().all()
    assert "divisor is 0" in statement(subject)


def test_a_root_of_negative_numbers_and_where_it_begins() -> None:
    right = X.clamp(min=0).sqrt()
    found = fitting(suspect(X.sqrt(), right, X, made=Made("sqrt")), [not_finite])[0]
    first = tuple((X < 0).nonzero()[0].tolist())
    assert "input is negative" in found.statement
    assert f"The first is nan at {first}" in found.evidence[0]
    assert f"{int((X < 0).sum())} NaN among 252 values" in found.statement


def test_channels_that_are_lost_wholly_are_said() -> None:
    found = X.clone()
    found[:, 2] = float("nan")
    evidence = fitting(suspect(found, X), [not_finite])[0].evidence
    assert "They fill 1 of 3 entries of axis 1 wholly: 2." in evidence


def test_all_of_it() -> None:
    assert kinds(suspect(X * float("nan"), X), ACTIVATION_HYPOTHESES) == ["NaN or Inf"]


def test_infinities_of_pytorchs_own_are_no_fault() -> None:
    right = X.clone()
    right[0] = float("-inf")
    assert not fitting(suspect(right * 2, right), [not_finite])


def test_a_nan_does_not_explain_the_other_values() -> None:
    found = 2 * X
    found[0, 0, 0, 0] = float("nan")
    assert not fitting(suspect(found, X), [not_finite])
