"""Labelled images in memory: decoded once, held out once, normalised batch by batch."""

import hashlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from xverify.errors import XverifyError

MOST_HELD_OUT = 5_000


@dataclass(frozen=True, eq=False)
class Images:
    """Images `(N, H, W, 3)` uint8 RGB, their labels `(N,)` int64, and their paths inside the data set (if files)."""

    pixels: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.int64]
    paths: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.labels)

    def select(self, indices: npt.NDArray[np.int64]) -> "Images":
        """Those images alone, in that order."""
        return Images(self.pixels[indices], self.labels[indices])


@dataclass(frozen=True)
class DataSet:
    """Training and test images; label i means `classes[i]`."""

    source: str
    classes: tuple[str, ...]
    train: Images
    test: Images

    def __post_init__(self) -> None:
        for part, images in (("training", self.train), ("test", self.test)):
            _require_labels_in_range(images, part, len(self.classes))

    @cached_property
    def fingerprint(self) -> str:
        """sha256 over the class names, relative paths, labels and pixels: any change of the data changes it."""
        digest = hashlib.sha256("\0".join(self.classes).encode())
        for images in (self.train, self.test):
            digest.update(repr(images.pixels.shape).encode())
            digest.update("\0".join(images.paths).encode())
            digest.update(images.labels.astype("<i8").tobytes())
            digest.update(np.ascontiguousarray(images.pixels).data)
        return digest.hexdigest()


def _require_labels_in_range(images: Images, part: str, classes: int) -> None:
    wrong = np.flatnonzero((images.labels < 0) | (images.labels >= classes))
    if len(wrong):
        raise XverifyError(
            f"{len(wrong)} {part} images have labels out of range: image {wrong[0]} has label "
            f"{images.labels[wrong[0]]}, and there are {classes} classes (0 to {classes - 1}).",
            "The data are damaged or of another data set: fetch them anew.",
        )


@dataclass(frozen=True)
class Partition:
    """The training images in two: those that train the network and those that choose its best epoch."""

    train: Images
    held_out: Images


def hold_out(data: DataSet, seed: int) -> Partition:
    """Sets aside 5,000 training images, or a tenth where that is fewer: the same share of every class.

    Which ones follows from the seed by sha256, not from a random generator: a later NumPy or torch, whose generators
    may differ, can never move a held-out image into the training images of a resumed run. Every class gives at least
    one image.

    Raises:
        XverifyError: a class has fewer than two training images.
    """
    share = min(MOST_HELD_OUT / len(data.train), 0.1)
    held_out = np.zeros(len(data.train), dtype=bool)
    for label, name in enumerate(data.classes):
        members = sorted(np.flatnonzero(data.train.labels == label), key=lambda index: _rank(seed, int(index)))
        if len(members) < 2:
            raise XverifyError(
                f"The class '{name}' has {len(members)} training images.",
                "Every class needs at least two: one to train with and one to hold out.",
            )
        held_out[members[: max(1, round(share * len(members)))]] = True
    return Partition(data.train.select(np.flatnonzero(~held_out)), data.train.select(np.flatnonzero(held_out)))


def _rank(seed: int, index: int) -> bytes:
    return hashlib.sha256(f"{seed}/held-out/{index}".encode()).digest()


def to_batch(pixels: npt.NDArray[np.uint8], device: torch.device) -> Tensor:
    """Float32 images `(N, 3, H, W)` in [-1, 1], channels last in memory, of images `(N, H, W, 3)`."""
    return scaled(torch.tensor(pixels).to(device))


def scaled(pixels: Tensor) -> Tensor:
    """Float32 images `(N, 3, H, W)` in [-1, 1], channels last in memory, of uint8 images `(N, H, W, 3)`.

    Bit for bit what torchvision's `ToTensor` and `Normalize(0.5, 0.5)` give.
    """
    return pixels.permute(0, 3, 1, 2).float().div_(255).sub_(0.5).div_(0.5)
