from pathlib import Path
from typing import cast

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from xverify.errors import XverifyError
from xverify.training.checkpoints import (
    STATE_FILE,
    TrainingState,
    read_state,
    restore,
    weights_of,
    write_atomically,
    write_weights,
)
from xverify.training.journal import Journal
from xverify.training.loop import new_learner
from xverify.training.recipe import Recipe


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    write_atomically(path, b"old")

    def full_disk(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full_disk)
    with pytest.raises(XverifyError, match=r"file cannot be written: No space left") as caught:
        write_atomically(path, b"new")

    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]
    assert "--resume" in caught.value.hint


def test_equal_weights_give_equal_files(tmp_path: Path) -> None:
    weights = {"b": torch.rand(3, 2), "a": torch.rand(4)}

    for name in ("first", "second"):
        write_weights(tmp_path / name, weights, {"epoch": 2, "classes": "cat,dog"})

    assert (tmp_path / "first").read_bytes() == (tmp_path / "second").read_bytes()
    assert torch.equal(load_file(tmp_path / "first")["b"], weights["b"])


def test_a_state_of_another_network_is_refused() -> None:
    learner = new_learner(nn.Linear(3, 2), Recipe(), torch.device("cpu"))
    other = weights_of(nn.Linear(3, 4))

    with pytest.raises(XverifyError, match=r"is of another network: size mismatch for weight"):
        restore(learner, TrainingState(cast("Journal", None), other, optimizer={}, best={}))


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
