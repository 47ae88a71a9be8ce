"""What the network sees in an epoch: every training image once, shuffled, moved, mirrored and scaled, a batch at a time.

Images stay uint8 until their batch is made, on the device that trains: decoded once, copied once, and augmented by one
gather for the whole batch. All choices of an epoch follow from the seed and the epoch, and are drawn on the CPU, so they
are the same on every device.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from xverify.errors import XverifyError
from xverify.training.data import Images, scaled
from xverify.training.recipe import Recipe, derived_seed


@dataclass(frozen=True)
class Batch:
    """Float32 images `(N, 3, H, W)` in [-1, 1] and their labels `(N,)` int64, on the device."""

    images: Tensor
    labels: Tensor

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True)
class _Views:
    """How each image of an epoch is seen: pixels down and right, and whether mirrored; each `(N,)`."""

    down: Tensor
    right: Tensor
    mirrored: Tensor

    def __getitem__(self, part: slice) -> "_Views":
        return _Views(self.down[part], self.right[part], self.mirrored[part])


def batch_count(images: Images, recipe: Recipe) -> int:
    """Batches in an epoch; the last one may be smaller, as in the published recipe."""
    return math.ceil(len(images) / recipe.batch_size)


def require_full_batch(images: Images, recipe: Recipe) -> None:
    """Refuses a batch that is larger than the data: an epoch would be one step, and not of the size that was asked for.

    Raises:
        XverifyError: as said.
    """
    if recipe.batch_size > len(images):
        raise XverifyError(
            f"A batch of {recipe.batch_size} images is larger than the data: {len(images)} images train.",
            f"Give a batch size of at most {len(images)} (--batch-size).",
        )


def batches(images: Images, recipe: Recipe, epoch: int, device: torch.device) -> Iterator[Batch]:
    """The batches of one epoch, in an order that depends on the seed and the epoch alone."""
    shuffler = torch.Generator().manual_seed(derived_seed(recipe.seed, "shuffle", epoch))
    order = torch.randperm(len(images), generator=shuffler).to(device)
    views = _draw_views(len(images), recipe, epoch, device)
    pixels, labels = _tensor(images.pixels).to(device), _tensor(images.labels).to(device)
    for start in range(0, len(images), recipe.batch_size):
        part = slice(start, start + recipe.batch_size)
        chosen = order[part]
        taken = pixels[chosen] if views is None else _seen(pixels, chosen, views[part])
        floats = scaled(taken)
        yield Batch(floats if recipe.channels_last else floats.contiguous(), labels[chosen])


def _draw_views(count: int, recipe: Recipe, epoch: int, device: torch.device) -> _Views | None:
    if not (recipe.crop or recipe.flip):
        return None
    generator = torch.Generator().manual_seed(derived_seed(recipe.seed, "augmentation", epoch))
    moves = torch.randint(-recipe.crop, recipe.crop + 1, (2, count), generator=generator).to(device)
    mirrored = torch.rand(count, generator=generator).to(device) < (0.5 if recipe.flip else 0.0)
    return _Views(moves[0], moves[1], mirrored)


def _seen(pixels: Tensor, chosen: Tensor, views: _Views) -> Tensor:
    """The chosen images `(N, H, W, 3)` as the views show them."""
    height, width = pixels.shape[1:3]
    rows = _reflected(torch.arange(height, device=pixels.device) + views.down[:, None], height)
    columns = _reflected(torch.arange(width, device=pixels.device) + views.right[:, None], width)
    columns = torch.where(views.mirrored[:, None], columns.flip(1), columns)
    return pixels[chosen[:, None, None], rows[:, :, None], columns[:, None, :]]


def _reflected(places: Tensor, size: int) -> Tensor:
    """Places outside the image, as a mirror at its outermost pixels shows them (numpy's padding mode "reflect")."""
    period = max(2 * (size - 1), 1)
    places = places % period
    return torch.minimum(places, period - places)


def _tensor(array: npt.NDArray[np.uint8] | npt.NDArray[np.int64]) -> Tensor:
    """The array as a tensor: the same memory where torch may write to it, which it asks for even to read."""
    return torch.from_numpy(array if array.flags.writeable else array.copy())
