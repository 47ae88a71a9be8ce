"""Readers of data sets: order, names, labels, colour modes, and what is refused."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from xverify.datasets.decoding import decode
from xverify.datasets.image_folder import ImageFolder
from xverify.datasets.npz_file import NpzFile
from xverify.datasets.open_data import open_data
from xverify.datasets.stream import chosen_samples
from xverify.errors import XverifyError

RNG = np.random.default_rng(2)


def png(path: Path, shape: tuple[int, ...] = (3, 4, 3)) -> NDArray[Any]:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = RNG.integers(0, 256, shape, dtype=np.uint8)
    Image.fromarray(pixels).save(path)
    return pixels


def test_a_folder_is_sorted_by_the_characters_of_its_paths(tmp_path: Path) -> None:
    for name in (
        "b/2.png",
        "b/10.png",
        "B/1.PNG",
        "a-b/1.png",
        "a/1.png",
        "a/sub/1.png",
        "loose.png",
        ".hidden/1.png",
        "b/.x.png",
    ):
        png(tmp_path / name)
    (tmp_path / "b" / "notes.txt").write_text("no image")

    source = ImageFolder(tmp_path, ("b", "a", "a-b", "B"))

    assert source.names == ["B/1.PNG", "a-b/1.png", "a/1.png", "a/sub/1.png", "b/10.png", "b/2.png", "loose.png"]
    assert source.labels.tolist() == [3, 2, 1, 1, 0, 0, -1]


def test_links_to_folders_are_followed_to_their_end(tmp_path: Path) -> None:
    root = tmp_path / "data"
    png(root / "a" / "1.png")
    png(tmp_path / "elsewhere" / "sub" / "1.png")
    (root / "b").symlink_to(tmp_path / "elsewhere")
    (root / "c").symlink_to(root / "a")  # twice the same folder is no loop

    assert ImageFolder(root).names == ["a/1.png", "b/sub/1.png", "c/1.png"]

    (tmp_path / "elsewhere" / "back").symlink_to(root)
    with pytest.raises(XverifyError, match="back leads back to a folder that it lies in"):
        ImageFolder(root)


def test_a_class_may_be_called_test(tmp_path: Path) -> None:
    png(tmp_path / "test" / "1.png")
    png(tmp_path / "train" / "1.png")
    assert ImageFolder(tmp_path, ("test", "train")).names == ["test/1.png", "train/1.png"]


@pytest.mark.parametrize("name", ["a.gif", "a.png", "a.tif"])
def test_a_file_with_several_images_is_refused(tmp_path: Path, name: str) -> None:
    frames = [Image.fromarray(RNG.integers(0, 256, (3, 4, 3), dtype=np.uint8)) for _ in range(2)]
    frames[0].save(tmp_path / name, save_all=True, append_images=frames[1:])
    path = (tmp_path / name).rename(tmp_path / "named.png")
    with pytest.raises(XverifyError, match=r"named.png holds 2 images"):
        decode(path)


def test_its_test_part_is_taken_and_its_folders_are_the_classes(tmp_path: Path) -> None:
    first = png(tmp_path / "test" / "x" / "1.png")
    png(tmp_path / "train" / "x" / "9.png")
    second = png(tmp_path / "test" / "y" / "1.png")

    source = open_data(tmp_path, (), 2)

    assert (source.names, source.classes) == (["x/1.png", "y/1.png"], ("x", "y"))
    for image, expected in zip(source.images([0, 1]), (first, second), strict=True):
        np.testing.assert_array_equal(image, expected)


@pytest.mark.parametrize(
    ("mode", "shape"),
    [("L", (3, 4)), ("LA", (3, 4)), ("1", (3, 4)), ("RGB", (3, 4, 3)), ("RGBA", (3, 4, 3)), ("P", (3, 4, 3))],
)
def test_alpha_and_palettes_are_resolved(tmp_path: Path, mode: str, shape: tuple[int, ...]) -> None:
    image = Image.fromarray(RNG.integers(0, 256, (3, 4, 4), dtype=np.uint8), "RGBA").convert("RGB").convert(mode)
    image.save(tmp_path / "x.png")
    decoded = decode(tmp_path / "x.png")
    assert decoded.shape == shape
    np.testing.assert_array_equal(decoded, np.asarray(image.convert("L" if len(shape) == 2 else "RGB")))


def test_alpha_is_dropped_and_not_blended(tmp_path: Path) -> None:
    pixels = RNG.integers(0, 256, (3, 4, 4), dtype=np.uint8)
    Image.fromarray(pixels, "RGBA").save(tmp_path / "x.png")
    np.testing.assert_array_equal(decode(tmp_path / "x.png"), pixels[..., :3])


def deep_png(path: Path, kind: int, channels: int) -> None:
    """A PNG of 16 bits, written by hand: Pillow writes no colours of that depth."""
    import struct
    import zlib

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    rows = b"".join(b"\0" + bytes(range(2 * 4 * channels)) for _ in range(3))
    header = struct.pack(">IIBBBBB", 4, 3, 16, kind, 0, 0, 0)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(("kind", "channels"), [(0, 1), (2, 3), (4, 2), (6, 4)])
def test_sixteen_bits_are_refused(tmp_path: Path, kind: int, channels: int) -> None:
    deep_png(tmp_path / "deep.png", kind, channels)
    with Image.open(tmp_path / "deep.png") as image:
        image.load()  # Pillow itself takes it
    with pytest.raises(XverifyError, match=r"deep.png has 16 bits a channel"):
        decode(tmp_path / "deep.png")


def test_other_deep_files_and_cmyk_are_refused(tmp_path: Path) -> None:
    Image.fromarray(np.full((3, 4), 999, dtype=np.uint16)).save(tmp_path / "a.tif")
    (tmp_path / "b.ppm").write_bytes(b"P6\n2 1\n4095\n" + bytes(12))
    (tmp_path / "c.pgm").write_bytes(b"P5\n2 1\n65535\n" + bytes(4))
    Image.new("CMYK", (4, 3)).save(tmp_path / "d.jpg")
    for name in ("a.tif", "b.ppm", "c.pgm"):
        with pytest.raises(XverifyError, match="16 bits"):
            decode(tmp_path / name)
    with pytest.raises(XverifyError, match="colour mode CMYK"):
        decode(tmp_path / "d.jpg")


@pytest.mark.parametrize("shape", [(6, 3, 4, 3), (6, 3, 4), (6, 3, 4, 1)])
def test_a_npz_file_is_read_image_by_image(tmp_path: Path, shape: tuple[int, ...]) -> None:
    images = RNG.integers(0, 256, shape, dtype=np.uint8)
    for save in (np.savez, np.savez_compressed):
        save(tmp_path / "x.npz", images=images, labels=np.array([0, 1, 1, 0, 1, 0]), classes=np.array(["a", "b"]))
        source = NpzFile(tmp_path / "x.npz")
        assert (source.classes, source.labels.tolist()) == (("a", "b"), [0, 1, 1, 0, 1, 0])
        assert source.names[5] == "000005"
        for index, image in zip([1, 2, 5], source.images([1, 2, 5]), strict=True):
            np.testing.assert_array_equal(image, images[index].reshape(image.shape))


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({"image": np.zeros((2, 3, 4), np.uint8)}, "holds the arrays image"),
        ({"images": np.zeros((2, 3, 4), np.uint8), "label": np.zeros(2, int)}, "holds the arrays images, label"),
        ({"images": np.zeros((2, 3, 4, 3), np.float32)}, "is float32, 2 x 3 x 4 x 3"),
        ({"images": np.zeros((2, 3, 4, 5), np.uint8)}, "2 x 3 x 4 x 5"),
        ({"images": np.zeros((0, 3, 4), np.uint8)}, "holds no image"),
        ({"images": np.asfortranarray(np.zeros((2, 3, 4), np.uint8))}, "column by column"),
        ({"images": np.zeros((2, 3, 4), np.uint8), "labels": np.zeros(3, int)}, "for 2 images"),
        ({"images": np.zeros((2, 3, 4), np.uint8), "labels": np.array(5)}, "a single value, for 2 images"),
        ({"images": np.zeros((2, 3, 4), np.uint8), "labels": np.full(2, 2**64 - 1, np.uint64)}, "beyond 2"),
        ({"images": np.zeros((2, 3, 4), np.uint8), "classes": np.array("ab")}, "`classes` in .* a single value"),
        ({"images": np.zeros((2, 3, 4), np.uint8), "classes": np.array([["a", "b"]])}, "`classes` in .* 1 x 2"),
        ({"images": np.zeros((2, 3, 4), np.uint8), "labels": np.array([0, 7])}, "000001 has label 7"),
        ({"images": np.zeros((2, 3, 4), np.uint8), "labels": np.array([0, 1]), "classes": np.array(["x", "b"])}, r"2 classes \(x, b\)"),
    ],
)  # fmt: skip
def test_other_arrays_are_refused(tmp_path: Path, arrays: dict[str, NDArray[Any]], said: str) -> None:
    np.savez(tmp_path / "x.npz", **arrays)  # type: ignore[arg-type]
    with pytest.raises(XverifyError, match=said):
        open_data(tmp_path / "x.npz", ("a", "b"), 2)


def test_a_damaged_npz_file_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", images=np.zeros((20, 3, 4), np.uint8))
    (tmp_path / "x.npz").write_bytes((tmp_path / "x.npz").read_bytes()[:200])
    with pytest.raises(XverifyError, match=r"is not a readable \.npz file"):
        open_data(tmp_path / "x.npz", (), 2)


def test_names_of_classes_may_be_bytes(tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", images=np.zeros((2, 3, 4), np.uint8), classes=np.array([b"a", b"b"]))
    assert open_data(tmp_path / "x.npz", ("a", "b"), 2).classes == ("a", "b")


def test_other_files_that_are_called_npz_are_refused(tmp_path: Path) -> None:
    import zipfile

    np.save(tmp_path / "x.npy", np.zeros((2, 3, 4), np.uint8))
    (tmp_path / "x.npy").rename(tmp_path / "array.npz")
    with zipfile.ZipFile(tmp_path / "other.npz", "w") as archive:
        archive.writestr("images", b"no array")
    for name, said in (("array.npz", "it is no zip archive"), ("other.npz", r"no item named 'images\.npy'")):
        with pytest.raises(XverifyError, match=said):
            open_data(tmp_path / name, (), 2)


def test_what_is_no_data_set_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_text("x")
    with pytest.raises(XverifyError, match="is no data set"):
        open_data(tmp_path / "x.txt", (), 2)
    png(tmp_path / "folder" / "a" / "1.png")
    with pytest.raises(XverifyError, match="3 outputs; the data have 1 classes"):
        open_data(tmp_path / "folder", (), 3)


def test_the_cifar_archive_is_read_as_torchvision_keeps_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from xverify.datasets import cifar
    from xverify.training.data import Images

    (tmp_path / "cifar-10-batches-py").mkdir()
    with pytest.raises(XverifyError, match="cannot be used"):
        open_data(tmp_path, (), 10)
    images = Images(RNG.integers(0, 256, (5, 32, 32, 3), dtype=np.uint8), np.array([3, 1, 2, 0, 0]))
    monkeypatch.setattr(cifar, "read_test_images", lambda _: (("a", "b", "c", "d"), images))
    assert open_data(tmp_path / "cifar-10-batches-py", ("a", "b", "c", "d"), 4).kind == "torchvision CIFAR-10"
    source = open_data(tmp_path, ("a", "b", "c", "d"), 4)
    assert (source.names[4], source.labels.tolist()) == ("test/000004", [3, 1, 2, 0, 0])
    np.testing.assert_array_equal(next(source.images([3])), images.pixels[3])


def test_chosen_samples_are_spread() -> None:
    assert list(chosen_samples(10, None)) == list(range(10))
    chosen = list(chosen_samples(1000, 37))
    assert (len(set(chosen)), chosen[0]) == (37, 0)
    assert {b - a for a, b in pairwise(chosen)} <= {27, 28}
