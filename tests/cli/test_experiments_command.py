import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from xverify.cli.experiments import experiments
from xverify.errors import XverifyError

ROWS = '[defaults]\nbatch_size = 4\nepochs = 4\nnetwork = "5-1"\n[[rows]]\npublished = 70\n[[rows]]\nlearning_rate = 0.01\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "rows.toml").write_text(ROWS)
    random = np.random.default_rng(6)
    for part in ("train", "test"):
        for name in ("left", "right"):
            (tmp_path / "data" / part / name).mkdir(parents=True)
            for index in range(4):
                pixels = random.integers(0, 256, (5, 8, 3), dtype=np.uint8)
                Image.fromarray(pixels).save(tmp_path / "data" / part / name / f"{index}.png")
    return tmp_path


def test_runs_the_chosen_rows_and_shows_the_table_again(folder: Path) -> None:
    out = str(folder / "out")
    given = ["--data", str(folder / "data"), "-o", out, "--rows", "2", "--epochs-scale", "0.25", "--device", "cpu"]

    ran = CliRunner().invoke(experiments, ["run", str(folder / "rows.toml"), *given], catch_exceptions=False)
    shown = CliRunner().invoke(experiments, ["show", out], catch_exceptions=False)

    assert (ran.exit_code, shown.exit_code) == (0, 0)
    assert "row 2, seed 0: epoch 1 of 1" in ran.stderr
    assert shown.stdout.strip() in ran.stdout
    assert f"xverify export {Path(out) / 'row-02'} -o BUNDLE" in ran.stdout
    assert "| 1 | 5-1 | adam | 0.0005 | 4 | 1 | no | 70 |" in shown.stdout
    assert "not started" in shown.stdout
    assert (folder / "out" / "row-02" / "checkpoint.safetensors").is_file()
    assert (folder / "out" / "accuracy.png").read_bytes().startswith(b"\x89PNG")


def test_a_typo_in_the_file_is_refused(folder: Path) -> None:
    (folder / "rows.toml").write_text("[[rows]]\nepoch = 3")

    result = CliRunner().invoke(
        experiments, ["run", str(folder / "rows.toml"), "--data", "x", "-o", str(folder / "out")]
    )

    assert isinstance(result.exception, XverifyError)
    assert "line 2, row 1: the key 'epoch' is unknown. Did you mean 'epochs'?" in result.exception.message


@pytest.mark.parametrize("option", [("--epochs-scale", "0"), ("--jobs", "0"), ("--device", "tpu")])
def test_values_that_make_no_sense_are_refused(folder: Path, option: tuple[str, str]) -> None:
    given = ["--data", str(folder / "data"), "-o", str(folder / "out"), *option]
    result = CliRunner().invoke(experiments, ["run", str(folder / "rows.toml"), *given])

    assert result.exit_code == 2
    assert option[0] in result.stderr


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_to_the_command_alone_ends_the_networks_that_train_beside_it(
    folder: Path, stop: signal.Signals
) -> None:
    (folder / "rows.toml").write_text(ROWS.replace("epochs = 4", "epochs = 4000"))
    given = ["--data", str(folder / "data"), "-o", str(folder / "out"), "--jobs", "2", "--device", "cpu"]
    process = subprocess.Popen(
        [sys.executable, "-m", "xverify", "experiments", "run", str(folder / "rows.toml"), *given],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        assert process.stderr is not None
        assert any("row 1, seed 0: epoch 2 of 4000" in line for line in process.stderr)
        process.send_signal(stop)
        process.communicate(timeout=60)  # until the last process that can write to its stderr is gone
        assert process.returncode == 130
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
