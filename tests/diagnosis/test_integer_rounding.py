"""Layers that torch computes in half precision, or quantises."""

import pytest
import torch
from suspects import Made, fitting, kinds, random, suspect
from torch import nn

from xverify.diagnosis.activation_table import ACTIVATION_HYPOTHESES
from xverify.diagnosis.integer_rounding import integer_rounding

X = random(2, 3, 16, 17)


@pytest.mark.parametrize(
    ("dtype", "kind"), [(torch.float16, "rounded to float16"), (torch.bfloat16, "rounded to bfloat16")]
)
def test_rounded_values_are_found_alone(dtype: torch.dtype, kind: str) -> None:
    found = fitting(suspect(X.to(dtype).float(), X), ACTIVATION_HYPOTHESES)
    assert [item.kind for item in found] == [kind]
    assert found[0].fitted == 0


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_a_convolution_that_computes_in_half_precision_is_found(dtype: torch.dtype) -> None:
    torch.manual_seed(0)
    layer = nn.Conv2d(3, 8, 5)
    right = layer(X)
    subject = suspect(layer.to(dtype)(X.to(dtype)).float(), right, X, made=Made("conv2d", dims="NCHW"))
    found = fitting(subject, ACTIVATION_HYPOTHESES)
    assert [item.kind for item in found] == [f"rounded to {str(dtype).removeprefix('torch.')}"]
    assert "computed in" in found[0].statement


def test_half_precision_does_not_hide_another_fault() -> None:
    torch.manual_seed(0)
    layer = nn.Conv2d(3, 8, 5)
    right = layer(X)
    wrong = layer.half()(X.flip(3).half()).float()
    assert not fitting(suspect(wrong, right, X), [integer_rounding])


@pytest.mark.parametrize("zero_point", [0, 13])
def test_an_int8_quantisation_is_found(zero_point: int) -> None:
    found = torch.fake_quantize_per_tensor_affine(X, 0.031, zero_point, -128, 127)
    explained = fitting(suspect(found, X), ACTIVATION_HYPOTHESES)
    assert [item.kind for item in explained] == ["rounded to int8"]
    assert "0.031" in explained[0].statement


def test_values_that_are_on_the_grid_anyway_prove_nothing() -> None:
    whole = X.round()
    assert not fitting(suspect(whole + 1, whole), [integer_rounding])
    assert not fitting(suspect(whole.flip(3), whole), [integer_rounding])


def test_a_layer_of_single_precision_is_not_blamed() -> None:
    torch.manual_seed(0)
    layer = nn.Conv2d(3, 8, 5)
    right = layer(X)
    with torch.no_grad():
        layer.weight.copy_(layer.weight.half())
    assert not fitting(suspect(layer(X), right, X), [integer_rounding])
    assert kinds(suspect(right * 1.5, right), [integer_rounding]) == []
