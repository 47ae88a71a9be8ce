"""The training loop: one epoch at a time, yielding a record for every batch and printing nothing."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import msgspec
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import Optimizer

from xverify.errors import XverifyError
from xverify.training.averaging import ENOUGH_IMAGES, measure_statistics, start_average, update_average
from xverify.training.batches import Batch, batch_count, batches
from xverify.training.cpu_layers import keep_gradients_channels_last, use_fast_dropout
from xverify.training.data import Images, to_batch
from xverify.training.optimizers import make_optimizer
from xverify.training.recipe import Recipe, derived_seed
from xverify.training.schedule import learning_rate_at
from xverify.training.subnormals import subnormals_flushed
from xverify.training.winograd import use_winograd

# Evaluation needs no gradients, so larger batches than the recipe's fit; fixed, so that every run rounds alike.
EVALUATION_BATCH = 250

# Reading a loss waits for the device. On the CPU that costs nothing; a GPU would stand idle after every step.
LOSSES_AT_ONCE = 50
CPU_LOSSES_AT_ONCE = 1


class BatchLoss(msgspec.Struct, frozen=True, kw_only=True):
    """One step of the optimiser. `epoch` and `batch` count from 1; `loss` is the batch's mean cross-entropy.

    With label smoothing it is the loss that the optimizer sees, which is higher.
    """

    epoch: int
    batch: int
    images: int
    loss: float


class Evaluation(msgspec.Struct, frozen=True, kw_only=True):
    """Mean cross-entropy and share of correctly classified images (0 to 1)."""

    loss: float
    accuracy: float


class DivergedError(XverifyError):
    """The loss is NaN or infinite: the weights are lost since the last checkpoint."""


@dataclass(frozen=True)
class Learner:
    """A network, the optimiser that changes it, where both compute, and the average of its weights, if one is kept."""

    network: nn.Module
    optimizer: Optimizer
    device: torch.device
    average: nn.Module | None

    @property
    def judged(self) -> nn.Module:
        """The network that is evaluated and kept: the average, where there is one."""
        return self.network if self.average is None else self.average


def new_learner(network: nn.Module, recipe: Recipe, device: torch.device) -> Learner:
    """A learner that has taken no step. The recipe is resolved: `auto` would train as fp32, directly."""
    assert "auto" not in (recipe.precision, recipe.convolution), "a recipe is resolved before it trains"
    network.to(device)
    if recipe.channels_last:
        network.to(memory_format=torch.channels_last)
    if device.type == "cpu":
        use_fast_dropout(network)
        if recipe.channels_last:
            keep_gradients_channels_last(network)
    if recipe.convolution == "winograd":
        use_winograd(network)
    optimizer = make_optimizer(network, recipe, device)
    return Learner(network, optimizer, device, start_average(network) if recipe.average else None)


def train_epoch(learner: Learner, images: Images, recipe: Recipe, epoch: int) -> Iterator[BatchLoss]:
    """Trains on every image once, in an order that depends on the seed and the epoch alone.

    Seeds torch's global generators, which drive dropout, in the same way: an epoch that starts from the same weights
    and the same optimiser state ends with the same ones, whichever process runs it.

    Raises:
        DivergedError: the loss is no longer finite.
    """
    with subnormals_flushed(learner.device) as run:
        losses = _losses(learner, images, recipe, epoch)
        while (loss := run(next, losses, None)) is not None:
            yield loss


def _losses(learner: Learner, images: Images, recipe: Recipe, epoch: int) -> Iterator[BatchLoss]:
    torch.manual_seed(derived_seed(recipe.seed, "dropout", epoch))
    learner.network.train()
    steps = batch_count(images, recipe)
    at_once = CPU_LOSSES_AT_ONCE if learner.device.type == "cpu" else LOSSES_AT_ONCE
    pending: list[tuple[int, Tensor]] = []
    for number, batch in enumerate(batches(images, recipe, epoch, learner.device), start=1):
        step = (epoch - 1) * steps + number - 1
        pending.append((len(batch), _step(learner, batch, recipe, step, recipe.epochs * steps)))
        if len(pending) == at_once or number == steps:
            yield from _read(pending, epoch, first=number - len(pending) + 1, steps=steps)
            pending.clear()
    if learner.average is not None:
        _finish_average(learner.average, images, recipe, epoch, learner.device)


def _step(learner: Learner, batch: Batch, recipe: Recipe, step: int, steps: int) -> Tensor:
    """One step; returns its loss, still on the device."""
    for group in learner.optimizer.param_groups:
        group["lr"] = learning_rate_at(recipe, step, steps)
    learner.optimizer.zero_grad()
    with torch.autocast(learner.device.type, torch.bfloat16, enabled=recipe.precision == "bf16"):
        logits = learner.network(batch.images)
        loss = functional.cross_entropy(logits, batch.labels, label_smoothing=recipe.label_smoothing)
    loss.backward()  # type: ignore[no-untyped-call]
    learner.optimizer.step()
    if learner.average is not None:
        update_average(learner.average, learner.network, recipe.average, step)
    return loss.detach()


def _read(pending: list[tuple[int, Tensor]], epoch: int, first: int, steps: int) -> Iterator[BatchLoss]:
    """The losses of several steps, fetched from the device at once."""
    losses: list[float] = torch.stack([loss for _, loss in pending]).tolist()
    for batch, ((images, _), loss) in enumerate(zip(pending, losses, strict=True), start=first):
        if not math.isfinite(loss):
            raise DivergedError(
                f"The loss became {loss} in batch {batch} of epoch {epoch} (step {(epoch - 1) * steps + batch}).",
                "Train with a smaller learning rate (--lr).",
            )
        yield BatchLoss(epoch=epoch, batch=batch, images=images, loss=loss)


def _finish_average(average: nn.Module, images: Images, recipe: Recipe, epoch: int, device: torch.device) -> None:
    """Measures the average's BatchNorm statistics on the epoch's first images, as the epoch showed them."""
    count = math.ceil(ENOUGH_IMAGES / recipe.batch_size)
    measure_statistics(average, (batch.images for batch in islice(batches(images, recipe, epoch, device), count)))


def evaluate(network: nn.Module, images: Images, device: torch.device) -> Evaluation:
    """The network's loss and accuracy in evaluation mode, in float32 whatever precision trains it.

    The loss is the plain cross-entropy, without label smoothing: losses of different recipes can be compared.
    """
    with subnormals_flushed(device) as run:
        return run(_evaluation, network, images, device)


@torch.inference_mode()
def _evaluation(network: nn.Module, images: Images, device: torch.device) -> Evaluation:
    network.eval()
    loss, correct = 0.0, 0
    for start in range(0, len(images), EVALUATION_BATCH):
        pixels = images.pixels[start : start + EVALUATION_BATCH]
        labels = torch.tensor(images.labels[start : start + EVALUATION_BATCH]).to(device)
        logits = network(to_batch(pixels, device))
        loss += float(functional.cross_entropy(logits, labels, reduction="sum").item())
        correct += int((logits.argmax(1) == labels).sum().item())
    return Evaluation(loss=loss / len(images), accuracy=correct / len(images))
