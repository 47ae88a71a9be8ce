"""Which reader a path needs, and whether its labels are the network's."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from xverify.datasets.source import UNKNOWN, Source, listed
from xverify.errors import XverifyError

_CIFAR = "cifar-10-batches-py"
_FORMS = "Give a folder of images (CLASS/*.png), CIFAR-10 as torchvision keeps it, or a .npz file."


def open_data(path: Path, classes: Sequence[str], outputs: int) -> Source:
    """Opens a data set for a network.

    Args:
        path: CIFAR-10 as torchvision keeps it, a folder of images, or a .npz file.
        classes: The network's class names; empty where they are not known.
        outputs: How many classes it tells apart.

    Raises:
        XverifyError: There are no samples, or their labels are not the network's classes.
    """
    source = _opened(path, classes)
    if classes and source.classes and tuple(source.classes) != tuple(classes):
        raise XverifyError(
            f"The network tells {listed(classes)} apart; the data have {listed(source.classes)}.",
            "Take data with the same classes in the same order.",
        )
    if source.classes and len(source.classes) != outputs and bool((source.labels != UNKNOWN).any()):
        raise XverifyError(
            f"The network has {outputs} outputs; the data have {listed(source.classes)}.",
            "Take data with the network's classes, or export the network with --classes.",
        )
    wrong = np.flatnonzero((source.labels < UNKNOWN) | (source.labels >= outputs))
    if len(wrong):
        raise XverifyError(
            f"{len(wrong)} labels are out of range: {source.names[wrong[0]]} has label {source.labels[wrong[0]]}, and the network "
            f"has {outputs} outputs (0 to {outputs - 1}).",
            "Take data with the classes that the network was trained on.",
        )
    return source


def _opened(path: Path, classes: Sequence[str]) -> Source:
    if not path.exists():
        raise XverifyError(f"There is no {path}.", _FORMS)
    if path.resolve().name == _CIFAR:
        path = path.resolve().parent
    if (path / _CIFAR).is_dir():
        from xverify.datasets.cifar import CifarArchive  # noqa: PLC0415 - torchvision

        return CifarArchive(path)
    if path.is_dir():
        from xverify.datasets.image_folder import ImageFolder  # noqa: PLC0415 - Pillow

        return ImageFolder(path, classes)
    if path.suffix.lower() == ".npz":
        from xverify.datasets.npz_file import NpzFile  # noqa: PLC0415

        return NpzFile(path)
    raise XverifyError(f"{path} is no data set.", _FORMS)
