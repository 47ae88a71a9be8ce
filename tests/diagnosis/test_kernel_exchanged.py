"""Kernels turned, flipped or exchanged: found by the values that torch computes with such weights."""

from typing import Any

import pytest
import torch
from layer_suspects import changed, faulty, seeded
from suspects import kinds, random
from torch import Tensor, nn

from xverify.diagnosis.kernel_exchanged import kernel_exchanged

IMAGE = random(2, 6, 9, 11, seed=1)


def conv(**settings: Any) -> Any:
    return seeded(lambda: nn.Conv2d(6, 6, 3, **{"padding": 1, **settings}))


TURNS: dict[str, tuple[str, Any]] = {
    "height and width": ("kernel exchanged", lambda w: w.transpose(2, 3)),
    "flipped": ("kernel flipped", lambda w: w.flip(2, 3)),
    "upside down": ("kernel flipped", lambda w: w.flip(2)),
    "mirrored": ("kernel flipped", lambda w: w.flip(3)),
    "rotated": ("kernel rotated", lambda w: w.rot90(1, (2, 3))),
    "rotated back": ("kernel rotated", lambda w: w.rot90(-1, (2, 3))),
    "in and out": ("weight transposed", lambda w: w.transpose(0, 1)),
    "in and out, flipped": ("weight transposed", lambda w: w.transpose(0, 1).flip(2, 3)),
    "memory order": ("weight order", lambda w: w.flatten().reshape(w.shape[::-1]).permute(3, 2, 1, 0)),
}


@pytest.mark.parametrize(("kind", "turn"), TURNS.values(), ids=TURNS)
@pytest.mark.parametrize("stride", [1, 2])
def test_a_turned_weight(kind: str, turn: Any, stride: int) -> None:
    module = conv(stride=stride)
    assert kinds(faulty(module, changed(module, weight=turn(module.weight)), IMAGE), [kernel_exchanged]) == [kind]


@pytest.mark.parametrize(("kind", "turn"), TURNS.values(), ids=TURNS)
def test_a_turned_weight_of_a_transposed_convolution(kind: str, turn: Any) -> None:
    module = seeded(lambda: nn.ConvTranspose2d(6, 6, 3, stride=2, padding=1, output_padding=1))
    assert kinds(faulty(module, changed(module, weight=turn(module.weight)), IMAGE), [kernel_exchanged]) == [kind]


@pytest.mark.parametrize("groups", [2, 6])
def test_grouped(groups: int) -> None:
    module = conv(groups=groups)
    wrong = changed(module, weight=module.weight.transpose(2, 3))
    assert kinds(faulty(module, wrong, IMAGE), [kernel_exchanged]) == ["kernel exchanged"]


def test_a_kernel_that_is_not_square() -> None:
    module = seeded(lambda: nn.Conv2d(6, 4, (3, 5), padding=(1, 2)))
    wrong = changed(module, weight=module.weight.transpose(2, 3), padding=(2, 1))
    assert kinds(faulty(module, wrong, IMAGE), [kernel_exchanged]) == ["kernel exchanged"]
    reread = module.weight.reshape(4, 6, 5, 3).transpose(2, 3)
    assert kinds(faulty(module, changed(module, weight=reread), IMAGE), [kernel_exchanged]) == ["weight order"]


def test_a_value_of_another_shape() -> None:
    module = seeded(lambda: nn.Conv2d(6, 4, (3, 1)))
    subject = faulty(module, changed(module, weight=module.weight.transpose(2, 3)), IMAGE)
    assert not subject.same_shape
    assert kinds(subject, [kernel_exchanged]) == ["kernel exchanged"]


def test_sequences_and_volumes() -> None:
    line = seeded(lambda: nn.Conv1d(6, 4, 3))
    assert kinds(faulty(line, changed(line, weight=line.weight.flip(2)), random(2, 6, 9)), [kernel_exchanged]) == [
        "kernel flipped"
    ]
    volume = seeded(lambda: nn.Conv3d(3, 4, 3))
    wrong = changed(volume, weight=volume.weight.permute(0, 1, 3, 4, 2))
    assert kinds(faulty(volume, wrong, random(2, 3, 5, 6, 7)), [kernel_exchanged]) == ["kernel exchanged"]


def test_a_symmetric_kernel_is_said_to_be_ambiguous() -> None:
    module = conv()
    weight = module.weight.detach()
    module.weight.data = weight + weight.flip(3)
    subject = faulty(module, changed(module, weight=module.weight.rot90(1, (2, 3))), IMAGE)
    assert kinds(subject, [kernel_exchanged]) == ["kernel exchanged", "kernel rotated"]


def test_other_faults_are_not_blamed_on_it() -> None:
    module = conv()
    for wrong in (
        changed(module, bias=module.bias * 1.1),
        changed(module, weight=module.weight * 1.01),
        changed(module, weight=module.weight[:, torch.randperm(6)]),
        lambda image: module(image) + 0.1,
    ):
        assert kinds(faulty(module, wrong, IMAGE), [kernel_exchanged]) == []
    assert kinds(faulty(conv(), conv(), IMAGE), [kernel_exchanged]) == []


def test_kernels_of_one_pixel_have_no_axes() -> None:
    module = seeded(lambda: nn.Conv2d(6, 4, 1))
    noise: Tensor = random(4, 6, 1, 1, seed=3)
    assert kinds(faulty(module, changed(module, weight=noise), IMAGE), [kernel_exchanged]) == []
