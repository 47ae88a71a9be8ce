"""An experiment's curves: a panel a row, each with all other rows in grey behind it.

Fifteen lines in one panel cannot be told apart, whatever their colours; a panel each can, and the grey lines and the
shared axes keep them comparable.
"""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from xverify.training.experiment_plan import RunStatus
from xverify.training.experiment_tables import by_row
from xverify.training.run_folder import METRICS_FILE, RUNNING_LOSS_FILE

_TRAINING, _HELD_OUT, _OTHERS, _PUBLISHED = "#0072b2", "#d55e00", "#cccccc", "#222222"
_COLUMNS = 5
_PANEL = (2.9, 2.3)  # inches


@dataclass(frozen=True)
class Curves:
    """What a run's tables hold. `running` is (batches trained, mean loss of the last 100)."""

    training_loss: list[float]
    held_out_loss: list[float]
    held_out_accuracy: list[float]
    running: list[tuple[int, float]]


@dataclass(frozen=True)
class RowCurves:
    """A row's runs, one a seed."""

    title: str
    published: float | None
    runs: list[Curves]


def read_curves(folder: Path, statuses: Sequence[RunStatus]) -> list[RowCurves]:
    """The curves of every row that has at least one finished epoch."""
    rows = []
    for row in by_row(statuses):
        runs = [_read(folder / status.run.folder, status) for status in row if _has_epochs(status)]
        if runs:
            run = row[0].run
            rows.append(RowCurves(f"row {run.row}: {run.label}", run.published and run.published / 100, runs))
    return rows


def _has_epochs(status: RunStatus) -> bool:
    return status.report is not None and status.report.epochs_trained > 0


def _read(folder: Path, status: RunStatus) -> Curves:
    assert status.report is not None, "only runs that have begun are read"
    with (folder / METRICS_FILE).open(encoding="utf-8") as file:
        epochs = list(csv.DictReader(file))
    with (folder / RUNNING_LOSS_FILE).open(encoding="utf-8") as file:
        losses = list(csv.DictReader(file))
    per_epoch = -(-status.report.data.training_images // status.report.recipe.batch_size)
    return Curves(
        [float(line["training_loss"]) for line in epochs],
        [float(line["held_out_loss"]) for line in epochs],
        [float(line["held_out_accuracy"]) for line in epochs],
        [((int(x["epoch"]) - 1) * per_epoch + int(x["batch"]), float(x["running_loss"])) for x in losses],
    )


def accuracy_plot(rows: Sequence[RowCurves]) -> bytes:
    """A PNG: held-out accuracy by epoch, and the published accuracy as a dashed line."""

    def draw(axes: Axes, row: RowCurves) -> None:
        for other in rows:
            _by_epoch(axes, other, "held_out_accuracy", _OTHERS)
        _by_epoch(axes, row, "held_out_accuracy", _HELD_OUT, "held-out images")
        if row.published is not None:
            axes.axhline(row.published, color=_PUBLISHED, linestyle="--", linewidth=1, label="published (test images)")

    return _grid(rows, draw, "Epoch", "Accuracy", PercentFormatter(xmax=1, decimals=0))


def loss_plot(rows: Sequence[RowCurves]) -> bytes:
    """A PNG: the loss on training and held-out images by epoch."""

    def draw(axes: Axes, row: RowCurves) -> None:
        for other in rows:
            _by_epoch(axes, other, "held_out_loss", _OTHERS)
        _by_epoch(axes, row, "training_loss", _TRAINING, "training images")
        _by_epoch(axes, row, "held_out_loss", _HELD_OUT, "held-out images")

    return _grid(rows, draw, "Epoch", "Cross-entropy loss (nats)")


def running_loss_plot(rows: Sequence[RowCurves]) -> bytes | None:
    """A PNG: the mean training loss of every 100 batches, as the study plots it; None where no run has 100 batches."""
    drawn = [row for row in rows if any(run.running for run in row.runs)]

    def draw(axes: Axes, row: RowCurves) -> None:
        for other in drawn:
            _by_batch(axes, other, _OTHERS)
        _by_batch(axes, row, _TRAINING, "training images, mean of 100 batches")

    return _grid(drawn, draw, "Batches trained", "Cross-entropy loss (nats)") if drawn else None


def _by_epoch(axes: Axes, row: RowCurves, name: str, color: str, label: str | None = None) -> None:
    for index, run in enumerate(row.runs):
        values = getattr(run, name)
        marker = "o" if len(values) == 1 else None  # a single point has no line
        axes.plot(
            range(1, len(values) + 1), values, color=color, marker=marker, ms=3, lw=1 if label is None else 1.8,
            label=None if index else label, zorder=1 if label is None else 3,
        )  # fmt: skip


def _by_batch(axes: Axes, row: RowCurves, color: str, label: str | None = None) -> None:
    for index, run in enumerate(row.runs):
        axes.plot(
            [batch for batch, _ in run.running], [loss for _, loss in run.running], color=color,
            lw=0.7 if label is None else 1.2, zorder=1 if label is None else 3, label=None if index else label,
        )  # fmt: skip


def _grid(
    rows: Sequence[RowCurves],
    draw: Callable[[Axes, RowCurves], None],
    x_label: str,
    y_label: str,
    percent: PercentFormatter | None = None,
) -> bytes:
    columns = min(_COLUMNS, len(rows))
    lines = -(-len(rows) // columns)
    size = (max(5.0, _PANEL[0] * columns), _PANEL[1] * lines + 0.9)
    figure = Figure(figsize=size, dpi=120, layout="constrained")
    FigureCanvasAgg(figure)
    panels = list(figure.subplots(lines, columns, sharex=True, sharey=True, squeeze=False).ravel())
    for axes, row in zip(panels, rows, strict=False):  # the last line may have panels to spare
        draw(axes, row)
        _tidy(axes, row.title, percent)
    for axes in panels[len(rows) :]:
        axes.set_visible(False)
    for axes in panels[max(0, len(rows) - columns) : len(rows)]:
        axes.tick_params(labelbottom=True)  # above a panel to spare, too
    figure.supxlabel(x_label, fontsize=11)
    figure.supylabel(y_label, fontsize=11)
    _legend(figure, panels, others=len(rows) > 1)
    image = io.BytesIO()
    figure.savefig(image, format="png")
    return image.getvalue()


def _legend(figure: Figure, panels: Sequence[Axes], *, others: bool) -> None:
    """One for all panels, outside of them."""
    if others:
        panels[0].plot([], [], color=_OTHERS, label="the other rows")
    shown: dict[str, Artist] = {}
    for axes in panels:
        handles, labels = axes.get_legend_handles_labels()
        shown |= dict(zip(labels, handles, strict=True))
    figure.legend(list(shown.values()), list(shown), loc="outside upper center", ncols=4, frameon=False)


def _tidy(axes: Axes, title: str, percent: PercentFormatter | None) -> None:
    axes.set_title(title, fontsize=9, loc="left")
    axes.xaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
    if percent:
        axes.yaxis.set_major_formatter(percent)
    axes.grid(visible=True, alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=8)
