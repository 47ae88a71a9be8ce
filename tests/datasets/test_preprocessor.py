"""Preprocessing against torchvision's own, which networks are trained with."""

from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image
from torchvision import transforms

from xverify.bundle.manifest import Preprocessing
from xverify.datasets.preprocessor import Preprocessor
from xverify.errors import XverifyError
from xverify.training.data import scaled

IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))


def image(height: int, width: int, channels: int = 3) -> NDArray[Any]:
    shape = (height, width, channels) if channels > 1 else (height, width)
    return np.random.default_rng(height * 1000 + width).integers(0, 256, shape, dtype=np.uint8)


def prepared(plan: Preprocessing, size: tuple[int, int], pixels: NDArray[Any]) -> NDArray[Any]:
    preprocessor = Preprocessor(plan, size)
    tensor: NDArray[Any] = preprocessor.tensor([preprocessor.sized(preprocessor.in_mode(pixels), "image")])[0]
    return tensor


@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic", "nearest"])
@pytest.mark.parametrize(("height", "width"), [(61, 83), (90, 47), (48, 48), (20, 31), (49, 48)])
def test_it_is_what_torchvision_does_to_the_bit(interpolation: str, height: int, width: int) -> None:
    pixels = image(height, width)
    plan = Preprocessing("RGB", *IMAGENET, (48,), (33, 40), interpolation)  # type: ignore[arg-type]
    expected = transforms.Compose(
        [
            transforms.Resize(48, interpolation=transforms.InterpolationMode(interpolation)),
            transforms.CenterCrop((33, 40)),
            transforms.ToTensor(),
            transforms.Normalize(*IMAGENET),
        ]
    )(Image.fromarray(pixels))

    np.testing.assert_array_equal(prepared(plan, (33, 40), pixels), expected.numpy())


def test_two_sizes_are_height_and_width_and_rows_come_first() -> None:
    """Pillow 13 begins with the columns where that is cheaper, as here, and rounds to bytes in between: a grey level apart."""
    pixels = image(30, 20)
    rows_first = Image.fromarray(pixels).resize((14, 30), Image.Resampling.BILINEAR)
    expected = rows_first.resize((14, 9), Image.Resampling.BILINEAR)
    plan = Preprocessing("RGB", (0.0,) * 3, (1.0,) * 3, (9, 14), scale=1.0)
    actual = prepared(plan, (9, 14), pixels).transpose(1, 2, 0)
    np.testing.assert_array_equal(actual, np.asarray(expected))
    assert np.abs(actual - np.asarray(transforms.Resize((9, 14))(Image.fromarray(pixels)), dtype=np.float32)).max() <= 1


def test_it_is_what_training_does_to_the_bit() -> None:
    every = np.arange(256, dtype=np.uint8).reshape(16, 16)
    pixels = np.stack([every, every[::-1], every.T], axis=-1)
    plan = Preprocessing("RGB", (0.5,) * 3, (0.5,) * 3)
    np.testing.assert_array_equal(
        prepared(plan, (16, 16), pixels), scaled(torch.from_numpy(pixels[None].copy()))[0].numpy()
    )


def test_bgr_reverses_the_channels_and_its_constants_are_the_networks() -> None:
    pixels = image(4, 6)
    tensor = prepared(Preprocessing("BGR", (0.1, 0.2, 0.3), (1.0, 2.0, 4.0)), (4, 6), pixels)
    for place, (mean, std) in enumerate(((0.1, 1.0), (0.2, 2.0), (0.3, 4.0))):
        channel = pixels[..., 2 - place].astype(np.float32) / np.float32(255)
        np.testing.assert_array_equal(tensor[place], (channel - np.float32(mean)) / np.float32(std))


def test_grey_is_repeated_and_colours_become_luma() -> None:
    grey, colour = image(5, 4, 1), image(5, 4)
    plan = Preprocessing("RGB", (0.0,) * 3, (1.0,) * 3)
    tensor = prepared(plan, (5, 4), grey)
    assert (tensor[0] == tensor[1]).all()
    assert (tensor[0] == tensor[2]).all()
    luma = prepared(Preprocessing("L", (0.0,), (1.0,), scale=1.0), (5, 4), colour)
    assert luma.shape == (1, 5, 4)
    np.testing.assert_array_equal(luma[0], np.asarray(Image.fromarray(colour).convert("L")))
    np.testing.assert_array_equal(prepared(Preprocessing("L", (0.0,), (1.0,), scale=1.0), (5, 4), grey)[0], grey)


def test_an_image_of_another_size_is_refused() -> None:
    plain = Preprocessor(Preprocessing("RGB", *IMAGENET), (5, 6))
    with pytest.raises(XverifyError, match=r"x\.png is 7 x 5 pixels; the network takes 6 x 5"):
        plain.sized(image(5, 7), "x.png")
    cropped = Preprocessor(Preprocessing("RGB", *IMAGENET, crop=(5, 6)), (5, 6))
    with pytest.raises(XverifyError, match=r"y\.png is 9 x 4 pixels before it is cropped to 6 x 5"):
        cropped.sized(image(4, 9), "y.png")
