"""Trains the CIFAR-10 network: settings, data, epochs, and one look at the test images at the end."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec
import torch

from xverify.errors import XverifyError
from xverify.models.cifar import cifar10_net
from xverify.training.checkpoints import (
    TrainingState,
    optimizer_state_of,
    read_state,
    restore,
    weights_of,
    write_state,
)
from xverify.training.data import DataSet, Partition, hold_out
from xverify.training.devices import choose_device, compute_as_told
from xverify.training.environment import describe_environment
from xverify.training.journal import DataDescription, EpochResult, FinalResult, Journal, RunningLoss, Session
from xverify.training.loop import BatchLoss, Learner, batch_count, evaluate, new_learner, train_epoch
from xverify.training.recipe import Recipe, derived_seed
from xverify.training.run_folder import RunReport, report_of, require_unused, write_results

RUNNING_LOSS_BATCHES = 100

Observer = Callable[[Journal | BatchLoss | RunningLoss], None]
"""Told the journal when training begins, after every epoch and at the end, and the losses between."""


@dataclass(frozen=True)
class TrainRequest:
    """What to train, and where.

    `changes` holds the recipe's settings that the user gave; the others keep their defaults, or the values of the run
    that is resumed.
    """

    data: Path
    output: Path
    changes: dict[str, Any]
    device: str = "auto"
    download: bool = False
    resume: bool = False


def train(request: TrainRequest, observe: Observer = lambda _: None) -> RunReport:
    """Trains into the folder `request.output`, or continues the run there, and returns what its run.json says.

    An interruption at any moment costs the current epoch and no more.

    Raises:
        XverifyError: the folder is in use, the data cannot be read, or a resumed run had other settings or data.
    """
    previous = _previous_state(request)
    device = choose_device(request.device if previous is None or request.device != "auto" else previous.journal.device)
    recipe = msgspec.structs.replace(previous.journal.recipe if previous else Recipe(), **request.changes)
    if previous:
        _require_same_recipe(previous.journal, recipe, device)
    data = _load_data(request)
    partition = hold_out(data, recipe.seed)
    learner = _new_learner(data, recipe, device)
    state = (
        _started(learner, data, partition, recipe) if previous is None else _resumed(learner, previous, data, recipe)
    )
    request.output.mkdir(parents=True, exist_ok=True)
    _publish(request.output, state, observe)
    while len(state.journal.epochs) < recipe.epochs:
        state = _after_next_epoch(learner, state, partition, observe)
        _publish(request.output, state, observe)
    state = _tested(learner, state, data)
    _publish(request.output, state, observe)
    return report_of(state.journal)


def _previous_state(request: TrainRequest) -> TrainingState | None:
    if request.resume:
        return read_state(request.output)
    require_unused(request.output)
    return None


def _require_same_recipe(journal: Journal, recipe: Recipe, device: torch.device) -> None:
    before, now = msgspec.structs.asdict(journal.recipe), msgspec.structs.asdict(recipe)
    before["device"], now["device"] = journal.device, device.type
    for name in before:
        if name != "epochs" and now[name] != before[name]:
            raise XverifyError(
                f"The run was started with {name.replace('_', ' ')} {before[name]}, not {now[name]}.",
                "Leave the option out to continue with the run's own value, or start a new run in another folder.",
            )
    if recipe.epochs < len(journal.epochs):
        raise XverifyError(
            f"The run has trained {len(journal.epochs)} epochs already; --epochs {recipe.epochs} is fewer.",
            "--resume can lengthen a run, or end it after the epochs it has.",
        )


def _load_data(request: TrainRequest) -> DataSet:
    if request.download or (request.data / "cifar-10-batches-py").is_dir():
        from xverify.training.cifar_archive import read_cifar_archive

        return read_cifar_archive(request.data, download=request.download)
    from xverify.training.image_folder import read_image_folder

    return read_image_folder(request.data)


def _new_learner(data: DataSet, recipe: Recipe, device: torch.device) -> Learner:
    compute_as_told()
    torch.manual_seed(derived_seed(recipe.seed, "weights"))
    return new_learner(cifar10_net(len(data.classes)), recipe, device)


def _started(learner: Learner, data: DataSet, partition: Partition, recipe: Recipe) -> TrainingState:
    journal = Journal(
        recipe=recipe,
        device=learner.device.type,
        data=_describe(data, partition),
        parameters=sum(parameter.numel() for parameter in learner.network.parameters()),
        batches_per_epoch=batch_count(partition.train, recipe),
        sessions=(Session(first_epoch=1, environment=describe_environment()),),
    )
    return TrainingState(journal, weights_of(learner), optimizer={}, best={})


def _describe(data: DataSet, partition: Partition) -> DataDescription:
    height, width = data.train.pixels.shape[1:3]
    return DataDescription(
        source=data.source,
        classes=data.classes,
        image_size=(height, width),
        training_images=len(partition.train),
        held_out_images=len(partition.held_out),
        test_images=len(data.test),
        fingerprint=data.fingerprint,
    )


def _resumed(learner: Learner, previous: TrainingState, data: DataSet, recipe: Recipe) -> TrainingState:
    journal = previous.journal
    if data.fingerprint != journal.data.fingerprint:
        raise XverifyError(
            f"The data are not those that the run was started with: their sha256 is {data.fingerprint[:12]}..., "
            f"the run's is {journal.data.fingerprint[:12]}...",
            "Resume with the same files (and the same image decoder: run.json names its version), or start a new run.",
        )
    restore(learner, previous)
    session = Session(first_epoch=len(journal.epochs) + 1, environment=describe_environment())
    return replace(
        previous, journal=msgspec.structs.replace(journal, recipe=recipe, sessions=(*journal.sessions, session))
    )


def _after_next_epoch(learner: Learner, state: TrainingState, partition: Partition, observe: Observer) -> TrainingState:
    epoch = len(state.journal.epochs) + 1
    started = time.perf_counter()
    losses: list[BatchLoss] = []
    running: list[RunningLoss] = []
    for loss in train_epoch(learner, partition.train, state.journal.recipe, epoch):
        losses.append(loss)
        observe(loss)
        if loss.batch % RUNNING_LOSS_BATCHES == 0:
            running.append(_running_loss(losses[-RUNNING_LOSS_BATCHES:]))
            observe(running[-1])
    result = EpochResult(
        epoch=epoch,
        training_loss=sum(loss.loss * loss.images for loss in losses) / len(partition.train),
        held_out=evaluate(learner.network, partition.held_out, learner.device),
        seconds=time.perf_counter() - started,
    )
    journal = msgspec.structs.replace(
        state.journal,
        epochs=(*state.journal.epochs, result),
        running_losses=(*state.journal.running_losses, *running),
    )
    best = weights_of(learner) if journal.best is result else state.best
    return TrainingState(journal, weights_of(learner), optimizer_state_of(learner), best)


def _running_loss(window: list[BatchLoss]) -> RunningLoss:
    mean = sum(loss.loss for loss in window) / len(window)
    return RunningLoss(epoch=window[-1].epoch, batch=window[-1].batch, loss=mean)


def _tested(learner: Learner, state: TrainingState, data: DataSet) -> TrainingState:
    """The only use of the test images: once for the best epoch, never to choose it."""
    best = state.journal.best
    assert best is not None, "a recipe has at least one epoch"
    if state.journal.final and state.journal.final.epoch == best.epoch:
        return state
    learner.network.load_state_dict(state.best)
    final = FinalResult(epoch=best.epoch, test=evaluate(learner.network, data.test, learner.device))
    return replace(state, journal=msgspec.structs.replace(state.journal, final=final))


def _publish(folder: Path, state: TrainingState, observe: Observer) -> None:
    write_state(folder, state)
    write_results(folder, state)
    observe(state.journal)
