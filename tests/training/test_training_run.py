"""Whole runs on a tiny image folder: what they write, and that interrupting them changes nothing."""

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file
from tiny_image_folder import CLASSES, TEST_OF_EACH, make_image_folder
from torch import nn

from xverify.errors import XverifyError
from xverify.training import run_folder
from xverify.training.data import Images
from xverify.training.loop import BatchLoss, Evaluation, evaluate
from xverify.training.run_folder import RunReport
from xverify.workflows import train as workflow
from xverify.workflows.train import Observer, TrainRequest, train

EPOCHS = 3
WRITTEN = {
    "checkpoint.safetensors",
    "last.safetensors",
    "training-state.safetensors",
    "metrics.csv",
    "running-loss.csv",
    "loss.png",
    "run.json",
}
EQUAL_IN_EQUAL_RUNS = ("checkpoint.safetensors", "last.safetensors", "running-loss.csv", "loss.png")


class Killed(BaseException):
    """Stands for SIGKILL: nothing may catch it and tidy up."""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_image_folder(tmp_path_factory.mktemp("data"))


def small_net(classes: int) -> nn.Module:
    """Has every kind of layer that the CIFAR-10 network has, and a thousandth of its weights."""
    return nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1),
        nn.ReLU(inplace=True),
        nn.BatchNorm2d(8),
        nn.Dropout(0.2),
        nn.AdaptiveAvgPool2d((2, 2)),
        nn.Flatten(),
        nn.Linear(32, classes),
    )


