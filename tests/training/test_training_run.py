"""Whole runs on a tiny image folder: what they write, and that interrupting them changes nothing."""

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import pytest
import torch
from PIL import Image
from quick_runs import EPOCHS, WRITTEN, Killed, kill_in, make_runs_quick, result_of, run, small_net, unbroken_run
from safetensors.torch import load_file
from tiny_image_folder import CLASSES, TEST_OF_EACH, make_image_folder
from torch import nn

from xverify.training.data import Images
from xverify.training.loop import BatchLoss, Evaluation, evaluate
from xverify.training.recipe import Recipe
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


def test_a_run_folder_holds_what_the_run_gives(finished: Path) -> None:
    report = json.loads((finished / "run.json").read_text())
    rows = list(csv.DictReader((finished / "metrics.csv").open()))

    assert {entry.name for entry in finished.iterdir()} == WRITTEN
    assert report["complete"] is True
    assert report["data"]["classes"] == list(CLASSES)
    assert (report["data"]["training_images"], report["data"]["held_out_images"]) == (15, 3)
    assert report["recipe"] == msgspec.structs.asdict(Recipe(epochs=EPOCHS, batch_size=4))
    environment = report["sessions"][0]["environment"]
    assert environment["threads"] == torch.get_num_threads()
    assert environment["gpu"] == (torch.cuda.get_device_name() if report["device"] == "cuda" else None)
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


@pytest.mark.parametrize(("epoch", "batch"), [(1, 3), (3, 2)])
def test_a_killed_modern_run_resumes_to_the_same_bits(data: Path, tmp_path: Path, epoch: int, batch: int) -> None:
    """Augmentation, schedule, momentum and the averaged weights with their statistics continue where they stopped."""
    run(data, tmp_path / "whole", recipe="modern", precision="fp32", average=0.6)
    with pytest.raises(Killed):
        run(data, tmp_path / "run", recipe="modern", precision="fp32", average=0.6, observe=kill_in(epoch, batch))

    run(data, tmp_path / "run", resume=True)

    assert result_of(tmp_path / "run") == result_of(tmp_path / "whole")
    state = load_file(tmp_path / "run" / "training-state.safetensors")
    assert not torch.equal(state["average/0.weight"], state["weights/0.weight"])
    assert torch.equal(
        state["average/2.running_var"], load_file(tmp_path / "run" / "last.safetensors")["2.running_var"]
    )


def test_equal_seeds_give_equal_weights(data: Path, tmp_path: Path, finished: Path) -> None:
    run(data, tmp_path / "run")

    assert result_of(tmp_path / "run") == result_of(finished)


def test_a_run_may_leave_the_test_images_unseen_and_test_later(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []

    def watched(network: nn.Module, images: Images, device: torch.device) -> Evaluation:
        seen.append(len(images))
        return evaluate(network, images, device)

    monkeypatch.setattr(workflow, "evaluate", watched)

    unseen = run(data, tmp_path, test=False)
    assert (unseen.complete, unseen.test_accuracy, seen) == (False, None, [3, 3, 3])

    assert run(data, tmp_path, resume=True).complete
    assert seen == [3, 3, 3, 3 * TEST_OF_EACH]


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
