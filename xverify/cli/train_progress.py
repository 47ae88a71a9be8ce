"""The progress of `xverify train`: a line every 100 batches and every epoch, and on a terminal a bar below them."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from xverify.training.journal import Journal, RunningLoss
from xverify.training.loop import BatchLoss


class TrainProgress:
    """An observer of the training workflow: shows the epoch, its batches and the loss."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("loss {task.fields[loss]:.3f}"),
            TimeRemainingColumn(),
            console=self._console,
            transient=True,
            disable=not self._console.is_terminal,
        )
        self._task = self._progress.add_task("reading the images", total=None, loss=float("nan"))
        self._shown: int | None = None  # epochs that need no line; a resumed run begins with some

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def __call__(self, event: Journal | BatchLoss | RunningLoss) -> None:
        """Shows one event."""
        if isinstance(event, BatchLoss):
            self._progress.update(self._task, completed=event.batch, loss=event.loss)
        elif isinstance(event, RunningLoss):
            self._print(f"epoch {event.epoch}, batch {event.batch}: running loss {event.loss:.4f}")
        else:
            self._show_epochs(event)

    def _show_epochs(self, journal: Journal) -> None:
        shown = len(journal.epochs) if self._shown is None else self._shown
        for result in journal.epochs[shown:]:
            self._print(
                f"epoch {result.epoch} of {journal.recipe.epochs}: training loss {result.training_loss:.4f}, "
                f"held-out loss {result.held_out.loss:.4f}, held-out accuracy {result.held_out.accuracy:.2%}, "
                f"{result.seconds:.0f} s"
            )
        self._shown = len(journal.epochs)
        upcoming = min(len(journal.epochs) + 1, journal.recipe.epochs)
        self._progress.reset(self._task, total=journal.batches_per_epoch, description=f"epoch {upcoming}")

    def _print(self, line: str) -> None:
        self._progress.console.print(line, highlight=False, soft_wrap=True)
