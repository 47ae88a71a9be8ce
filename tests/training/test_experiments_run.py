"""Whole experiments on a tiny image folder: what they write, what they skip, and what they refuse."""

import csv
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from quick_runs import Killed, kill_in, make_runs_quick
from tiny_image_folder import make_image_folder

from xverify.errors import XverifyError
from xverify.models.cifar import cifar10_net
from xverify.training import experiment_plots
from xverify.workflows import experiments as workflow
from xverify.workflows import train as train_workflow
from xverify.workflows.experiments import ExperimentsRequest, best_run, parse_rows, run_experiments, show_experiments

ROWS = """
title = "Tiny"
[defaults]
batch_size = 4
epochs = 2
[[rows]]
published = 50
[[rows]]
optimizer = "sgd"
momentum = 0.5
[[rows]]
recipe = "modern"
without = ["crop"]
"""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_image_folder(tmp_path_factory.mktemp("data"))


@pytest.fixture(autouse=True)
def _quick_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    make_runs_quick(monkeypatch)
    for name in ("accuracy_plot", "loss_plot", "running_loss_plot"):
        monkeypatch.setattr(experiment_plots, name, lambda rows: f"{len(rows)} rows".encode())


@pytest.fixture
def request_for(data: Path, tmp_path: Path) -> Any:
    def make(text: str = ROWS, **options: Any) -> ExperimentsRequest:
        (tmp_path / "rows.toml").write_text(text)
        return ExperimentsRequest(tmp_path / "rows.toml", tmp_path / "out", data, device="cpu", **options)

    return make


def lines(folder: Path) -> list[dict[str, str]]:
    return list(csv.DictReader((folder / "results.csv").open()))


def test_an_experiment_writes_a_run_folder_a_row_and_its_tables(request_for: Any, tmp_path: Path) -> None:
    said: list[str] = []
    table = run_experiments(request_for(), said.append)

    out = tmp_path / "out"
    assert {entry.name for entry in out.iterdir()} == {
        "experiment.json", "failures.json", "results.csv", "results.md", "accuracy.png", "loss.png", "running-loss.png",
        "row-01", "row-02", "row-03",
    }  # fmt: skip
    assert all((out / f"row-0{n}" / "checkpoint.safetensors").is_file() for n in (1, 2, 3))
    assert [line["status"] for line in lines(out)] == ["finished"] * 3
    assert [line["optimizer"] for line in lines(out)] == ["adam", "sgd", "sgd"]
    first = lines(out)[0]
    assert float(first["test_low"]) <= float(first["test_accuracy"]) <= float(first["test_high"])
    assert first["published_accuracy"] == "0.5"
    assert table == (out / "results.md").read_text() == show_experiments(out)
    assert "| 3 | modern without crop |" in table
    assert [text.split(",")[0] for text in said] == ["row 1", "row 1", "row 2", "row 2", "row 3", "row 3"]


