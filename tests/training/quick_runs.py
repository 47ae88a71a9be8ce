"""Whole runs on a tiny image folder with a tiny network, for tests of what runs write and how they resume."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from torch import nn

from xverify.models.cifar import PUBLISHED_NETWORK, Network
from xverify.training import run_folder
from xverify.training.loop import BatchLoss
from xverify.training.run_folder import RunReport
from xverify.training.settings import Settings
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


def small_net(classes: int, network: Network = PUBLISHED_NETWORK) -> nn.Module:
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


def run(
    data: Path,
    output: Path,
    *,
    recipe: str | None = None,
    resume: bool = False,
    test: bool = True,
    observe: Observer = lambda _: None,
    **changes: Any,
) -> RunReport:
    settings = Settings(recipe, (), changes if resume else {"epochs": EPOCHS, "batch_size": 4, **changes})
    return train(TrainRequest(data, output, settings, device="cpu", resume=resume, test=test), observe)


def unbroken_run(data: Path, folder: Path) -> Path:
    """A quick run of all epochs that nothing interrupted: its folder."""
    with pytest.MonkeyPatch.context() as patch:
        make_runs_quick(patch)
        run(data, folder)
    return folder


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
