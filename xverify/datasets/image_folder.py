"""A folder of image files, in the order that both sides agree on: sorted by the characters of the path inside it."""

import os
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from xverify.datasets.decoding import decode
from xverify.datasets.source import UNKNOWN, Pixels, labels_of, listed
from xverify.errors import XverifyError

SUFFIXES = frozenset({".bmp", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff"})
"""Those that Pillow and MATLAB's imread both read."""

_NAMED = 5


class ImageFolder:
    """The images below a folder; `root/test` instead, where there is one that is no class.

    A sample's name is its path inside the folder, with '/'. Its label is the first part of that path: the name of a class.
    Files that lie in the folder itself have no label. Hidden files and folders are left out; symbolic links are followed.

    Args:
        root: The folder.
        classes: The network's class names, in order; empty where they are not known. The folders are then the classes.

    Raises:
        XverifyError: There is no image, a folder is no class, or a link leads back to a folder that it lies in.
    """

    kind = "image folder"

    def __init__(self, root: Path, classes: Sequence[str] = ()) -> None:
        self.root = root / "test" if (root / "test").is_dir() and "test" not in classes else root
        self.names: list[str] = sorted(_images_below(self.root))
        if not self.names:
            raise XverifyError(
                f"There is no image in {self.root}.", f"Known image files: {', '.join(sorted(SUFFIXES))}."
            )
        folders = sorted({name.partition("/")[0] for name in self.names if "/" in name})
        _require_known(self.root, folders, classes)
        self.classes: tuple[str, ...] = tuple(classes) or tuple(folders)

    @cached_property
    def labels(self) -> NDArray[np.int64]:
        """`(N,)`, by the network's classes."""
        places = {name: index for index, name in enumerate(self.classes)}
        return labels_of(
            [places[name.partition("/")[0]] if "/" in name else UNKNOWN for name in self.names],
        )

    def images(self, indices: Sequence[int]) -> Iterator[Pixels]:
        """Decodes these files."""
        return (decode(self.root / self.names[index]) for index in indices)


def _images_below(folder: Path, prefix: str = "", above: frozenset[tuple[int, int]] = frozenset()) -> Iterator[str]:
    """Paths from the outermost folder. os.walk would pass over linked folders, which MATLAB and Octave follow."""
    try:
        status = folder.stat()
        with os.scandir(folder) as found:
            entries = [(entry.name, entry.is_dir()) for entry in found if not entry.name.startswith(".")]
    except OSError as error:
        raise XverifyError(f"{error.filename} cannot be read: {error.strerror}.", "Check the path.") from error
    own = (status.st_dev, status.st_ino)
    if own in above:
        raise XverifyError(f"{folder} leads back to a folder that it lies in.", "Remove the link: it has no end.")
    for name, is_folder in entries:
        if is_folder:
            yield from _images_below(folder / name, f"{prefix}{name}/", above | {own})
        elif os.path.splitext(name)[1].lower() in SUFFIXES:  # noqa: PTH122 - a Path costs more
            yield prefix + name


def _require_known(root: Path, folders: Sequence[str], classes: Sequence[str]) -> None:
    unknown = sorted(set(folders) - set(classes)) if classes else ()
    if not unknown:
        return
    raise XverifyError(
        f"Folders in {root} that are no classes of the network: {', '.join(unknown[:_NAMED])}{', ...' if len(unknown) > _NAMED else ''}; "
        f"it tells {listed(classes)} apart.",
        "A folder is called like the class of its images; without labels, put the images into the folder itself.",
    )
