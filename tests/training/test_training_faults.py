"""What a training run refuses, and what is left of one that fails: the last whole epoch, and a way to go on."""

import errno
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from quick_runs import EPOCHS, WRITTEN, make_runs_quick, result_of, run, small_net, unbroken_run
from safetensors.torch import load_file
from tiny_image_folder import make_image_folder
from torch import nn

from xverify.errors import XverifyError
from xverify.training.data import DataSet, Partition, hold_out
from xverify.training.loop import BatchLoss
from xverify.workflows import train as workflow


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_image_folder(tmp_path_factory.mktemp("data"))


@pytest.fixture(autouse=True)
def _quick_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    make_runs_quick(monkeypatch)


@pytest.fixture(scope="module")
def finished(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return unbroken_run(data, tmp_path_factory.mktemp("runs") / "finished")


def test_a_loss_that_becomes_nan_in_the_first_epoch_stops_with_the_step(data: Path, tmp_path: Path) -> None:
    with pytest.raises(XverifyError, match=r"loss became \w+ in batch [2-4] of epoch 1 \(step [2-4]\)") as caught:
        run(data, tmp_path, learning_rate=1e30, optimizer="sgd")

    assert "No epoch was finished, so there is no checkpoint" in caught.value.hint


@pytest.mark.parametrize(("batch", "message"), [(1, r"batch 2 of epoch 2 \(step 6\)"), (4, r"held-out .* \(step 8\)")])
def test_a_loss_that_becomes_nan_later_leaves_the_last_good_checkpoint(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, batch: int, message: str
) -> None:
    """Also where the last step of an epoch spoils the weights, so that no training loss shows it."""
    network = small_net(classes=3)
    monkeypatch.setattr(workflow, "cifar10_net", lambda *_: network)

    def spoil(event: object) -> None:
        if isinstance(event, BatchLoss) and (event.epoch, event.batch) == (2, batch):
            nn.init.constant_(network.get_parameter("0.weight"), float("nan"))

    with pytest.raises(XverifyError, match=message) as caught:
        run(data, tmp_path, observe=spoil)

    assert f"last good checkpoint is {tmp_path / 'last.safetensors'} (epoch 1)" in caught.value.hint
    assert torch.isfinite(load_file(tmp_path / "last.safetensors")["0.weight"]).all()


def test_a_run_that_another_process_trains_is_left_to_it(data: Path, tmp_path: Path, finished: Path) -> None:
    refusals: list[str] = []

    def meddle(event: object) -> None:
        if isinstance(event, BatchLoss) and (event.epoch, event.batch) == (2, 1):
            with pytest.raises(XverifyError) as caught:
                run(data, tmp_path, resume=True, epochs=9)
            refusals.append(caught.value.message)

    run(data, tmp_path, observe=meddle)

    assert refusals == [f"Another process is training the run in {tmp_path}."]
    assert result_of(tmp_path) == result_of(finished)
    assert run(data, tmp_path, resume=True).epochs_trained == EPOCHS


def test_a_run_that_another_process_began_meanwhile_is_not_overwritten(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow_hold_out(images: DataSet, seed: int) -> Partition:
        monkeypatch.setattr(workflow, "hold_out", hold_out)
        run(data, tmp_path, epochs=1)
        return hold_out(images, seed)

    monkeypatch.setattr(workflow, "hold_out", slow_hold_out)
    with pytest.raises(XverifyError, match="exists and is not empty"):
        run(data, tmp_path)

    assert run(data, tmp_path, resume=True).epochs_trained == 1


def test_a_folder_that_cannot_be_locked_is_trained_in_all_the_same(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unsupported(place: int, how: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.flock", unsupported)
    assert run(data, tmp_path, epochs=1).complete


def test_a_run_with_a_schedule_cannot_be_lengthened(data: Path, tmp_path: Path) -> None:
    run(data, tmp_path, recipe="modern", precision="fp32", epochs=1)

    with pytest.raises(XverifyError, match="follows a schedule of 1 epochs, not 2"):
        run(data, tmp_path, resume=True, epochs=2)


def test_a_batch_larger_than_the_data_is_refused(data: Path, tmp_path: Path) -> None:
    with pytest.raises(XverifyError, match="batch of 16 images is larger than the data: 15 images train"):
        run(data, tmp_path / "run", batch_size=16)

    assert not (tmp_path / "run").exists()


def test_a_full_disk_leaves_a_run_that_can_be_continued(
    data: Path, tmp_path: Path, finished: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []

    def full_disk(file: int) -> None:
        calls.append(file)
        if len(calls) > 9:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full_disk)
    with pytest.raises(XverifyError, match="No space left"):
        run(data, tmp_path / "run")
    monkeypatch.setattr("os.fsync", lambda _: None)

    run(data, tmp_path / "run", resume=True)

    assert result_of(tmp_path / "run") == result_of(finished)


def test_a_folder_in_use_is_refused_with_the_way_out(data: Path, finished: Path) -> None:
    with pytest.raises(XverifyError, match="not empty") as caught:
        run(data, finished)

    assert "--resume" in caught.value.hint


def test_the_leftover_of_a_run_that_wrote_nothing_does_not_stop_a_new_one(data: Path, tmp_path: Path) -> None:
    (tmp_path / "training-state.safetensors.tmp").write_bytes(b"half")

    assert run(data, tmp_path, epochs=1).complete
    assert {entry.name for entry in tmp_path.iterdir()} == WRITTEN


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"seed": 5}, "seed 0, not 5"),
        ({"crop": 2, "flip": True}, "crop 0, not 2; flip False, not True"),
        ({"batch_size": 5}, "batch size 4, not 5"),
        ({"learning_rate": 0.1}, r"learning rate 0\.0005, not 0\.1"),
        ({"precision": "bf16"}, "precision fp32, not bf16"),
        ({"epochs": 2}, "trained 3 epochs already; --epochs 2"),
    ],
)
def test_resuming_with_other_settings_is_refused(
    data: Path, finished: Path, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(XverifyError, match=message):
        run(data, finished, resume=True, **changes)


def test_resuming_with_other_data_is_refused(data: Path, finished: Path, tmp_path: Path) -> None:
    shutil.copytree(data, tmp_path / "data")
    path = tmp_path / "data" / "test" / "dog" / "0000.png"
    pixels = np.array(Image.open(path))
    pixels[0, 0, 0] ^= 1
    Image.fromarray(pixels).save(path)
    before = result_of(finished)

    with pytest.raises(XverifyError, match="not those that the run was started with"):
        run(tmp_path / "data", finished, resume=True)

    assert result_of(finished) == before


def test_data_that_cannot_be_read_leave_no_folder(tmp_path: Path) -> None:
    with pytest.raises(XverifyError, match="no folder"):
        run(tmp_path / "nothing", tmp_path / "run")

    assert not (tmp_path / "run").exists()
