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
    try:
        parts = [CIFAR10(str(root), train=train, download=download) for train in (True, False)]
    except (RuntimeError, OSError) as error:
        raise XverifyError(
            f"CIFAR-10 in {root} cannot be used: {error}", "With --download, torchvision fetches it anew."
        ) from error
    train, test = (Images(part.data, np.array(part.targets, dtype=np.int64)) for part in parts)
    return DataSet("torchvision CIFAR-10", tuple(parts[0].classes), train, test)
