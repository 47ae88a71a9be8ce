import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from xverify.errors import XverifyError
from xverify.training.batches import batches, require_full_batch
from xverify.training.data import Images, to_batch
from xverify.training.recipe import Recipe

CPU = torch.device("cpu")
COUNT, HEIGHT, WIDTH = 23, 5, 7


def some_images() -> Images:
    """The label tells which image it is."""
    pixels = np.random.default_rng(3).integers(0, 256, (COUNT, HEIGHT, WIDTH, 3), dtype=np.uint8)
    return Images(pixels, np.arange(COUNT))


def seen(recipe: Recipe, epoch: int = 1) -> dict[int, torch.Tensor]:
    """Each image as an epoch shows it."""
    return {
        int(label): image
        for batch in batches(some_images(), recipe, epoch, CPU)
        for image, label in zip(batch.images, batch.labels, strict=True)
    }


def every_view(image: NDArray[np.uint8], crop: int, *, flip: bool) -> list[torch.Tensor]:
    """All that augmentation may make of an image, by numpy's own reflection."""
    padded = np.pad(image, ((crop, crop), (crop, crop), (0, 0)), mode="reflect")
    cut = [padded[y : y + HEIGHT, x : x + WIDTH] for y in range(2 * crop + 1) for x in range(2 * crop + 1)]
    mirrored = [view[:, ::-1] for view in cut] if flip else []
    return [to_batch(view[None].copy(), CPU)[0] for view in (*cut, *mirrored)]


def test_without_augmentation_images_come_as_they_are() -> None:
    images, shown = some_images(), seen(Recipe(batch_size=4))

    assert sorted(shown) == list(range(COUNT))
    assert all(torch.equal(shown[index], to_batch(images.pixels[index][None], CPU)[0]) for index in shown)


@pytest.mark.parametrize(("crop", "flip"), [(2, False), (0, True), (3, True)])
def test_every_augmented_image_is_one_of_the_views_that_it_may_have(crop: int, flip: bool) -> None:
    images, shown = some_images(), seen(Recipe(batch_size=4, crop=crop, flip=flip))

    views = {index: every_view(images.pixels[index], crop, flip=flip) for index in shown}

    assert all(any(torch.equal(shown[index], view) for view in views[index]) for index in shown)


def test_moves_and_mirrorings_of_both_kinds_occur() -> None:
    images = some_images()
    places = set()
    for epoch in range(1, 9):
        for index, image in seen(Recipe(batch_size=8, crop=1, flip=True), epoch).items():
            views = every_view(images.pixels[index], 1, flip=True)
            places |= {place for place, view in enumerate(views) if torch.equal(view, image)}

    assert places == set(range(18))


def test_augmentation_follows_from_seed_and_epoch_and_leaves_the_order_alone() -> None:
    recipe = Recipe(batch_size=4, crop=2, flip=True)
    first, again, other = seen(recipe), seen(recipe), seen(recipe, epoch=2)

    assert all(torch.equal(first[index], again[index]) for index in first)
    assert any(not torch.equal(first[index], other[index]) for index in first)
    assert list(first) == list(seen(Recipe(batch_size=4)))


def test_images_smaller_than_the_crop_are_reflected_again() -> None:
    images = Images(np.arange(2 * 1 * 2 * 3, dtype=np.uint8).reshape(2, 1, 2, 3), np.arange(2))

    (batch,) = batches(images, Recipe(batch_size=2, crop=4), 1, CPU)

    assert batch.images.shape == (2, 3, 1, 2)


def test_the_memory_layout_is_the_recipes() -> None:
    for channels_last in (True, False):
        batch = next(batches(some_images(), Recipe(batch_size=4, channels_last=channels_last), 1, CPU))
        wanted = torch.channels_last if channels_last else torch.contiguous_format
        assert batch.images.is_contiguous(memory_format=wanted)


def test_read_only_images_can_train() -> None:
    """joblib shares them between processes without the right to write."""
    images = some_images()
    images.pixels.flags.writeable = False

    assert sum(len(batch) for batch in batches(images, Recipe(batch_size=4), 1, CPU)) == COUNT


def test_a_batch_may_be_as_large_as_the_data_and_no_larger() -> None:
    require_full_batch(some_images(), Recipe(batch_size=COUNT))

    with pytest.raises(XverifyError, match=f"{COUNT + 1} images is larger than the data: {COUNT} images"):
        require_full_batch(some_images(), Recipe(batch_size=COUNT + 1))
