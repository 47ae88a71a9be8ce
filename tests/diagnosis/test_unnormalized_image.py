"""Images that were prepared otherwise, under zero padding, where no factor and sum of the output explain them."""

from collections.abc import Callable

import pytest
import torch
from layer_suspects import faulty, seeded
from suspects import fitting, kinds, random
from torch import Tensor, nn

from xverify.diagnosis.unnormalized_image import unnormalized_image

PHOTO = random(2, 3, 8, 9)
MEAN = torch.tensor([0.485, 0.456, 0.406]).reshape(1, 3, 1, 1)
DEVIATION = torch.tensor([0.229, 0.224, 0.225]).reshape(1, 3, 1, 1)


def first() -> nn.Module:
    module: nn.Module = seeded(lambda: nn.Conv2d(3, 5, 3, stride=2, padding=1))
    return module


WRONG: dict[str, Callable[[Tensor], Tensor]] = {
    "not normalised with ImageNet's": lambda image: image * DEVIATION + MEAN,
    "normalised twice with ImageNet's": lambda image: (image - MEAN) / DEVIATION,
    "neither divided by 255 nor normalised with ImageNet's": lambda image: 255 * (image * DEVIATION + MEAN),
    "runs from 0 to 255 when it is normalised with ImageNet's": lambda image: (
        (255 * (image * DEVIATION + MEAN) - MEAN) / DEVIATION
    ),
    "the mean is not subtracted": lambda image: (image * DEVIATION + MEAN) / DEVIATION,
    "not divided by the standard deviation": lambda image: image * DEVIATION,
    "not normalised with 0.5": lambda image: image * 0.5 + 0.5,
}


@pytest.mark.parametrize("words", WRONG)
def test_what_was_forgotten_is_named(words: str) -> None:
    module = first()
    found = fitting(faulty(module, lambda image: module(WRONG[words](image)), PHOTO), [unnormalized_image])
    assert [item.kind for item in found] == ["input normalisation"]
    assert words in found[0].statement


def test_another_fault_of_the_layer_and_wider_inputs_are_not_blamed_on_it() -> None:
    module = first()
    assert kinds(faulty(module, lambda image: module(image.flip(1)), PHOTO), [unnormalized_image]) == []
    assert kinds(faulty(module, lambda image: module(image) * 2, PHOTO), [unnormalized_image]) == []
    wide = seeded(lambda: nn.Conv2d(6, 5, 3, padding=1))
    assert kinds(faulty(wide, lambda image: wide(image * 0.5 + 0.5), random(2, 6, 8, 9)), [unnormalized_image]) == []


def test_a_normalisation_that_reads_the_image() -> None:
    module = seeded(lambda: nn.BatchNorm2d(3))
    for wrong in ("not normalised with ImageNet's", "normalised twice with ImageNet's"):
        found = fitting(
            faulty(module, lambda image, wrong=wrong: module(WRONG[wrong](image)), PHOTO), [unnormalized_image]
        )
        assert [item.kind for item in found] == ["input normalisation"]
        assert wrong in found[0].statement
    (undivided,) = fitting(faulty(module, lambda image: module(255 * image), PHOTO), [unnormalized_image])
    assert undivided.statement == "The image is not divided by 255."
