"""Parameters of another layer."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from layer_suspects import changed, faulty, seeded
from suspects import fitting, kinds, random
from torch import nn

from xverify.diagnosis.suspect import Suspect
from xverify.diagnosis.weight_exchanged import weight_exchanged

IMAGE = random(2, 4, 7, 8)


def among(subject: Suspect, **modules: nn.Module) -> Suspect:
    """The suspect in a network that has these modules as well."""
    network = {f"{name}.{key}": value for name, module in modules.items() for key, value in module.state_dict().items()}

    def others(shape: tuple[int, ...]) -> Iterator[tuple[str, Any]]:
        return ((name, value.numpy()) for name, value in network.items() if tuple(value.shape) == shape)

    return replace(subject, others=others)


@pytest.mark.parametrize("make", [lambda: nn.Conv2d(4, 4, 3), lambda: nn.ConvTranspose2d(4, 4, 3)])
def test_another_layers_weight_bias_or_both(make: Any) -> None:
    module, other, third = seeded(make), seeded(make, 1), seeded(make, 2)
    cases = {
        "'b.weight' as its weight instead of 'layer.weight'": changed(module, weight=other.weight),
        "'b.bias' as its bias instead of 'layer.bias'": changed(module, bias=other.bias),
        "'b.weight' as its weight and 'b.bias' as its bias": other,
    }
    for statement, wrong in cases.items():
        (found,) = fitting(among(faulty(module, wrong, IMAGE), a=third, b=other), [weight_exchanged])
        assert found.kind == "parameters exchanged"
        assert statement in found.statement


def test_features() -> None:
    module, other = seeded(lambda: nn.Linear(6, 5)), seeded(lambda: nn.Linear(6, 5), 1)
    subject = among(faulty(module, changed(module, weight=other.weight), random(3, 6)), other=other)
    assert kinds(subject, [weight_exchanged]) == ["parameters exchanged"]


def test_another_normalizations_parameters() -> None:
    module, other = seeded(lambda: nn.BatchNorm2d(4)), seeded(lambda: nn.BatchNorm2d(4), 1)
    (found,) = fitting(among(faulty(module, other, IMAGE), b=other), [weight_exchanged])
    assert "'b.running_var' as its running_var" in found.statement
    for role in ("weight", "bias", "running_mean", "running_var"):
        wrong = changed(module, **{role: getattr(other, role)})
        (found,) = fitting(among(faulty(module, wrong, IMAGE), b=other), [weight_exchanged])
        assert found.statement == f"The layer has 'b.{role}' as its {role} instead of 'layer.{role}'."


def test_a_normalizations_own_parameters_exchanged() -> None:
    module = seeded(lambda: nn.BatchNorm2d(4))
    wrong = changed(module, weight=module.bias, bias=module.weight)
    (found,) = fitting(faulty(module, wrong, IMAGE), [weight_exchanged])
    assert "'layer.bias' as its weight and 'layer.weight' as its bias" in found.statement
    layer = seeded(lambda: nn.LayerNorm(6))
    wrong = changed(layer, weight=layer.bias, bias=layer.weight)
    assert kinds(faulty(layer, wrong, random(2, 5, 6)), [weight_exchanged]) == ["parameters exchanged"]


def test_other_faults_are_not_blamed_on_it() -> None:
    module, other = seeded(lambda: nn.Conv2d(4, 4, 3)), seeded(lambda: nn.Conv2d(4, 4, 3), 1)
    for wrong in (changed(module, bias=module.bias * 2), changed(module, weight=module.weight + other.weight)):
        assert kinds(among(faulty(module, wrong, IMAGE), b=other), [weight_exchanged]) == []
    assert kinds(faulty(module, other, IMAGE), [weight_exchanged]) == []
    norm = seeded(lambda: nn.BatchNorm2d(4))
    assert kinds(faulty(norm, changed(norm, eps=0.1), IMAGE), [weight_exchanged]) == []
