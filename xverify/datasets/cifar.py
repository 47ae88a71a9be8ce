"""The test images of CIFAR-10 as torchvision keeps them (`cifar-10-batches-py`)."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from xverify.datasets.source import Pixels, labels_of
from xverify.training.cifar_archive import read_test_images

FOLDER = "cifar-10-batches-py"


class CifarArchive:
    """The 10,000 test images: one file of 30 MB, which torchvision reads whole and checks by its MD5.

    Raises:
        XverifyError: The files are incomplete or corrupt.
    """

    kind = "torchvision CIFAR-10"

    def __init__(self, root: Path) -> None:
        self.classes, images = read_test_images(root)
        self._pixels = images.pixels
        self.labels = labels_of(images.labels)
        self.names = [f"test/{index:06d}" for index in range(len(self.labels))]

    def images(self, indices: Sequence[int]) -> Iterator[Pixels]:
        """These images, each 32 x 32 x 3."""
        return (self._pixels[index] for index in indices)
