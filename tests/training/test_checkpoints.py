from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from xverify.errors import XverifyError
from xverify.training.checkpoints import STATE_FILE, read_state, write_atomically, write_weights


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    write_atomically(path, b"old")

    def full_disk(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full_disk)
    with pytest.raises(OSError, match="No space"):
        write_atomically(path, b"new")

    assert path.read_bytes() == b"old"


def test_equal_weights_give_equal_files(tmp_path: Path) -> None:
    weights = {"b": torch.rand(3, 2), "a": torch.rand(4)}

    for name in ("first", "second"):
        write_weights(tmp_path / name, weights, {"epoch": 2, "classes": "cat,dog"})

    assert (tmp_path / "first").read_bytes() == (tmp_path / "second").read_bytes()
    assert torch.equal(load_file(tmp_path / "first")["b"], weights["b"])


def test_a_folder_without_a_state_is_refused(tmp_path: Path) -> None:
    with pytest.raises(XverifyError, match="holds no training run") as caught:
        read_state(tmp_path)

    assert "without --resume" in caught.value.hint


def test_a_damaged_state_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / STATE_FILE).write_bytes(b"\x05" * 100)

    with pytest.raises(XverifyError, match=f"{STATE_FILE} cannot be read"):
        read_state(tmp_path)


def test_a_safetensors_file_of_something_else_is_refused(tmp_path: Path) -> None:
    save_file({"a": torch.zeros(1)}, tmp_path / STATE_FILE)

    with pytest.raises(XverifyError, match=f"{STATE_FILE} cannot be read"):
        read_state(tmp_path)
