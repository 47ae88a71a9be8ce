"""An experiment's results as a CSV file, a run a line, and as a Markdown table, a row a line, beside what was published."""

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from xverify.training.experiment_file import default_label
from xverify.training.experiment_plan import Plan, PlannedRun, RunStatus
from xverify.training.intervals import Interval, wilson
from xverify.training.recipe import Recipe

Row = list[RunStatus]
"""The runs of a row: one a seed."""

CSV_COLUMNS = (
    "row", "label", "seed", "network", "optimizer", "learning_rate", "batch_size", "epochs", "weight_decay", "status",
    "best_epoch", "held_out_accuracy", "test_accuracy", "test_low", "test_high", "published_accuracy",
    "training_seconds", "device", "data", "folder",
)  # fmt: skip


def results_csv(statuses: Iterable[RunStatus]) -> bytes:
    """One line a run; accuracies are shares from 0 to 1, and what is not known yet is empty."""
    text = io.StringIO()
    writer = csv.DictWriter(text, CSV_COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(_line(status) for status in statuses)
    return text.getvalue().encode()


def _line(status: RunStatus) -> dict[str, object]:
    run, recipe, report = status.run, status.run.recipe, status.report
    line: dict[str, object] = {name: getattr(recipe, name) for name in CSV_COLUMNS if hasattr(recipe, name)}
    line |= {"row": run.row, "label": run.label, "folder": run.folder, "status": status.words}
    line["published_accuracy"] = None if run.published is None else run.published / 100
    if report:
        interval = test_interval(status)
        line |= {
            "best_epoch": report.best_epoch,
            "held_out_accuracy": report.held_out_accuracy,
            "test_accuracy": report.test_accuracy,
            "test_low": interval and interval.low,
            "test_high": interval and interval.high,
            "training_seconds": round(report.training_seconds, 1),
            "device": report.device,
            "data": report.data.source,
        }
    return line


def test_interval(status: RunStatus) -> Interval | None:
    """The 95% interval of a run's accuracy on the test images, if it was tested."""
    report = status.report
    if report is None or report.test_accuracy is None:
        return None
    return wilson(round(report.test_accuracy * report.data.test_images), report.data.test_images)


def by_row(statuses: Sequence[RunStatus]) -> list[Row]:
    """The runs of each row."""
    return [list(group) for _, group in groupby(statuses, key=lambda status: status.run.row)]


def results_markdown(plan: Plan, statuses: Sequence[RunStatus]) -> str:
    """The table, with what has to be known about it above."""
    rows = by_row(statuses)
    columns = [column for column in _COLUMNS if column.shown(plan)]
    lines = [_cells(column.title for column in columns), "|" + " --- |" * len(columns)]
    lines += [_cells(column.cell(row, rows) for column in columns) for row in rows]
    return "\n".join([f"# {plan.title}", "", *_notes(plan, statuses), "", *lines, ""])


def _notes(plan: Plan, statuses: Sequence[RunStatus]) -> list[str]:
    reports = [status.report for status in statuses if status.report]
    finished = sum(status.finished for status in statuses)
    sources = sorted({f"{report.data.source} ({report.data.training_images} images train)" for report in reports})
    notes = [f"{finished} of {len(statuses)} runs finished. Data: {', '.join(sources) or 'none yet'}."]
    if plan.epochs_scale != 1:
        notes.append(f"**Scaled down to {plan.epochs_scale:g} of each row's epochs, rounded, and at least one.**")
    if plan.judge == "held-out":
        notes.append("Judged on held-out training images; the test images were not looked at.")
    if len({status.run.recipe.seed for status in statuses}) > 1:
        notes.append("Each row is the mean over its seeds, ± half the distance from the lowest to the highest.")
    return notes


def _held_out(row: Row) -> list[float | None]:
    return [status.report.held_out_accuracy if status.report else None for status in row]


def _tested(row: Row) -> list[float | None]:
    return [status.report.test_accuracy if status.report else None for status in row]


def _state(row: Row) -> str:
    return next((status.words for status in row if not status.finished), "finished")


def _mean(accuracies: Sequence[float | None]) -> str:
    known = _known(accuracies)
    if not known:
        return ""
    spread = f" (±{50 * (max(known) - min(known)):.2f})" if len(known) > 1 else ""
    return f"{100 * sum(known) / len(known):.2f}{spread}"


def _interval(row: Row) -> str:
    """Of a single run; the spread of several seeds says more."""
    interval = test_interval(row[0]) if len(row) == 1 else None
    return f"{100 * interval.low:.2f} to {100 * interval.high:.2f}" if interval else ""


def _beside_published(row: Row, _: Sequence[Row]) -> str:
    known, published = _known(_tested(row)), row[0].run.published
    return f"{100 * sum(known) / len(known) - published:+.1f}" if known and published is not None else ""


def _beside_first(row: Row, rows: Sequence[Row]) -> str:
    known, first = _known(_held_out(row)), _known(_held_out(rows[0]))
    if not (known and first) or row is rows[0]:
        return ""
    return f"{100 * (sum(known) / len(known) - sum(first) / len(first)):+.2f}"


def _known(accuracies: Sequence[float | None]) -> list[float]:
    return [accuracy for accuracy in accuracies if accuracy is not None]


def _optimizer(recipe: Recipe) -> str:
    return f"{recipe.optimizer} {recipe.momentum:g}" if recipe.momentum else recipe.optimizer


def _has_labels(plan: Plan) -> bool:
    return any(run.label != default_label(run.recipe) for run in plan.runs)


def _has_published(plan: Plan) -> bool:
    return any(run.published is not None for run in plan.runs)


def _is_tested(plan: Plan) -> bool:
    return plan.judge == "test"


def _always(_: Plan) -> bool:
    return True


def _of_run(cell: Callable[[PlannedRun], str]) -> Callable[[Row, Sequence[Row]], str]:
    """A cell that the row's first run gives: but for the seed all have the same settings."""
    return lambda row, _: cell(row[0].run)


@dataclass(frozen=True)
class _Column:
    """A column: its title, the cell of a row (given all rows), and the experiments that have it."""

    title: str
    cell: Callable[[Row, Sequence[Row]], str]
    shown: Callable[[Plan], bool] = _always


_COLUMNS = (
    _Column("row", _of_run(lambda run: str(run.row))),
    _Column("what", _of_run(lambda run: run.label), _has_labels),
    _Column("network", _of_run(lambda run: run.recipe.network)),
    _Column("optimizer", _of_run(lambda run: _optimizer(run.recipe))),
    _Column("rate", _of_run(lambda run: f"{run.recipe.learning_rate:g}")),
    _Column("batch", _of_run(lambda run: str(run.recipe.batch_size))),
    _Column("epochs", _of_run(lambda run: str(run.recipe.epochs))),
    _Column("decay", _of_run(lambda run: f"{run.recipe.weight_decay:g}" if run.recipe.weight_decay else "no")),
    _Column("published %", _of_run(lambda run: "" if run.published is None else f"{run.published:g}"), _has_published),
    _Column("test %", lambda row, _: _mean(_tested(row)), _is_tested),
    _Column("95% interval", lambda row, _: _interval(row), _is_tested),
    _Column("test - published", _beside_published, lambda plan: _is_tested(plan) and _has_published(plan)),
    _Column("held out %", lambda row, _: _mean(_held_out(row))),
    _Column("against row 1", _beside_first, lambda plan: not _is_tested(plan)),
    _Column("state", lambda row, _: _state(row)),
)


def _cells(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"
