"""What a run has done so far, as frozen records: its tables, its plot and its run.json are made from nothing else."""

import msgspec

from xverify.training.environment import Environment
from xverify.training.loop import Evaluation
from xverify.training.recipe import Recipe


class DataDescription(msgspec.Struct, frozen=True, kw_only=True):
    """Which data a run uses; `fingerprint` is the sha256 of DataSet.fingerprint."""

    source: str
    classes: tuple[str, ...]
    image_size: tuple[int, int]
    training_images: int
    held_out_images: int
    test_images: int
    fingerprint: str


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """One uninterrupted stretch of a run: the process that trained from `first_epoch` on."""

    first_epoch: int
    environment: Environment


class EpochResult(msgspec.Struct, frozen=True, kw_only=True):
    """One finished epoch. The training loss is the mean over the epoch's images, as the network was changing."""

    epoch: int
    training_loss: float
    held_out: Evaluation
    seconds: float


class RunningLoss(msgspec.Struct, frozen=True, kw_only=True):
    """The mean loss of the 100 batches that end with this one."""

    epoch: int
    batch: int
    loss: float


class FinalResult(msgspec.Struct, frozen=True, kw_only=True):
    """How the network of the best epoch does on the test images."""

    epoch: int
    test: Evaluation


class Journal(msgspec.Struct, frozen=True, kw_only=True):
    """A run from its settings to its result."""

    recipe: Recipe
    device: str
    data: DataDescription
    parameters: int
    batches_per_epoch: int
    sessions: tuple[Session, ...] = ()
    epochs: tuple[EpochResult, ...] = ()
    running_losses: tuple[RunningLoss, ...] = ()
    final: FinalResult | None = None

    @property
    def best(self) -> EpochResult | None:
        """The epoch with the highest held-out accuracy; the earliest of equals."""
        return max(self.epochs, key=lambda result: result.held_out.accuracy, default=None)

    @property
    def complete(self) -> bool:
        """Every epoch is trained and the best one is tested."""
        return len(self.epochs) >= self.recipe.epochs and self.final is not None
