"""Normalizations with a part missing, or over other axes."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from layer_suspects import changed, faulty, seeded
from suspects import fitting, kinds, random
from torch import Tensor, nn

from xverify.diagnosis.normalisation_parts import normalisation_parts

VALUE = random(3, 4, 7, 6) * 2 + 1
LAYERS: dict[str, Callable[[], nn.Module]] = {
    "batch": lambda: nn.BatchNorm2d(4),
    "layer": lambda: nn.LayerNorm(6),
    "group": lambda: nn.GroupNorm(2, 4),
    "instance": lambda: nn.InstanceNorm2d(4, affine=True),
}


@pytest.mark.parametrize("make", LAYERS.values(), ids=LAYERS)
def test_scales(make: Any) -> None:
    module = seeded(make)
    ones, zeros = torch.ones_like(module.weight), torch.zeros_like(module.bias)
    cases = {
        "scale missing": changed(module, weight=ones),
        "scale and offset missing": changed(module, weight=ones, bias=zeros),
        "scale plus one": changed(module, weight=module.weight + 1),
    }
    for kind, wrong in cases.items():
        assert kinds(faulty(module, wrong, VALUE), [normalisation_parts]) == [kind]


def test_statistics() -> None:
    module = seeded(lambda: nn.BatchNorm2d(4))
    mean, variance = module.running_mean, module.running_var
    cases = {
        "mean not subtracted": changed(module, running_mean=torch.zeros(4)),
        "mean of wrong sign": changed(module, running_mean=-mean),
        "variance not divided": changed(module, running_var=torch.ones(4) - module.eps),
    }
    for kind, wrong in cases.items():
        assert kinds(faulty(module, wrong, VALUE), [normalisation_parts]) == [kind]
    wrong = changed(module, running_mean=torch.zeros(4), running_var=variance + mean**2)
    (found,) = fitting(faulty(module, wrong, VALUE), [normalisation_parts])
    assert "RMSNorm" in found.statement


def test_rms_for_layer_norm() -> None:
    module = seeded(lambda: nn.LayerNorm(6))

    def wrong(value: Tensor) -> Any:
        return nn.functional.rms_norm(value, (6,), module.weight, module.eps) + module.bias

    assert kinds(faulty(module, wrong, VALUE), [normalisation_parts]) == ["mean not subtracted"]


def test_another_number_of_groups() -> None:
    module = seeded(lambda: nn.GroupNorm(4, 8))
    value = random(2, 8, 5, 6)
    for groups in (1, 2, 8):
        kind = kinds(faulty(module, changed(module, num_groups=groups), value), [normalisation_parts])
        assert kind[0] == "number of groups"
        assert set(kind) <= {"number of groups", "normalised axes"}


def test_groups_in_turn() -> None:
    module = seeded(lambda: nn.GroupNorm(2, 8))
    order = torch.arange(8).reshape(4, 2).T.flatten()
    back = torch.argsort(order)

    def wrong(value: Tensor) -> Any:
        normed = nn.functional.group_norm(value[:, order], 2, eps=module.eps)[:, back]
        return normed * module.weight.reshape(-1, 1, 1) + module.bias.reshape(-1, 1, 1)

    assert kinds(faulty(module, wrong, random(2, 8, 5, 6)), [normalisation_parts]) == ["group order"]


@pytest.mark.parametrize(
    ("axes", "name"),
    [((1, 2), "axis 1 and axis 2"), ((1,), "axis 1"), ((0, 1, 2), "axis 0, axis 1 and axis 2")],
)
def test_a_layer_norm_over_other_axes(axes: tuple[int, ...], name: str) -> None:
    module = seeded(lambda: nn.LayerNorm(6))

    def wrong(value: Tensor) -> Any:
        mean, variance = value.mean(axes, keepdim=True), value.var(axes, correction=0, keepdim=True)
        return (value - mean) / (variance + module.eps).sqrt() * module.weight + module.bias

    (found,) = fitting(faulty(module, wrong, random(2, 5, 6)), [normalisation_parts])
    assert found.kind == "normalised axes"
    assert f"over {name} instead of axis 2" in found.statement


def test_instance_statistics_in_a_batch_normalization() -> None:
    module = seeded(lambda: nn.BatchNorm2d(4))
    wrong = seeded(lambda: nn.InstanceNorm2d(4, affine=True))
    wrong.weight.data, wrong.bias.data = module.weight.data, module.bias.data
    assert kinds(faulty(module, wrong, VALUE), [normalisation_parts]) == ["normalised axes"]


@pytest.mark.parametrize("make", LAYERS.values(), ids=LAYERS)
def test_other_faults_are_not_blamed_on_it(make: Any) -> None:
    module = seeded(make)
    for wrong in (
        changed(module, eps=0.5),
        changed(module, weight=module.weight * 1.1),
        changed(module, bias=module.bias * 2),
        lambda value: module(value) + 0.3,
    ):
        assert kinds(faulty(module, wrong, VALUE), [normalisation_parts]) == []
