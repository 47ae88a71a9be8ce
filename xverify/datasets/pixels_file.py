"""Writes decoded images for the MATLAB side, so that both sides start from the same bytes whatever their decoders do.

Images of one size go into one .mat file; others into a folder of PNG files, which every program decodes alike.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from xverify.bundle.matfile import MatWriter, cell
from xverify.bundle.reference import INFO
from xverify.datasets.mat_names import plain
from xverify.datasets.source import Pixels


def same_size(images: Sequence[Pixels]) -> bool:
    """Whether they can be in one array."""
    return len({image.shape for image in images}) == 1


def write_pixels(path: Path, images: Sequence[Pixels], names: Sequence[str], labels: Sequence[int]) -> None:
    """Writes a pixels file: `pixels` uint8 H x W x C x N, `files`, `labels` from 1 (0: unknown).

    Args:
        path: The file.
        images: All of one size.
        names: Of the samples.
        labels: From 0, -1 where unknown.

    Raises:
        XverifyError: Together they are larger than a MAT v5 variable may be.
    """
    stacked = np.stack(images)
    if stacked.ndim == 3:
        stacked = stacked[..., None]
    with MatWriter(path) as writer:
        writer.write_array("pixels", stacked.transpose(1, 2, 3, 0))
        writer.write("files", cell([plain(name) for name in names]))
        writer.write("labels", np.asarray(labels, dtype=np.float64).reshape(-1, 1) + 1)
        writer.write(INFO, {"kind": "pixels"})


def write_folder(folder: Path, images: Sequence[Pixels]) -> list[str]:
    """Writes one PNG an image, numbered in order; returns their names."""
    from PIL import Image  # noqa: PLC0415 - pixels of one size need no Pillow

    folder.mkdir(parents=True)
    names = [f"{index:06d}.png" for index in range(len(images))]
    for name, image in zip(names, images, strict=True):
        Image.fromarray(image).save(folder / name)
    return names
