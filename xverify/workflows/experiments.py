"""Trains the rows of an experiments file, several at a time if wished, and writes the tables and curves of all of them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import torch
from joblib import Parallel, delayed

from xverify.errors import XverifyError
from xverify.training.checkpoints import STATE_FILE, write_atomically
from xverify.training.data import DataSet
from xverify.training.devices import choose_device
from xverify.training.experiment_file import read_experiment
from xverify.training.experiment_plan import (
    PLAN_FILE,
    Plan,
    PlannedRun,
    RunStatus,
    make_plan,
    note_failure,
    read_plan,
    statuses,
    write_plan,
)
from xverify.training.experiment_tables import results_csv, results_markdown
from xverify.training.journal import Journal, RunningLoss
from xverify.training.loop import BatchLoss
from xverify.training.settings import Settings, differences, resolved
from xverify.workflows.read_data import read_data
from xverify.workflows.train import TrainRequest, train

Say = Callable[[str], None]


@dataclass(frozen=True)
class ExperimentsRequest:
    """What to run; `say` of `run_experiments` must be importable where jobs > 1: it goes to other processes."""

    file: Path
    output: Path
    data: Path
    rows: str | None = None
    epochs_scale: float = 1.0
    jobs: int = 1
    device: str = "auto"
    download: bool = False


@dataclass(frozen=True)
class _Outcome:
    """What a run ended with: nothing, or why it failed."""

    folder: str
    failure: XverifyError | None


def run_experiments(request: ExperimentsRequest, say: Say = lambda _: None) -> str:
    """Trains the wanted rows that are not finished, and returns the Markdown table.

    The tables and curves are written anew after every run. A row that fails does not stop the others.

    Raises:
        XverifyError: the file, the rows or the data cannot be read; the folder holds another experiment; or rows failed,
            when all others are done.
    """
    experiment = read_experiment(request.file)
    plan = make_plan(experiment, request.epochs_scale)
    wanted = parse_rows(request.rows, len(experiment.rows))
    device = choose_device(request.device)
    _require_same_experiment(request.output, plan, device)
    todo = [status.run for status in statuses(request.output, plan) if status.run.row in wanted and not status.finished]
    if todo:
        data = read_data(request.data, download=request.download)
        _require_same_data(request.output, plan, data)
        request.output.mkdir(parents=True, exist_ok=True)
        write_plan(request.output, plan)
        failures = [outcome for outcome in _outcomes(request, plan, todo, data, say) if outcome.failure]
    else:
        write_plan(request.output, plan)  # a row may have been added to the file
        failures = []
    table = publish(request.output)
    if failures:
        raise _explained(failures, request.output)
    return table


def _outcomes(
    request: ExperimentsRequest, plan: Plan, todo: Sequence[PlannedRun], data: DataSet, say: Say
) -> Iterator[_Outcome]:
    """Runs everything; each outcome is recorded as it comes, whichever run ends first."""
    jobs = min(request.jobs, len(todo))
    threads = max(1, torch.get_num_threads() // jobs)
    # joblib lays large arrays out in shared memory: the data are decoded once, whatever the number of processes.
    parallel = Parallel(n_jobs=jobs, return_as="generator_unordered", pre_dispatch=jobs)
    judged = plan.judge == "test"
    for outcome in parallel(delayed(_run_one)(request, run, judged, data, threads, say) for run in todo):
        note_failure(request.output, outcome.folder, outcome.failure and outcome.failure.message)
        publish(request.output)
        yield outcome


def _run_one(
    request: ExperimentsRequest, run: PlannedRun, test: bool, data: DataSet, threads: int, say: Say
) -> _Outcome:
    """One run, in whichever process; begins or continues it."""
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    folder = request.output / run.folder
    settings = Settings(changes=msgspec.structs.asdict(run.recipe))
    resume = (folder / STATE_FILE).is_file()
    device = request.device
    try:
        train(
            TrainRequest(request.data, folder, settings, device, resume=resume, test=test),
            _Told(f"row {run.row}, seed {run.recipe.seed}", say),
            loaded=data,
        )
    except XverifyError as error:
        say(f"row {run.row}, seed {run.recipe.seed}: {error.message}")
        return _Outcome(run.folder, error)
    finally:
        torch.set_num_threads(before)
    return _Outcome(run.folder, None)


class _Told:
    """An observer of one training run that says a line an epoch, so that the lines of several runs can be told apart."""

    def __init__(self, name: str, say: Say) -> None:
        self._name, self._say, self._shown = name, say, -1

    def __call__(self, event: Journal | BatchLoss | RunningLoss) -> None:
        if not isinstance(event, Journal):
            return
        if self._shown >= 0:
            for result in event.epochs[self._shown :]:
                self._say(
                    f"{self._name}: epoch {result.epoch} of {event.recipe.epochs}, training loss "
                    f"{result.training_loss:.4f}, held-out accuracy {result.held_out.accuracy:.2%}, {result.seconds:.0f} s"
                )
        self._shown = len(event.epochs)


def show_experiments(folder: Path) -> str:
    """The Markdown table of an experiment's folder, finished or not.

    Raises:
        XverifyError: it is no such folder.
    """
    plan = read_plan(folder)
    return results_markdown(plan, statuses(folder, plan))


def best_run(folder: Path) -> Path | None:
    """The folder of the run with the highest held-out accuracy so far, the first of equals; None where none has an epoch.

    Raises:
        XverifyError: it is no experiment's folder.
    """
    judged = [
        (status.report.held_out_accuracy, status.run.folder)
        for status in statuses(folder, read_plan(folder))
        if status.report and status.report.held_out_accuracy is not None
    ]
    return folder / max(judged, key=lambda run: run[0])[1] if judged else None


def publish(folder: Path) -> str:
    """Writes results.csv, results.md and the curves from what the run folders hold; returns the Markdown table."""
    from xverify.training import experiment_plots

    plan = read_plan(folder)
    found = statuses(folder, plan)
    table = results_markdown(plan, found)
    write_atomically(folder / "results.csv", results_csv(found))
    write_atomically(folder / "results.md", table.encode())
    curves = experiment_plots.read_curves(folder, found)
    if curves:
        write_atomically(folder / "accuracy.png", experiment_plots.accuracy_plot(curves))
        write_atomically(folder / "loss.png", experiment_plots.loss_plot(curves))
        running = experiment_plots.running_loss_plot(curves)
        if running:
            write_atomically(folder / "running-loss.png", running)
    return table


def parse_rows(text: str | None, count: int) -> frozenset[int]:
    """The rows that `1,14-15` names; all for None.

    >>> sorted(parse_rows("1,3-5", 15))
    [1, 3, 4, 5]

    Raises:
        XverifyError: another form, or a row that there is not.
    """
    if text is None:
        return frozenset(range(1, count + 1))
    rows: set[int] = set()
    for part in text.split(","):
        first, dash, last = (piece.strip() for piece in part.partition("-"))
        if not first.isdecimal() or (dash and not last.isdecimal()):
            raise XverifyError(f"'{part}' in --rows {text} names no rows.", "Write numbers and ranges: --rows 1,14-15.")
        rows.update(range(int(first), int(last or first) + 1))
    if not rows or not rows <= set(range(1, count + 1)):
        raise XverifyError(f"--rows {text} is not within the file's rows, 1 to {count}.", "Name rows of the file.")
    return frozenset(rows)


def _require_same_experiment(folder: Path, plan: Plan, device: torch.device) -> None:
    """Refuses to mix: a folder's rows must be trained as the file says now. Rows may be added to the file."""
    if not (folder / PLAN_FILE).is_file():
        if folder.is_dir() and any(folder.iterdir()):
            raise XverifyError(f"{folder} exists and is not empty.", "Name another folder with -o.")
        return
    before = read_plan(folder)
    if before.epochs_scale != plan.epochs_scale:
        raise XverifyError(
            f"{folder} holds this experiment at --epochs-scale {before.epochs_scale:g}, not {plan.epochs_scale:g}.",
            "Give the same scale, or another folder with -o.",
        )
    for status in statuses(folder, plan):
        if status.report:
            _require_same_run(folder, status, device)


