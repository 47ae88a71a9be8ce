from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torchvision import transforms

from xverify.errors import XverifyError
from xverify.training.data import DataSet, Images, hold_out, to_batch


def a_data_set(counts: tuple[int, ...] = (31, 20, 9)) -> DataSet:
    """Images whose first pixel tells which one they are."""
    labels = np.repeat(np.arange(len(counts)), counts)
    pixels = np.random.default_rng(2).integers(0, 256, (len(labels), 5, 4, 3), dtype=np.uint8)
    pixels[:, 0, 0, 0] = np.arange(len(labels))
    names = tuple(f"class{label}" for label in range(len(counts)))
    return DataSet("made up", names, Images(pixels, labels), Images(pixels[::7], labels[::7]))


def identities(images: Images) -> list[int]:
    return [int(value) for value in images.pixels[:, 0, 0, 0]]


def every_grey_level() -> NDArray[np.uint8]:
    levels = np.arange(256, dtype=np.uint8)
    return np.stack([levels, levels[::-1], np.roll(levels, 5)], axis=-1).reshape(1, 8, 32, 3)


def test_a_batch_equals_totensor_and_normalize_bit_for_bit() -> None:
    image = every_grey_level()
    published = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.5,) * 3, (0.5,) * 3)])

    batch = to_batch(image, torch.device("cpu"))

    assert batch.shape == (1, 3, 8, 32)
    assert batch.dtype == torch.float32
    assert torch.equal(batch[0], published(image[0]))


def test_a_batch_does_not_change_the_images() -> None:
    image = every_grey_level()

    to_batch(image, torch.device("cpu"))

    assert np.array_equal(image, every_grey_level())


def test_held_out_images_are_a_tenth_of_every_class_and_never_train() -> None:
    data = a_data_set()

    partition = hold_out(data, seed=3)

    held_out, train = identities(partition.held_out), identities(partition.train)
    assert sorted(held_out + train) == list(range(60))
    assert np.bincount(partition.held_out.labels).tolist() == [3, 2, 1]
    assert np.array_equal(partition.held_out.labels, data.train.labels[held_out])


def test_no_more_than_five_thousand_images_are_held_out() -> None:
    labels = np.repeat(np.arange(2), (48_000, 12_000))
    images = Images(np.zeros((60_000, 1, 1, 3), dtype=np.uint8), labels)

    partition = hold_out(DataSet("made up", ("a", "b"), images, images), seed=0)

    assert np.bincount(partition.held_out.labels).tolist() == [4_000, 1_000]


def test_the_seed_decides_which_images_are_held_out() -> None:
    first, again, other = (identities(hold_out(a_data_set(), seed).held_out) for seed in (1, 1, 2))

    assert first == again
    assert first != other


@pytest.mark.parametrize("label", [-1, 3])
def test_labels_out_of_range_are_refused_with_the_image(label: int) -> None:
    data = a_data_set()
    labels = data.train.labels.copy()
    labels[41] = label

    with pytest.raises(XverifyError, match=rf"image 41 has label {label}, and there are 3 classes \(0 to 2\)"):
        replace(data, train=Images(data.train.pixels, labels))


def test_a_class_of_one_image_is_refused_by_name() -> None:
    with pytest.raises(XverifyError, match="'class1' has 1 training"):
        hold_out(a_data_set((5, 1)), seed=0)


def test_the_fingerprint_covers_every_pixel_label_path_and_class() -> None:
    data = a_data_set()
    other_pixel = data.test.pixels.copy()
    other_pixel[-1, -1, -1, -1] ^= 1
    other_labels = data.train.labels.copy()
    other_labels[4] = 2
    changed = [
        replace(data, test=Images(other_pixel, data.test.labels)),
        replace(data, train=Images(data.train.pixels, other_labels)),
        replace(data, train=Images(data.train.pixels, data.train.labels, tuple(map(str, range(60))))),
        replace(data, classes=("class0", "class1", "third")),
    ]

    fingerprints = {data.fingerprint, *(variant.fingerprint for variant in changed)}

    assert len(fingerprints) == 5
    assert a_data_set().fingerprint == data.fingerprint
