"""A first convolution that read an image which was prepared otherwise than PyTorch's.

Zeros that pad an image are no values of it: they are not moved by its normalisation, so that the layer must be worked out again.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xverify.diagnosis.explanation import Explanation
from xverify.diagnosis.input_normalization import STATISTICS, Statistics
from xverify.diagnosis.kernels.claim import Claim
from xverify.diagnosis.kernels.normalization import Normalization
from xverify.diagnosis.kernels.read_convolution import convolution_of
from xverify.diagnosis.kernels.read_normalization import normalization_of
from xverify.diagnosis.kernels.sampling import promising
from xverify.diagnosis.kernels.trial import Trial
from xverify.diagnosis.suspect import Suspect

Array = NDArray[Any]

MAX_CHANNELS = 4
"""An image has no more; what has is no input of a network of images."""


def unnormalized_image(suspect: Suspect) -> Iterator[Explanation]:
    """For convolutions and batch normalizations of one to four channels."""
    normalization = normalization_of(suspect)
    if normalization is not None and normalization.running is not None:
        yield from _of_normalization(suspect, normalization)
        return
    layer = convolution_of(suspect)
    if layer is None or suspect.inputs[0].shape[1] > MAX_CHANNELS:
        return
    trial = Trial(suspect)
    for statement, image in _images(suspect.inputs[0]):
        value = trial.value(layer, image)
        if value is not None:
            yield _claim(statement).with_value(value)


def _of_normalization(suspect: Suspect, layer: Normalization) -> Iterator[Explanation]:
    image = suspect.inputs[0]
    if image.ndim < 3 or image.shape[1] > MAX_CHANNELS:
        return
    factors: list[tuple[str, Array]] = [
        ("The image is not divided by 255.", image * np.float32(255)),
        ("The image is divided by 255 twice.", image / np.float32(255)),
    ]
    for statement, changed in (*factors, *_images(image)):
        value = layer(changed)
        if promising(suspect, value):
            yield _claim(statement).with_value(value)


def _images(image: Array) -> Iterator[tuple[str, Array]]:
    for statistics in STATISTICS:
        if len(statistics.mean) in {1, image.shape[1]}:
            yield from _normalised(image, statistics)


def _normalised(image: Array, statistics: Statistics) -> Iterator[tuple[str, Array]]:
    mean, deviation = (_by_channel(numbers, image) for numbers in (statistics.mean, statistics.deviation))
    named = f"{statistics.name} mean and standard deviation"
    raw = image * deviation + mean
    yield f"The image is not normalised with {named}.", raw
    yield f"The image is normalised twice with {named}.", (image - mean) / deviation
    yield f"The image is neither divided by 255 nor normalised with {named}.", 255 * raw
    yield f"The image runs from 0 to 255 when it is normalised with {named}.", (255 * raw - mean) / deviation
    yield f"{named.capitalize()} are not used: the mean is not subtracted.", raw / deviation
    yield f"{named.capitalize()} are not used: it is not divided by the standard deviation.", raw - mean


def _by_channel(numbers: tuple[float, ...], image: Array) -> Array:
    return np.asarray(numbers, dtype=np.float32).reshape(1, -1, *[1] * (image.ndim - 2))


def _claim(statement: str) -> Claim:
    fix = (
        "MATLAB: X = (single(X) / 255 - mean) ./ deviation, with 1 x 1 x 3 arrays; or imageInputLayer's 'zscore' with Mean and "
        "StandardDeviation.",
        "PyTorch: torchvision.transforms.Normalize(mean, std) after ToTensor(), which divides by 255.",
    )
    return Claim("input normalisation", statement, fix)
