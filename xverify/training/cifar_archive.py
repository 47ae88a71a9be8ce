"""Reads CIFAR-10 as torchvision keeps it on disk (`cifar-10-batches-py`), and has torchvision download it."""

from pathlib import Path

import numpy as np
from torchvision.datasets import CIFAR10

from xverify.errors import XverifyError
from xverify.training.data import DataSet, Images


def read_cifar_archive(root: Path, *, download: bool) -> DataSet:
    """The lossless CIFAR-10: 50,000 training and 10,000 test images of 32 x 32 pixels.

    Raises:
        XverifyError: the files are incomplete or corrupt (torchvision checks their MD5), or cannot be downloaded.
    """
    train, test = (_opened(root, train=train, download=download) for train in (True, False))
    return DataSet("torchvision CIFAR-10", tuple(train.classes), _images(train), _images(test))


def read_test_images(root: Path) -> tuple[tuple[str, ...], Images]:
    """The class names and the 10,000 test images alone.

    Raises:
        XverifyError: the files are incomplete or corrupt.
    """
    test = _opened(root, train=False, download=False)
    return tuple(test.classes), _images(test)


def _opened(root: Path, *, train: bool, download: bool) -> CIFAR10:
    try:
        return CIFAR10(str(root), train=train, download=download)
    except (RuntimeError, OSError) as error:
        raise XverifyError(
            f"CIFAR-10 in {root} cannot be used: {error}",
            "With --download, `train` and `evaluate` have torchvision fetch it anew.",
        ) from error


def _images(part: CIFAR10) -> Images:
    return Images(part.data, np.array(part.targets, dtype=np.int64))
