"""All hypotheses about weights together: which kinds explain the same values, and that they run one after the other."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from layer_suspects import changed, faulty, seeded
from suspects import Made, kinds, random, suspect
from torch import nn

from xverify.diagnosis.weight_table import WEIGHT_HYPOTHESES

IMAGE = random(3, 6, 9, 11, seed=1) + 0.5

CASES: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...], Callable[[Any], Any], list[str]]] = {
    "bias": (lambda: nn.Conv2d(6, 6, 3), (3, 6, 9, 11), lambda m: changed(m, bias=0 * m.bias), ["bias missing"]),
    "kernel": (
        lambda: nn.Conv2d(6, 6, 3, padding=1),
        (3, 6, 9, 11),
        lambda m: changed(m, weight=m.weight.transpose(2, 3)),
        ["kernel exchanged"],
    ),
    "one channel is its own reverse": (
        lambda: nn.Conv2d(1, 1, 3),
        (3, 1, 9, 11),
        lambda m: changed(m, weight=m.weight.flip(2, 3)),
        ["kernel flipped"],
    ),
    "square": (
        lambda: nn.Linear(6, 6), (9, 6), lambda m: changed(m, weight=m.weight.T), ["weight transposed"],
    ),
    "padding": (
        lambda: nn.Conv2d(6, 6, 3, stride=2, padding=1),
        (3, 6, 10, 12),
        lambda m: lambda x: changed(m, padding=(0, 0))(nn.functional.pad(x, (0, 1, 0, 1))),
        ["padding amounts"],
    ),
    "pooling": (lambda: nn.MaxPool2d(3, 2), (3, 6, 9, 11), lambda _: nn.AvgPool2d(3, 2), ["pooling kind"]),
    "epsilon": (lambda: nn.BatchNorm2d(6), (3, 6, 9, 11), lambda m: changed(m, eps=1e-3), ["epsilon"]),
    "training": (lambda: nn.BatchNorm2d(6), (3, 6, 9, 11), lambda m: changed(m).train(), ["batch statistics"]),
    "scale": (
        lambda: nn.LayerNorm(6),
        (9, 8, 6),
        lambda m: changed(m, weight=torch.ones(6)),
        ["scale missing"],
    ),
    "factor": (lambda: nn.Linear(6, 5), (9, 6), lambda m: changed(m, weight=m.weight * 3), ["scale of weights"]),
}  # fmt: skip


@pytest.mark.parametrize(("make", "shape", "change", "expected"), CASES.values(), ids=CASES)
def test_what_explains_the_same_values(make: Any, shape: tuple[int, ...], change: Any, expected: list[str]) -> None:
    module = seeded(make)
    assert kinds(faulty(module, change(module), random(*shape, seed=3)), WEIGHT_HYPOTHESES) == expected


LAYERS: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...]]] = {
    "convolution": (lambda: nn.Conv2d(6, 6, 3, padding=1), (3, 6, 9, 11)),
    "grouped": (lambda: nn.Conv2d(6, 6, 3, groups=3), (3, 6, 9, 11)),
    "transposed": (lambda: nn.ConvTranspose2d(6, 6, 3, stride=2), (3, 6, 9, 11)),
    "linear": (lambda: nn.Linear(6, 6), (9, 6)),
    "batch normalization": (lambda: nn.BatchNorm2d(6), (3, 6, 9, 11)),
    "layer normalization": (lambda: nn.LayerNorm(6), (9, 8, 6)),
    "group normalization": (lambda: nn.GroupNorm(3, 6), (3, 6, 9, 11)),
    "max pooling": (lambda: nn.MaxPool2d(3, 2, 1), (3, 6, 9, 11)),
    "average pooling": (lambda: nn.AvgPool2d(3, 2, 1), (3, 6, 9, 11)),
    "resizing": (lambda: nn.Upsample(scale_factor=2, mode="bilinear"), (3, 6, 9, 11)),
    "LSTM": (lambda: nn.LSTM(6, 5), (7, 3, 6)),
    "GRU": (lambda: nn.GRU(6, 5, bidirectional=True), (7, 3, 6)),
}


def value_of(module: Any, value: Any) -> Any:
    found = module(value)
    return found[0] if isinstance(found, tuple) else found


@pytest.mark.parametrize(("make", "shape"), LAYERS.values(), ids=LAYERS)
def test_a_fault_of_no_known_kind_is_not_explained(make: Any, shape: tuple[int, ...]) -> None:
    module = seeded(make)
    noise = random(*value_of(module, random(*shape)).shape, seed=9)
    subject = faulty(module, lambda value: value_of(module, value) + 0.05 * noise, random(*shape))
    assert kinds(subject, WEIGHT_HYPOTHESES) == []


@pytest.mark.parametrize("number", [float("nan"), float("inf"), 0.0])
@pytest.mark.parametrize(("make", "shape"), LAYERS.values(), ids=LAYERS)
def test_values_that_tell_nothing(make: Any, shape: tuple[int, ...], number: float) -> None:
    module = seeded(make)
    subject = faulty(module, lambda value: torch.full_like(value_of(module, value), number), random(*shape))
    assert kinds(subject, WEIGHT_HYPOTHESES) in ([], ["scale of weights"])


@pytest.mark.parametrize(("make", "shape"), LAYERS.values(), ids=LAYERS)
@pytest.mark.parametrize("found", [(), (0,), (3, 1), (1, 2, 3), (2, 3, 4, 5), (3, 6, 2, 2, 2)])
def test_values_of_any_other_shape(make: Any, shape: tuple[int, ...], found: tuple[int, ...]) -> None:
    module = seeded(make)
    assert kinds(faulty(module, lambda value: torch.zeros(found), random(*shape)), WEIGHT_HYPOTHESES) == []


def test_layers_that_are_not_known() -> None:
    value = random(2, 3)
    for made in (Made(), Made(op="reluLayer"), Made(op="convolution2dLayer"), Made(op="lstmLayer")):
        assert kinds(suspect(value, value + 1, value, made=made), WEIGHT_HYPOTHESES) == []
        assert kinds(suspect(value, value + 1, made=made), WEIGHT_HYPOTHESES) == []
        whole = torch.ones(2, 3, dtype=torch.int64)
        assert kinds(suspect(whole, whole + 1, whole, made=made), WEIGHT_HYPOTHESES) == []
