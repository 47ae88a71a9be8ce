"""The training loop: one epoch at a time, yielding a record for every batch and printing nothing."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec
import torch
from torch import Tensor, nn
from torch.nn import functional

from xverify.errors import XverifyError
from xverify.training.data import Images, to_batch
from xverify.training.recipe import Recipe, derived_seed

# Evaluation needs no gradients, so larger batches than the recipe's fit; fixed, so that every run rounds alike.
EVALUATION_BATCH = 250


class BatchLoss(msgspec.Struct, frozen=True, kw_only=True):
    """One step of the optimiser. `epoch` and `batch` count from 1; `loss` is the batch's mean cross-entropy."""

    epoch: int
    batch: int
    images: int
    loss: float


class Evaluation(msgspec.Struct, frozen=True, kw_only=True):
    """Mean cross-entropy and share of correctly classified images (0 to 1)."""

    loss: float
    accuracy: float


@dataclass(frozen=True)
class Learner:
    """A network, the optimiser that changes it, and where both compute."""

    network: nn.Module
    optimizer: torch.optim.Adam
    device: torch.device


def new_learner(network: nn.Module, recipe: Recipe, device: torch.device) -> Learner:
    """A learner with Adam's published settings and no steps taken."""
    network.to(device)
    network.to(memory_format=torch.channels_last)
    return Learner(network, torch.optim.Adam(network.parameters(), lr=recipe.learning_rate), device)


def batch_count(images: Images, recipe: Recipe) -> int:
    """Batches in an epoch; the last one may be smaller, as in the published recipe."""
    return math.ceil(len(images) / recipe.batch_size)


def train_epoch(learner: Learner, images: Images, recipe: Recipe, epoch: int) -> Iterator[BatchLoss]:
    """Trains on every image once, in an order that depends on the seed and the epoch alone.

    Seeds torch's global generators, which drive dropout, in the same way: an epoch that starts from the same weights
    and the same optimiser state ends with the same ones, whichever process runs it.

    Raises:
        XverifyError: the loss is no longer finite.
    """
    shuffler = torch.Generator().manual_seed(derived_seed(recipe.seed, "shuffle", epoch))
    order = torch.randperm(len(images), generator=shuffler).numpy()
    torch.manual_seed(derived_seed(recipe.seed, "dropout", epoch))
    learner.network.train()
    for batch, start in enumerate(range(0, len(images), recipe.batch_size), start=1):
        chosen = images.select(order[start : start + recipe.batch_size])
        loss = _step(learner, chosen, recipe)
        if not math.isfinite(loss):
            raise XverifyError(
                f"The loss became {loss} in batch {batch} of epoch {epoch}.", "Train with a smaller --lr."
            )
        yield BatchLoss(epoch=epoch, batch=batch, images=len(chosen), loss=loss)


def _step(learner: Learner, images: Images, recipe: Recipe) -> float:
    learner.optimizer.zero_grad()
    with torch.autocast(learner.device.type, torch.bfloat16, enabled=recipe.precision == "bf16"):
        logits = learner.network(to_batch(images.pixels, learner.device))
        loss = functional.cross_entropy(logits, _labels(images, learner.device))
    loss.backward()  # type: ignore[no-untyped-call]
    learner.optimizer.step()
    return float(loss.item())


@torch.inference_mode()
def evaluate(network: nn.Module, images: Images, device: torch.device) -> Evaluation:
    """The network's loss and accuracy in evaluation mode, in float32 whatever precision trains it."""
    network.eval()
    loss, correct = 0.0, 0
    for start in range(0, len(images), EVALUATION_BATCH):
        pixels = images.pixels[start : start + EVALUATION_BATCH]
        labels = torch.from_numpy(images.labels[start : start + EVALUATION_BATCH]).to(device)
        logits = network(to_batch(pixels, device))
        loss += float(functional.cross_entropy(logits, labels, reduction="sum").item())
        correct += int((logits.argmax(1) == labels).sum().item())
    return Evaluation(loss=loss / len(images), accuracy=correct / len(images))


def _labels(images: Images, device: torch.device) -> Tensor:
    return torch.from_numpy(images.labels).to(device)
