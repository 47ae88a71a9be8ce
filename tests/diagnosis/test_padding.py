"""Convolutions of images that were padded otherwise."""

from typing import Any

import pytest
from layer_suspects import changed, faulty, seeded
from suspects import fitting, kinds, random
from torch import Tensor, nn
from torch.nn import functional

from xverify.diagnosis.padding import padding

IMAGE = random(2, 4, 10, 12, seed=1)


def conv(**settings: Any) -> Any:
    return seeded(lambda: nn.Conv2d(4, 5, 3, **{"padding": 1, **settings}))


def padded(module: Any, amounts: tuple[int, ...], mode: str = "constant", value: float = 0.0) -> Any:
    plain = changed(module, padding=(0, 0))
    return lambda image: plain(functional.pad(image, amounts, mode, value))


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("amounts", [(0, 2, 0, 2), (2, 0, 2, 0), (0, 2, 1, 1), (1, 1, 2, 0)])
def test_padding_on_one_side(stride: int, amounts: tuple[int, int, int, int]) -> None:
    module = conv(stride=stride)
    (found,) = fitting(faulty(module, padded(module, amounts), IMAGE), [padding])
    assert found.kind == "padding amounts"
    left, _, top, _ = amounts
    for name, amount in (("eight", top), ("idth", left)):
        assert (f"{name} is padded by {amount} in front" in found.statement) == (amount != 1)


def test_other_amounts_give_another_shape() -> None:
    module = conv()
    for amount in (0, 2):
        subject = faulty(module, changed(module, padding=(amount, amount)), IMAGE)
        assert not subject.same_shape
        assert kinds(subject, [padding]) == ["padding amounts"]


def test_tensorflows_same_at_stride_2() -> None:
    module = seeded(lambda: nn.Conv2d(4, 5, 7, stride=2, padding=3))
    (found,) = fitting(faulty(module, padded(module, (2, 3, 2, 3)), IMAGE), [padding])
    assert "height is padded by 2 in front and 3 behind instead of 3 and 3" in found.statement.lower()


@pytest.mark.parametrize("mode", ["replicate", "reflect", "circular"])
def test_other_modes(mode: str) -> None:
    module = conv()
    (found,) = fitting(faulty(module, padded(module, (1, 1, 1, 1), mode), IMAGE), [padding])
    assert found.kind == "padding mode"
    assert mode in found.statement


@pytest.mark.parametrize(("value", "fitted"), [(1.0, 0), (-3.0, 0), (0.37, 1)])
def test_another_number(value: float, fitted: int) -> None:
    module = conv()
    (found,) = fitting(faulty(module, padded(module, (1, 1, 1, 1), value=value), IMAGE), [padding])
    assert found.statement == f"The padding holds {value:.4g} instead of 0."
    assert found.fitted == fitted


def test_grouped_and_dilated() -> None:
    module = seeded(lambda: nn.Conv2d(4, 6, 3, groups=2, dilation=2, padding=2))
    wrong = changed(module, padding=(0, 0))
    subject = faulty(module, lambda image: wrong(functional.pad(image, (1, 3, 1, 3))), IMAGE)
    assert kinds(subject, [padding]) == ["padding amounts"]


def test_sequences_and_volumes() -> None:
    line = seeded(lambda: nn.Conv1d(4, 5, 3, padding=1))
    plain = changed(line, padding=(0,))
    subject = faulty(line, lambda value: plain(functional.pad(value, (2, 0))), random(2, 4, 9))
    assert kinds(subject, [padding]) == ["padding amounts"]
    volume = seeded(lambda: nn.Conv3d(2, 3, 3, padding=1))
    flat = changed(volume, padding=(0, 0, 0))
    subject = faulty(volume, lambda value: flat(functional.pad(value, (1, 1, 1, 1, 0, 2))), random(1, 2, 5, 6, 7))
    assert kinds(subject, [padding]) == ["padding amounts"]


def test_other_faults_are_not_blamed_on_it() -> None:
    module = conv()

    def corner(image: Tensor) -> Any:
        value = module(image).clone()
        value[:, :, 0, 0] += 1
        return value

    for wrong in (
        changed(module, weight=module.weight.transpose(2, 3)),
        changed(module, bias=module.bias * 2),
        lambda image: module(image) * 1.1,
        corner,
    ):
        assert kinds(faulty(module, wrong, IMAGE), [padding]) == []


def test_a_layer_without_padding_has_none_to_be_wrong() -> None:
    module = conv(padding=0)
    assert kinds(faulty(module, lambda image: module(image.flip(2)), IMAGE), [padding]) == []
