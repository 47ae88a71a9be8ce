"""GNU Octave in tests: where it is absent a test skips and says so, except in CI, where that would lose tests unnoticed."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

CODE = Path(__file__).parents[1] / "matlab"
IS_MISSING = shutil.which("octave-cli") is None
needs_octave = pytest.mark.skipif(IS_MISSING and not os.environ.get("CI"), reason="GNU Octave is not installed")


def octave(
    code: str, environment: Mapping[str, str | Path] | None = None, folder: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Runs a line of code with the MATLAB code on the path; paths are read with getenv."""
    variables = {
        "XVERIFY_CODE": CODE,
        "XVERIFY_TESTS": CODE / "tests",
        "OMP_NUM_THREADS": "1",
        **(environment or {}),
    }
    command = [
        "octave-cli",
        "-qf",
        "--no-history",
        "--eval",
        f"addpath(getenv('XVERIFY_CODE'), getenv('XVERIFY_TESTS')); {code}",
    ]
    return subprocess.run(
        command,
        cwd=folder,
        env=os.environ | {name: str(value) for name, value in variables.items()},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
