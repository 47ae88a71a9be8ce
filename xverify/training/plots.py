"""The plot of a run: its losses, and the held-out accuracy that chose the best epoch."""

import io

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from xverify.training.journal import EpochResult, Journal

_TRAINING, _HELD_OUT = "#0072b2", "#d55e00"  # told apart by colour-blind readers too (Okabe and Ito's palette)
_MOST_MARKED = 30  # epochs: of more, the markers would cover each other and the line


def loss_plot(journal: Journal) -> bytes:
    """A PNG of 1500 x 600 pixels; the journal must hold at least one epoch."""
    figure = Figure(figsize=(10, 4), dpi=150, layout="constrained")
    FigureCanvasAgg(figure)
    loss_axes, accuracy_axes = figure.subplots(1, 2)
    _draw_losses(loss_axes, journal)
    _draw_accuracy(accuracy_axes, journal)
    for axes in (loss_axes, accuracy_axes):
        _tidy(axes, len(journal.epochs))
    image = io.BytesIO()
    figure.savefig(image, format="png")
    return image.getvalue()


def _draw_losses(axes: Axes, journal: Journal) -> None:
    steps = [entry.epoch - 1 + entry.batch / journal.batches_per_epoch for entry in journal.running_losses]
    running = [entry.loss for entry in journal.running_losses]
    axes.plot(steps, running, color=_TRAINING, alpha=0.35, linewidth=1, label="training, mean of 100 batches")
    # An epoch's training loss is a mean over the epoch, so its place is the epoch's middle.
    middles = [result.epoch - 0.5 for result in journal.epochs]
    ends = [result.epoch for result in journal.epochs]
    training = [result.training_loss for result in journal.epochs]
    held_out = [result.held_out.loss for result in journal.epochs]
    dot, square = _marker(journal, "o"), _marker(journal, "s")
    axes.plot(middles, training, color=_TRAINING, marker=dot, ms=4, label="training, mean of the epoch")
    axes.plot(ends, held_out, color=_HELD_OUT, marker=square, ms=4, label="held out, after the epoch")
    axes.set_ylabel("Cross-entropy loss (nats)")
    axes.margins(y=0.1)
    axes.set_ylim(bottom=0)
    axes.legend(frameon=False)


def _draw_accuracy(axes: Axes, journal: Journal) -> None:
    accuracies = [result.held_out.accuracy for result in journal.epochs]
    epochs = [result.epoch for result in journal.epochs]
    axes.plot(epochs, accuracies, color=_HELD_OUT, marker=_marker(journal, "s"), ms=4)
    if journal.best:
        _mark_best(axes, journal.best)
    axes.set_ylabel("Accuracy on the held-out images")
    axes.yaxis.set_major_formatter(PercentFormatter(xmax=1))
    axes.margins(y=0.1)


def _marker(journal: Journal, marker: str) -> str:
    """A curve's marker, or none in a long run."""
    return marker if len(journal.epochs) <= _MOST_MARKED else ""


def _mark_best(axes: Axes, best: EpochResult) -> None:
    label = f"best: {best.held_out.accuracy:.2%}, epoch {best.epoch}"
    axes.plot([best.epoch], [best.held_out.accuracy], "o", ms=12, mfc="none", mec="black", label=label)
    axes.legend(frameon=False, loc="lower right")


def _tidy(axes: Axes, epochs: int) -> None:
    axes.set_xlabel("Epoch")
    axes.set_xlim(0, epochs + 0.5)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(visible=True, alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
