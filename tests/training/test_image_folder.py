import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tiny_image_folder import CLASSES, HEIGHT, TEST_OF_EACH, TRAIN_OF_EACH, WIDTH, make_image_folder

from xverify.errors import XverifyError
from xverify.training.image_folder import read_image_folder


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make_image_folder(tmp_path)


def test_images_labels_and_paths_belong_together(root: Path) -> None:
    data = read_image_folder(root)

    assert data.classes == CLASSES
    assert data.train.pixels.shape == (3 * TRAIN_OF_EACH, HEIGHT, WIDTH, 3)
    assert data.test.labels.tolist() == [0] * TEST_OF_EACH + [1] * TEST_OF_EACH + [2] * TEST_OF_EACH
    for index in (0, 8, 17):
        path = data.train.paths[index]
        assert path.split("/")[1] == CLASSES[data.train.labels[index]]
        assert np.array_equal(data.train.pixels[index], np.asarray(Image.open(root / path)))


def test_grey_images_become_rgb_and_other_files_are_passed_over(root: Path) -> None:
    Image.new("L", (WIDTH, HEIGHT), 77).save(root / "train" / "cat" / "0000.png")
    (root / "train" / "cat" / "Thumbs.db").write_bytes(b"no image")

    data = read_image_folder(root)

    assert len(data.train) == 3 * TRAIN_OF_EACH
    assert np.unique(data.train.pixels[0]).tolist() == [77]


def test_one_changed_pixel_changes_the_fingerprint(root: Path) -> None:
    before = read_image_folder(root).fingerprint
    path = root / "test" / "dog" / "0001.png"
    pixels = np.array(Image.open(path))
    pixels[2, 3, 1] ^= 1
    Image.fromarray(pixels).save(path)

    assert read_image_folder(root).fingerprint != before


def test_a_renamed_image_changes_the_fingerprint(root: Path) -> None:
    before = read_image_folder(root).fingerprint
    folder = root / "train" / "frog"
    (folder / "0005.png").rename(folder / "0009.png")

    assert read_image_folder(root).fingerprint != before


@pytest.mark.parametrize(("lacking", "having"), [("test", "train"), ("train", "test")])
def test_classes_that_only_one_part_has_are_named(root: Path, lacking: str, having: str) -> None:
    shutil.copytree(root / having / "cat", root / having / "zebra")

    with pytest.raises(XverifyError, match=rf"{lacking} lacks the class folders zebra"):
        read_image_folder(root)


def test_an_image_of_another_size_is_named_with_both_sizes(root: Path) -> None:
    Image.new("RGB", (9, 5)).save(root / "test" / "frog" / "0002.png")

    with pytest.raises(XverifyError, match=r"0002\.png is 9 x 5 pixels; the first image is 7 x 6"):
        read_image_folder(root)


def test_an_unreadable_image_is_named(root: Path) -> None:
    path = root / "train" / "dog" / "0003.png"
    path.write_bytes(path.read_bytes()[:60])

    with pytest.raises(XverifyError, match=r"0003\.png is not a readable image"):
        read_image_folder(root)


def test_unreadable_images_are_counted_and_named(root: Path) -> None:
    for name in ("train/dog/0003.png", "train/frog/0001.png", "test/cat/0000.png"):
        (root / name).write_bytes(b"no image")

    with pytest.raises(XverifyError, match=r"3 of 27 images cannot be read; .*dog.0003.*0001\.png, 0000\.png"):
        read_image_folder(root)


def test_an_empty_class_is_named(root: Path) -> None:
    shutil.rmtree(root / "test" / "cat")
    (root / "test" / "cat").mkdir()

    with pytest.raises(XverifyError, match=r"no image in .*test.cat"):
        read_image_folder(root)


def test_a_folder_without_classes_is_refused(tmp_path: Path) -> None:
    (tmp_path / "train").mkdir()

    with pytest.raises(XverifyError, match="0 class folders"):
        read_image_folder(tmp_path)


def test_a_missing_folder_is_refused_with_the_layout(tmp_path: Path) -> None:
    with pytest.raises(XverifyError, match=r"no folder .*train") as caught:
        read_image_folder(tmp_path)

    assert "train/<class>" in caught.value.hint


def test_data_that_are_not_there_are_refused_with_the_way_to_get_them(tmp_path: Path) -> None:
    with pytest.raises(XverifyError, match=r"no folder .*nothing") as caught:
        read_image_folder(tmp_path / "nothing")

    assert "--download" in caught.value.hint
    assert "train/<class>" in caught.value.hint
