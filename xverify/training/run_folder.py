"""The files of a run folder that people and other programs read; each is made from the training state alone."""

import csv
import io
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from xverify.errors import XverifyError
from xverify.training.checkpoints import TrainingState, write_atomically, write_weights
from xverify.training.journal import DataDescription, Journal, Session
from xverify.training.plots import loss_plot
from xverify.training.recipe import Recipe

if sys.platform != "win32":
    import fcntl

SCHEMA_VERSION = 1

CHECKPOINT_FILE = "checkpoint.safetensors"
LAST_FILE = "last.safetensors"
METRICS_FILE = "metrics.csv"
RUNNING_LOSS_FILE = "running-loss.csv"
PLOT_FILE = "loss.png"
REPORT_FILE = "run.json"


class RunReport(msgspec.Struct, frozen=True, kw_only=True):
    """The content of run.json. Accuracies are shares from 0 to 1; what is not known yet is null."""

    schema_version: int
    complete: bool
    model: str
    parameters: int
    recipe: Recipe
    device: str
    data: DataDescription
    epochs_trained: int
    best_epoch: int | None
    held_out_accuracy: float | None
    test_accuracy: float | None
    test_loss: float | None
    training_seconds: float
    sessions: tuple[Session, ...]


def require_unused(folder: Path) -> None:
    """Refuses a folder that holds anything but the temporary file of a run that was killed before its first state.

    Raises:
        XverifyError: the folder is in use, or is a file.
    """
    if folder.exists() and not folder.is_dir():
        raise XverifyError(f"{folder} is a file.", "Name a folder for the run.")
    if folder.is_dir() and any(entry.suffix != ".tmp" for entry in folder.iterdir()):
        raise XverifyError(
            f"{folder} exists and is not empty.", "Continue its run with --resume, or name another folder with -o."
        )


@contextmanager
def claimed(folder: Path) -> Iterator[None]:
    """Keeps other processes out of a run's folder, by a lock that ends with this process at the latest.

    Two that train one run would write over each other's epochs. Windows and some network file systems cannot lock a
    folder: there nothing is kept out.

    Raises:
        XverifyError: another process has it.
    """
    if sys.platform == "win32":
        yield
        return
    place = os.open(folder, os.O_RDONLY)
    try:
        _lock(place, folder)
        yield
    finally:
        os.close(place)


def _lock(place: int, folder: Path) -> None:
    try:
        fcntl.flock(place, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        message = f"Another process is training the run in {folder}."
        raise XverifyError(message, "Wait until it ends, or end it and go on.") from None
    except OSError:
        return  # a file system that cannot lock


def write_results(folder: Path, state: TrainingState) -> None:
    """Writes every file but the training state itself; before the first epoch, run.json alone."""
    journal = state.journal
    best = journal.best
    if best:
        about = {"network": journal.recipe.network, "classes": ",".join(journal.data.classes)}
        write_weights(folder / CHECKPOINT_FILE, state.best, {"epoch": best.epoch, **about})
        write_weights(folder / LAST_FILE, state.judged, {"epoch": len(journal.epochs), **about})
        write_atomically(folder / METRICS_FILE, _metrics_table(journal))
        write_atomically(folder / RUNNING_LOSS_FILE, _running_loss_table(journal))
        write_atomically(folder / PLOT_FILE, loss_plot(journal))
    write_atomically(folder / REPORT_FILE, msgspec.json.format(msgspec.json.encode(report_of(journal)), indent=2))


def report_of(journal: Journal) -> RunReport:
    """The run as run.json tells it."""
    best, final = journal.best, journal.final
    return RunReport(
        schema_version=SCHEMA_VERSION,
        complete=journal.complete,
        model=f"cifar10:{journal.recipe.network}",
        parameters=journal.parameters,
        recipe=journal.recipe,
        device=journal.device,
        data=journal.data,
        epochs_trained=len(journal.epochs),
        best_epoch=best.epoch if best else None,
        held_out_accuracy=best.held_out.accuracy if best else None,
        test_accuracy=final.test.accuracy if final else None,
        test_loss=final.test.loss if final else None,
        training_seconds=sum(result.seconds for result in journal.epochs),
        sessions=journal.sessions,
    )


def _metrics_table(journal: Journal) -> bytes:
    header = ("epoch", "training_loss", "held_out_loss", "held_out_accuracy", "seconds")
    return _table(
        header,
        (
            (
                result.epoch,
                result.training_loss,
                result.held_out.loss,
                result.held_out.accuracy,
                round(result.seconds, 3),
            )
            for result in journal.epochs
        ),
    )


def _running_loss_table(journal: Journal) -> bytes:
    return _table(("epoch", "batch", "running_loss"), ((x.epoch, x.batch, x.loss) for x in journal.running_losses))


def _table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode()