def test_an_interrupted_experiment_goes_on_where_it_stopped(
    request_for: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = tmp_path / "whole"
    run_experiments(request_for())
    shutil.move(tmp_path / "out", whole)
    trained: list[tuple[str, bool]] = []

    def dying(request: Any, observe: Any, loaded: Any) -> Any:
        trained.append((request.output.name, request.resume))
        killed = request.output.name == "row-02" and not request.resume
        return train_workflow.train(request, kill_in(2, 2) if killed else observe, loaded=loaded)

    monkeypatch.setattr(workflow, "train", dying)
    with pytest.raises(Killed):
        run_experiments(request_for())
    assert "1 of 2 epochs" in show_experiments(tmp_path / "out")

    run_experiments(request_for())

    assert trained == [("row-01", False), ("row-02", False), ("row-02", True), ("row-03", False)]
    for name in ("row-01", "row-02", "row-03"):
        weights = [(folder / name / "checkpoint.safetensors").read_bytes() for folder in (whole, tmp_path / "out")]
        assert weights[0] == weights[1]


def test_several_processes_give_the_weights_of_one(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other processes do not see this one's monkeypatches, so this trains the real network, for one epoch."""
    text = '[defaults]\nbatch_size = 5\nepochs = 1\nnetwork = "5-1"\n[[rows]]\n[[rows]]\nlearning_rate = 0.001\n'
    monkeypatch.setattr(train_workflow, "cifar10_net", cifar10_net)
    (tmp_path / "rows.toml").write_text(text)
    for jobs in (1, 2):
        run_experiments(ExperimentsRequest(tmp_path / "rows.toml", tmp_path / f"{jobs}", data, jobs=jobs, device="cpu"))

    for name in ("row-01", "row-02"):
        weights = [(tmp_path / jobs / name / "checkpoint.safetensors").read_bytes() for jobs in ("1", "2")]
        assert weights[0] == weights[1]


def test_rows_can_be_chosen_and_added(request_for: Any, tmp_path: Path) -> None:
    run_experiments(request_for(rows="2"))
    assert [line["status"] for line in lines(tmp_path / "out")] == ["not started", "finished", "not started"]

    run_experiments(request_for(ROWS + "[[rows]]\nflip = true\n", rows="2,4"))

    assert [line["status"] for line in lines(tmp_path / "out")] == ["not started", "finished"] * 2


def test_held_out_images_judge_without_a_look_at_the_test_images(
    request_for: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = run_experiments(request_for('judge = "held-out"\nseeds = [0, 1]\n' + ROWS))

    assert {line["test_accuracy"] for line in lines(tmp_path / "out")} == {""}
    assert {line["status"] for line in lines(tmp_path / "out")} == {"finished"}
    assert [line["seed"] for line in lines(tmp_path / "out")] == ["0", "1"] * 3
    assert "against row 1" in table
    assert "test %" not in table
    monkeypatch.setattr(workflow, "train", None)
    assert run_experiments(request_for('judge = "held-out"\nseeds = [0, 1]\n' + ROWS)) == table


def test_scaled_epochs_are_said(request_for: Any, tmp_path: Path) -> None:
    table = run_experiments(request_for(rows="1", epochs_scale=0.5))

    assert "Scaled down to 0.5 of each row's epochs, rounded, and at least one." in table
    assert lines(tmp_path / "out")[0]["epochs"] == "1"


def test_a_row_that_fails_does_not_stop_the_others(request_for: Any, tmp_path: Path) -> None:
    spoilt = ROWS.replace("momentum = 0.5", "momentum = 0.5\nlearning_rate = 1e30")
    with pytest.raises(XverifyError, match=r"1 runs failed \(row-02\); the first: The loss became"):
        run_experiments(request_for(spoilt))

    status = [line["status"] for line in lines(tmp_path / "out")]
    assert (status[0], status[2]) == ("finished", "finished")
    assert status[1].startswith("failed: The loss became")


def test_a_folder_is_not_mixed_from_different_experiments(request_for: Any, tmp_path: Path, data: Path) -> None:
    run_experiments(request_for(rows="1"))

    with pytest.raises(XverifyError, match=r"at --epochs-scale 1, not 0\.5"):
        run_experiments(request_for(epochs_scale=0.5))
    with pytest.raises(XverifyError, match=r"Row 1 was trained in .*batch size 4, not 5; epochs 2, not 3"):
        run_experiments(request_for(ROWS.replace("batch_size = 4\nepochs = 2", "batch_size = 5\nepochs = 3")))
    other = make_image_folder(tmp_path / "other", classes=("ant", "bee"))
    request_for()
    with pytest.raises(XverifyError, match="Row 1 was trained on other data"):
        run_experiments(ExperimentsRequest(tmp_path / "rows.toml", tmp_path / "out", other, rows="1-2", device="cpu"))


def test_a_folder_of_something_else_is_refused(request_for: Any, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "notes.txt").write_text("mine")

    with pytest.raises(XverifyError, match="not empty"):
        run_experiments(request_for())
    with pytest.raises(XverifyError, match="holds no experiment"):
        show_experiments(tmp_path / "out")


def test_rows_are_numbers_and_ranges() -> None:
    assert parse_rows("1, 14-15", 15) == {1, 14, 15}
    assert parse_rows(None, 3) == {1, 2, 3}


@pytest.mark.parametrize(
    ("text", "message"), [("1,x", "'x' in --rows"), ("16", "1 to 15"), ("0", "1 to 15"), ("3-1", "1 to 15"), ("", "''")]
)
def test_rows_that_there_are_not_are_refused(text: str, message: str) -> None:
    with pytest.raises(XverifyError, match=message):
        parse_rows(text, 15)


def test_the_best_run_is_the_one_with_the_highest_held_out_accuracy(request_for: Any, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run_experiments(request_for(rows="2-3"))
    for row, accuracy in (("row-02", 0.25), ("row-03", 0.5)):
        report = json.loads((out / row / "run.json").read_text())
        (out / row / "run.json").write_text(json.dumps(report | {"held_out_accuracy": accuracy}))
    assert best_run(out) == out / "row-03"

    shutil.rmtree(out / "row-02")
    shutil.rmtree(out / "row-03")
    assert best_run(out) is None
