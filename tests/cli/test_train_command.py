import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

import xverify
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
    given = ("--epochs", "1", "--lr", "0.01", "--batch-size", "3")
    runner.invoke(train, arguments(data, tmp_path / "run", *given), catch_exceptions=False)

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


def test_a_recipe_a_variant_and_an_ingredient_left_out(data: Path, tmp_path: Path) -> None:
    given = ("--recipe", "modern", "--without", "crop", "--network", "6-1-norm", "--epochs", "1", "--batch-size", "3")
    result = CliRunner().invoke(train, arguments(data, tmp_path / "run", *given, "--no-test"))

    assert result.exit_code == 0, result.output
    assert "Test images not seen" in result.stdout
    recipe = json.loads((tmp_path / "run" / "run.json").read_text())["recipe"]
    assert (recipe["optimizer"], recipe["crop"], recipe["flip"], recipe["network"]) == ("sgd", 0, True, "6-1-norm")


def test_a_run_is_exported_when_it_is_done(data: Path, tmp_path: Path) -> None:
    given = ("--network", "5-1", "--epochs", "1", "--batch-size", "3", "--export", str(tmp_path / "bundle"))
    result = CliRunner().invoke(train, arguments(data, tmp_path / "run", *given))

    assert result.exit_code == 0, result.output
    bundle = xverify.load_bundle(tmp_path / "bundle")
    assert bundle.manifest.model.classes == ("left", "right")
    assert bundle.manifest.inputs[0].shape == (2, 3, 5, 8)
    assert xverify.compare(bundle).passed


def test_a_bundle_that_exists_is_refused_before_the_training(data: Path, tmp_path: Path) -> None:
    result = CliRunner().invoke(train, arguments(data, tmp_path / "run", "--export", str(data)))

    assert isinstance(result.exception, XverifyError)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("option", [("--epochs", "0"), ("--lr", "0"), ("--batch-size", "-1"), ("--precision", "fp8")])
def test_values_that_make_no_sense_are_refused(data: Path, tmp_path: Path, option: tuple[str, str]) -> None:
    result = CliRunner().invoke(train, arguments(data, tmp_path / "run", *option))

    assert result.exit_code == 2
    assert option[0] in result.stderr
