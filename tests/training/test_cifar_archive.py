import hashlib
import pickle
from pathlib import Path

import numpy as np
import pytest
from torchvision.datasets import CIFAR10

from xverify.errors import XverifyError
from xverify.training.cifar_archive import read_cifar_archive

CLASSES = ["plane", "car", "bird"]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small archive of CIFAR-10's own format (one plane of 1,024 bytes a colour), known to torchvision by its MD5."""
    folder = tmp_path / CIFAR10.base_folder
    folder.mkdir()

    def put(name: str, content: dict[str, object]) -> list[str]:
        data = pickle.dumps(content)
        (folder / name).write_bytes(data)
        return [name, hashlib.md5(data).hexdigest()]

    random = np.random.default_rng(8)
    pixels = random.integers(0, 256, (5, 3 * 32 * 32), dtype=np.uint8)
    pixels[0, 1024 + 32 * 2 + 3] = 199  # green, row 2, column 3
    train = put("data_batch_1", {"data": pixels, "labels": [2, 0, 1, 1, 0]})
    test = put("test_batch", {"data": pixels[:2], "labels": [1, 2]})
    meta = put("batches.meta", {"label_names": CLASSES})
    monkeypatch.setattr(CIFAR10, "train_list", [train])
    monkeypatch.setattr(CIFAR10, "test_list", [test])
    monkeypatch.setattr(CIFAR10, "meta", {"filename": meta[0], "key": "label_names", "md5": meta[1]})
    return tmp_path


def test_arrays_come_as_height_width_colour(root: Path) -> None:
    data = read_cifar_archive(root, download=False)

    assert data.classes == tuple(CLASSES)
    assert data.train.pixels.shape == (5, 32, 32, 3)
    assert data.train.pixels[0, 2, 3, 1] == 199
    assert data.train.labels.tolist() == [2, 0, 1, 1, 0]
    assert data.test.labels.tolist() == [1, 2]


def test_a_damaged_archive_is_refused(root: Path) -> None:
    with (root / CIFAR10.base_folder / "test_batch").open("ab") as file:
        file.write(b"x")

    with pytest.raises(XverifyError, match="cannot be used") as caught:
        read_cifar_archive(root, download=False)

    assert "--download" in caught.value.hint