def make_runs_quick(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(workflow, "RUNNING_LOSS_BATCHES", 2)
    patch.setattr(workflow, "cifar10_net", small_net)
    patch.setattr(run_folder, "loss_plot", lambda journal: f"plot of {len(journal.epochs)} epochs".encode())


@pytest.fixture(autouse=True)
def _quick_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    make_runs_quick(monkeypatch)


@pytest.fixture(scope="module")
def finished(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of three epochs that nothing interrupted."""
    folder = tmp_path_factory.mktemp("runs") / "finished"
    with pytest.MonkeyPatch.context() as patch:
        make_runs_quick(patch)
        run(data, folder)
    return folder


def run(
    data: Path, output: Path, *, resume: bool = False, observe: Observer = lambda _: None, **changes: Any
) -> RunReport:
    settings = changes if resume else {"epochs": EPOCHS, "batch_size": 4, **changes}
    return train(TrainRequest(data, output, settings, device="cpu", resume=resume), observe)


def result_of(folder: Path) -> dict[str, object]:
    """All that a run gives, less the seconds it took."""
    metrics = [row[:-1] for row in csv.reader((folder / "metrics.csv").open())]
    files = {name: (folder / name).read_bytes() for name in EQUAL_IN_EQUAL_RUNS}
    report = json.loads((folder / "run.json").read_text())
    for name in ("training_seconds", "sessions"):
        del report[name]
    return {"metrics": metrics, "report": report, **files}


def kill_in(epoch: int, batch: int) -> Observer:
    def observe(event: object) -> None:
        if isinstance(event, BatchLoss) and (event.epoch, event.batch) == (epoch, batch):
            raise Killed

    return observe


def test_a_run_folder_holds_what_the_run_gives(finished: Path) -> None:
    report = json.loads((finished / "run.json").read_text())
    rows = list(csv.DictReader((finished / "metrics.csv").open()))

    assert {entry.name for entry in finished.iterdir()} == WRITTEN
    assert report["complete"] is True
    assert report["data"]["classes"] == list(CLASSES)
    assert (report["data"]["training_images"], report["data"]["held_out_images"]) == (15, 3)
    assert report["recipe"] == {
        "epochs": EPOCHS,
        "batch_size": 4,
        "learning_rate": 0.0005,
        "seed": 0,
        "precision": "fp32",
    }
    assert report["sessions"][0]["environment"]["threads"] == torch.get_num_threads()
    best = max(rows, key=lambda row: float(row["held_out_accuracy"]))
    assert [row["epoch"] for row in rows] == ["1", "2", "3"]
    assert report["best_epoch"] == int(best["epoch"])
    assert report["held_out_accuracy"] == float(best["held_out_accuracy"])


def test_the_checkpoint_is_the_network_that_was_tested(finished: Path, data: Path) -> None:
    network = small_net(classes=3).eval()
    network.load_state_dict(load_file(finished / "checkpoint.safetensors"))
    correct = 0
    for label, name in enumerate(CLASSES):
        for path in sorted((data / "test" / name).iterdir()):
            image = torch.from_numpy(np.array(Image.open(path))).permute(2, 0, 1)[None] / 127.5 - 1
            correct += int(network(image).argmax() == label)

    assert json.loads((finished / "run.json").read_text())["test_accuracy"] == correct / (3 * TEST_OF_EACH)


def test_the_first_epoch_of_highest_held_out_accuracy_is_kept_and_tested(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    accuracies = iter([0.2, 0.9, 0.9, 0.3])  # three epochs, then the test images
    judged: list[dict[str, torch.Tensor]] = []

    def judge(network: nn.Module, images: Images, device: torch.device) -> Evaluation:
        judged.append({name: tensor.clone() for name, tensor in network.state_dict().items()})
        return Evaluation(loss=1.0, accuracy=next(accuracies))

    monkeypatch.setattr(workflow, "evaluate", judge)
    report = run(data, tmp_path)

    assert (report.best_epoch, report.held_out_accuracy, report.test_accuracy) == (2, 0.9, 0.3)
    assert_same_weights(load_file(tmp_path / "checkpoint.safetensors"), judged[1])
    assert_same_weights(judged[3], judged[1])
    assert_same_weights(load_file(tmp_path / "last.safetensors"), judged[2])


def assert_same_weights(actual: dict[str, torch.Tensor], expected: dict[str, torch.Tensor]) -> None:
    assert actual.keys() == expected.keys()
    assert all(torch.equal(actual[name], expected[name]) for name in expected)


def test_running_losses_are_means_of_the_batches_before(data: Path, tmp_path: Path) -> None:
    losses: list[float] = []

    run(data, tmp_path / "run", epochs=1, observe=lambda e: losses.append(e.loss) if isinstance(e, BatchLoss) else None)

    rows = list(csv.reader((tmp_path / "run" / "running-loss.csv").open()))
    assert rows[0] == ["epoch", "batch", "running_loss"]
    assert rows[1:] == [["1", "2", str(sum(losses[:2]) / 2)], ["1", "4", str(sum(losses[2:]) / 2)]]


@pytest.mark.parametrize(("epoch", "batch"), [(1, 2), (2, 1), (3, 4)])
def test_a_killed_run_resumes_to_the_same_bits(
    data: Path, tmp_path: Path, finished: Path, epoch: int, batch: int
) -> None:
    folder = tmp_path / "run"
    with pytest.raises(Killed):
        run(data, folder, observe=kill_in(epoch, batch))
    assert json.loads((folder / "run.json").read_text())["epochs_trained"] == epoch - 1

    run(data, folder, resume=True)

    assert result_of(folder) == result_of(finished)
    sessions = json.loads((folder / "run.json").read_text())["sessions"]
    assert [session["first_epoch"] for session in sessions] == [1, epoch]


@pytest.mark.parametrize("killed_in", ["write_state", "write_results"])
def test_a_run_killed_while_it_writes_resumes_to_the_same_bits(
    data: Path, tmp_path: Path, finished: Path, monkeypatch: pytest.MonkeyPatch, killed_in: str
) -> None:
    folder = tmp_path / "run"
    writer = getattr(workflow, killed_in)
    monkeypatch.setattr(workflow, killed_in, dies_in_call(3, writer))
    with pytest.raises(Killed):
        run(data, folder)

    monkeypatch.setattr(workflow, killed_in, writer)
    run(data, folder, resume=True)

    assert result_of(folder) == result_of(finished)


def dies_in_call(number: int, action: Callable[..., None]) -> Callable[..., None]:
    calls: list[object] = []

    def act(*arguments: object) -> None:
        calls.append(arguments)
        if len(calls) == number:
            raise Killed
        action(*arguments)

    return act


def test_a_longer_run_equals_one_that_was_lengthened(data: Path, tmp_path: Path, finished: Path) -> None:
    run(data, tmp_path / "run", epochs=1)

    run(data, tmp_path / "run", resume=True, epochs=EPOCHS)

    assert result_of(tmp_path / "run") == result_of(finished)


def test_a_stopped_run_can_be_ended_after_the_epochs_it_has(data: Path, tmp_path: Path) -> None:
    with pytest.raises(Killed):
        run(data, tmp_path / "stopped", observe=kill_in(3, 1))
    run(data, tmp_path / "planned", epochs=2)

    run(data, tmp_path / "stopped", resume=True, epochs=2)

    assert result_of(tmp_path / "stopped") == result_of(tmp_path / "planned")


def test_another_seed_gives_another_network(data: Path, tmp_path: Path, finished: Path) -> None:
    run(data, tmp_path / "run", seed=1)

    assert result_of(tmp_path / "run")["last.safetensors"] != result_of(finished)["last.safetensors"]


def test_test_images_are_seen_once_and_last(
    data: Path, tmp_path: Path, finished: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []

    def watched(network: nn.Module, images: Images, device: torch.device) -> Evaluation:
        seen.append(len(images))
        return evaluate(network, images, device)

    monkeypatch.setattr(workflow, "evaluate", watched)

    run(data, tmp_path / "run")
    shutil.copytree(finished, tmp_path / "finished")
    run(data, tmp_path / "finished", resume=True)

    assert seen == [3, 3, 3, 3 * TEST_OF_EACH]


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
