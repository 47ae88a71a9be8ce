"""What an experiment's folder is to hold, as `experiment.json` says, and what of it is there.

experiment.json     the runs that were planned, so that the folder explains itself without the TOML file
row-01/             a run's folder, as `xverify train` writes it; with several seeds row-01-seed-0, row-01-seed-1
failures.json       the runs that stopped, and why
"""

from pathlib import Path

import msgspec

from xverify.errors import XverifyError
from xverify.training.checkpoints import write_atomically
from xverify.training.experiment_file import Experiment, Judge
from xverify.training.recipe import Recipe
from xverify.training.run_folder import REPORT_FILE, RunReport

PLAN_FILE = "experiment.json"
FAILURES_FILE = "failures.json"
SCHEMA_VERSION = 1


class PlannedRun(msgspec.Struct, frozen=True, kw_only=True):
    """One network to train: a row with one seed, at the length that it is trained at."""

    row: int
    label: str
    folder: str
    recipe: Recipe
    published: float | None


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """The content of experiment.json. `epochs_scale` is the share of the rows' epochs that are trained."""

    schema_version: int
    title: str
    judge: Judge
    epochs_scale: float
    runs: tuple[PlannedRun, ...]


class RunStatus(msgspec.Struct, frozen=True, kw_only=True):
    """A planned run and what came of it so far."""

    run: PlannedRun
    report: RunReport | None
    failure: str | None
    judge: Judge

    @property
    def finished(self) -> bool:
        """Every epoch is trained, and the test images were looked at where they are to be."""
        report = self.report
        if report is None or report.epochs_trained < self.run.recipe.epochs:
            return False
        return self.judge == "held-out" or report.test_accuracy is not None

    @property
    def words(self) -> str:
        """Its state for a table."""
        if self.finished:
            return "finished"
        if self.failure:
            return f"failed: {self.failure}"
        return f"{self.report.epochs_trained} of {self.run.recipe.epochs} epochs" if self.report else "not started"


def make_plan(experiment: Experiment, epochs_scale: float) -> Plan:
    """Every run of an experiment, its epochs scaled and rounded, but at least one."""
    runs = [
        PlannedRun(
            row=row.number,
            label=row.label,
            folder=f"row-{row.number:02}" + (f"-seed-{seed}" if len(experiment.seeds) > 1 else ""),
            recipe=msgspec.structs.replace(
                row.recipe, seed=seed, epochs=max(1, round(row.recipe.epochs * epochs_scale))
            ),
            published=row.published,
        )
        for row in experiment.rows
        for seed in experiment.seeds
    ]
    return Plan(
        schema_version=SCHEMA_VERSION,
        title=experiment.title,
        judge=experiment.judge,
        epochs_scale=epochs_scale,
        runs=tuple(runs),
    )


def write_plan(folder: Path, plan: Plan) -> None:
    """Writes experiment.json."""
    write_atomically(folder / PLAN_FILE, msgspec.json.format(msgspec.json.encode(plan), indent=2))


def read_plan(folder: Path) -> Plan:
    """The plan of an experiment's folder.

    Raises:
        XverifyError: it is no such folder, or the file is damaged.
    """
    path = folder / PLAN_FILE
    if not path.is_file():
        raise XverifyError(
            f"{folder} holds no experiment: there is no {PLAN_FILE}.",
            "Give the folder of `xverify experiments run -o`.",
        )
    try:
        return msgspec.json.decode(path.read_bytes(), type=Plan)
    except msgspec.MsgspecError as error:
        raise XverifyError(
            f"{path} cannot be read: {error}", "Run the experiment again: it writes the file."
        ) from error


def statuses(folder: Path, plan: Plan) -> list[RunStatus]:
    """What came of every planned run.

    Raises:
        XverifyError: a run.json is damaged.
    """
    failures = read_failures(folder)
    return [
        RunStatus(run=run, report=_report(folder / run.folder), failure=failures.get(run.folder), judge=plan.judge)
        for run in plan.runs
    ]


def _report(folder: Path) -> RunReport | None:
    path = folder / REPORT_FILE
    try:
        return msgspec.json.decode(path.read_bytes(), type=RunReport) if path.is_file() else None
    except msgspec.MsgspecError as error:
        raise XverifyError(f"{path} is damaged: {error}", f"Remove {folder} and run the experiment again.") from error


def read_failures(folder: Path) -> dict[str, str]:
    """Why runs stopped, by their folder's name."""
    path = folder / FAILURES_FILE
    return msgspec.json.decode(path.read_bytes(), type=dict[str, str]) if path.is_file() else {}


def note_failure(folder: Path, run: str, reason: str | None) -> None:
    """Records why a run stopped, or, with None, that it stopped no longer."""
    failures = {name: text for name, text in read_failures(folder).items() if name != run}
    if reason:
        failures[run] = reason
    write_atomically(folder / FAILURES_FILE, msgspec.json.format(msgspec.json.encode(failures), indent=2))
