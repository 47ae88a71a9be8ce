from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from xverify.cli.train import train
from xverify.errors import XverifyError
from xverify.workflows import train as workflow


@pytest.fixture
def data(tmp_path: Path) -> Path:
    random = np.random.default_rng(6)
    for part in ("train", "test"):
        for name in ("left", "right"):
            folder = tmp_path / "data" / part / name
            folder.mkdir(parents=True)
            for index in range(4):
                Image.fromarray(random.integers(0, 256, (5, 8, 3), dtype=np.uint8)).save(folder / f"{index}.png")
    return tmp_path / "data"


def arguments(data: Path, output: Path, *more: str) -> list[str]:
    return ["--data", str(data), "-o", str(output), "--device", "cpu", *more]


def test_trains_and_says_what_came_of_it_and_where_it_is(data: Path, tmp_path: Path) -> None:
    result = CliRunner().invoke(train, arguments(data, tmp_path / "run", "--epochs", "2", "--batch-size", "3"))

    assert result.exit_code == 0, result.output
    assert "epoch 2 of 2: training loss" in result.stderr
    assert "Test accuracy" in result.stdout
    assert "(8 images, seen once)" in result.stdout
    assert str(tmp_path / "run") in result.stdout
    assert (tmp_path / "run" / "checkpoint.safetensors").is_file()


def test_options_that_were_left_out_keep_the_values_of_the_resumed_run(data: Path, tmp_path: Path) -> None:
    runner = CliRunner()
    runner.invoke(train, arguments(data, tmp_path / "run", "--epochs", "1", "--lr", "0.01"), catch_exceptions=False)

    longer = runner.invoke(train, arguments(data, tmp_path / "run", "--resume", "--epochs", "2"))
    changed = runner.invoke(train, arguments(data, tmp_path / "run", "--resume", "--lr", "0.02"))

    assert longer.exit_code == 0
    assert "epoch 1 of" not in longer.stderr
    assert "epoch 2 of 2" in longer.stderr
    assert isinstance(changed.exception, XverifyError)
    assert "learning rate 0.01, not 0.02" in changed.exception.message


def test_an_interruption_says_how_to_continue(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(workflow, "train", interrupted)

    result = CliRunner().invoke(train, arguments(data, tmp_path / "run"))

    assert result.exit_code != 0
    assert f"xverify train --data {data} -o {tmp_path / 'run'} --resume" in result.stderr


@pytest.mark.parametrize("option", [("--epochs", "0"), ("--lr", "0"), ("--batch-size", "-1"), ("--precision", "fp8")])
def test_values_that_make_no_sense_are_refused(data: Path, tmp_path: Path, option: tuple[str, str]) -> None:
    result = CliRunner().invoke(train, arguments(data, tmp_path / "run", *option))

    assert result.exit_code == 2
    assert option[0] in result.stderr