def _require_same_run(folder: Path, status: RunStatus, device: torch.device) -> None:
    assert status.report is not None, "only a run that has begun can differ"
    recipe = resolved(status.run.recipe, device)
    found = differences(status.report.recipe, recipe)
    if status.report.recipe.epochs != recipe.epochs:
        found.append(f"epochs {status.report.recipe.epochs}, not {recipe.epochs}")
    if found:
        raise XverifyError(
            f"Row {status.run.row} was trained in {folder / status.run.folder} with {'; '.join(found)}.",
            "Give another folder with -o, or remove that run's folder to train the row anew.",
        )


def _require_same_data(folder: Path, plan: Plan, data: DataSet) -> None:
    for status in statuses(folder, plan):
        if status.report and status.report.data.fingerprint != data.fingerprint:
            raise XverifyError(
                f"Row {status.run.row} was trained on other data: their sha256 is "
                f"{status.report.data.fingerprint[:12]}..., not {data.fingerprint[:12]}...",
                "Give the same --data, or another folder with -o.",
            )


def _explained(failures: Sequence[_Outcome], folder: Path) -> XverifyError:
    first = failures[0].failure
    assert first is not None, "only failures are explained"
    names = ", ".join(outcome.folder for outcome in failures)
    return XverifyError(
        f"{len(failures)} runs failed ({names}); the first: {first.message}",
        f"{first.hint} The other runs are done: {folder / 'results.md'}.",
    )
