"""Trains the CIFAR-10 network: settings, data, epochs, and one look at the test images at the end."""

import math
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
import torch

from xverify.errors import XverifyError
from xverify.models.cifar import cifar10_net, parse_network
from xverify.training.batches import batch_count, require_full_batch
from xverify.training.checkpoints import (
    TrainingState,
    average_of,
    optimizer_state_of,
    read_state,
    restore,
    weights_of,
    write_state,
)
from xverify.training.data import DataSet, Partition, hold_out
from xverify.training.devices import choose_device, compute_as_told, keep_freed_memory
from xverify.training.environment import describe_environment
from xverify.training.journal import DataDescription, EpochResult, FinalResult, Journal, RunningLoss, Session
from xverify.training.loop import BatchLoss, DivergedError, Learner, evaluate, new_learner, train_epoch
from xverify.training.recipe import Recipe, derived_seed
from xverify.training.run_folder import LAST_FILE, RunReport, claimed, report_of, require_unused, write_results
from xverify.training.settings import Settings, chosen_recipe, require_same_settings
from xverify.workflows.read_data import read_data

RUNNING_LOSS_BATCHES = 100
PUBLISHED_SETTINGS = Settings()

Observer = Callable[[Journal | BatchLoss | RunningLoss], None]
"""Told the journal when training begins, after every epoch and at the end, and the losses between."""


@dataclass(frozen=True)
class TrainRequest:
    """What to train, and where.

    Attributes:
        data: Where the images are.
        output: The run's folder.
        settings: What the user said about the recipe.
        device: `auto`, `cuda`, `mps` or `cpu`.
        download: Whether torchvision is to fetch CIFAR-10.
        resume: Whether to continue the run in `output`.
        test: Whether to look at the test images at the end. Whoever compares recipes leaves them unseen until one is
            chosen.
    """

    data: Path
    output: Path
    settings: Settings = PUBLISHED_SETTINGS
    device: str = "auto"
    download: bool = False
    resume: bool = False
    test: bool = True


def train(request: TrainRequest, observe: Observer = lambda _: None, loaded: DataSet | None = None) -> RunReport:
    """Trains into the folder `request.output`, or continues the run there, and returns what its run.json says.

    An interruption at any moment costs the current epoch and no more.

    Args:
        request: What to train, and where.
        observe: Told what happens.
        loaded: The images at `request.data`, where the caller has read them already.

    Raises:
        XverifyError: the folder is in use, another process trains there, the data cannot be read, a resumed run had
            other settings or data, or the loss became NaN.
    """
    with ExitStack() as claim:
        if request.resume and request.output.is_dir():
            claim.enter_context(claimed(request.output))  # before its state is read
        return _trained(request, observe, loaded, claim)


def _trained(request: TrainRequest, observe: Observer, loaded: DataSet | None, claim: ExitStack) -> RunReport:
    previous = _previous_state(request)
    device = choose_device(request.device if previous is None or request.device != "auto" else previous.journal.device)
    recipe = chosen_recipe(request.settings, previous.journal.recipe if previous else None, device)
    if previous:
        require_same_settings(previous.journal, recipe, device)
    data = loaded or read_data(request.data, download=request.download)
    partition = hold_out(data, recipe.seed)
    require_full_batch(partition.train, recipe)
    learner = _new_learner(data, recipe, device)
    state = (
        _started(learner, data, partition, recipe) if previous is None else _resumed(learner, previous, data, recipe)
    )
    if previous is None:
        request.output.mkdir(parents=True, exist_ok=True)
        claim.enter_context(claimed(request.output))
        require_unused(request.output)  # another process may have trained there since the first look
    _publish(request.output, state, observe)
    while len(state.journal.epochs) < recipe.epochs:
        state = _or_last_good(request.output, state, lambda now: _after_next_epoch(learner, now, partition, observe))
        _publish(request.output, state, observe)
    if request.test:
        state = _tested(learner, state, data)
        _publish(request.output, state, observe)
    return report_of(state.journal)


def _previous_state(request: TrainRequest) -> TrainingState | None:
    if request.resume:
        return read_state(request.output)
    require_unused(request.output)
    return None


def _new_learner(data: DataSet, recipe: Recipe, device: torch.device) -> Learner:
    compute_as_told()
    keep_freed_memory()
    torch.manual_seed(derived_seed(recipe.seed, "weights"))
    return new_learner(cifar10_net(len(data.classes), parse_network(recipe.network)), recipe, device)


def _or_last_good(folder: Path, state: TrainingState, epoch: Callable[[TrainingState], TrainingState]) -> TrainingState:
    """Runs an epoch; where it diverges, says what is left of the run."""
    try:
        return epoch(state)
    except DivergedError as error:
        done = len(state.journal.epochs)
        left = (
            f"The last good checkpoint is {folder / LAST_FILE} (epoch {done})."
            if done
            else "No epoch was finished, so there is no checkpoint."
        )
        raise XverifyError(error.message, f"{error.hint} {left}") from error


def _started(learner: Learner, data: DataSet, partition: Partition, recipe: Recipe) -> TrainingState:
    journal = Journal(
        recipe=recipe,
        device=learner.device.type,
        data=_describe(data, partition),
        parameters=sum(parameter.numel() for parameter in learner.network.parameters()),
        batches_per_epoch=batch_count(partition.train, recipe),
        sessions=(Session(first_epoch=1, environment=describe_environment(learner.device)),),
    )
    return TrainingState(journal, weights_of(learner.network), optimizer={}, best={}, average=average_of(learner))


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
    session = Session(first_epoch=len(journal.epochs) + 1, environment=describe_environment(learner.device))
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
        held_out=evaluate(learner.judged, partition.held_out, learner.device),
        seconds=time.perf_counter() - started,
    )
    if not math.isfinite(result.held_out.loss):
        raise DivergedError(
            f"The loss of the held-out images became {result.held_out.loss} in epoch {epoch} "
            f"(step {epoch * state.journal.batches_per_epoch}).",
            "Train with a smaller learning rate (--lr).",
        )
    journal = msgspec.structs.replace(
        state.journal,
        epochs=(*state.journal.epochs, result),
        running_losses=(*state.journal.running_losses, *running),
    )
    return _state_of(learner, journal, state.best)


def _state_of(learner: Learner, journal: Journal, best_before: dict[str, torch.Tensor]) -> TrainingState:
    best = weights_of(learner.judged) if journal.best is journal.epochs[-1] else best_before
    return TrainingState(journal, weights_of(learner.network), optimizer_state_of(learner), best, average_of(learner))


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
