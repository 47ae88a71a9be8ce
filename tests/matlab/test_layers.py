"""The layer functions of the MATLAB engine against PyTorch, run in Octave."""

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from layer_case import Case
from layer_cases import CASES
from layer_cases_convolution import Convolution, convolutions
from layer_errors import ERRORS, Refused
from scipy.io import savemat

from xverify.bundle.matfile import cell

MATLAB = Path(__file__).parents[2] / "matlab"
LAYERS = MATLAB / "+xverify" / "+layers"


@pytest.fixture(scope="module", autouse=True)
def octave() -> str:
    """Octave's command-line program; its absence is an error where CI is set, so that no run there skips unnoticed."""
    program = shutil.which("octave-cli")
    if program is None:
        assert not os.environ.get("CI"), "octave-cli is not installed"
        pytest.skip("octave-cli is not installed")
    return program


def run(octave: str, code: str, cases: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Runs MATLAB code with the engine and the test functions on the path."""
    environment = {
        **os.environ,
        "XVERIFY_MATLAB_CODE": str(MATLAB),
        "XVERIFY_TESTS": str(MATLAB / "tests"),
        "XVERIFY_CASES": str(cases),
    }
    paths = "addpath(getenv('XVERIFY_MATLAB_CODE')); addpath(getenv('XVERIFY_TESTS'));"
    command = [octave, "-qf", "--no-history", "--eval", f"{paths} {code}"]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)


def check(octave: str, cases: Sequence[Case], folder: Path) -> subprocess.CompletedProcess[str]:
    file = folder / "cases.mat"
    structs = cell([case.struct() for case in cases])
    savemat(file, {"cases": structs}, long_field_names=True, oned_as="column")
    return run(octave, "check_cases(getenv('XVERIFY_CASES'))", file)


def cases_of(op: str) -> list[Case]:
    torch.manual_seed(0)
    return list(CASES[op]())


@pytest.mark.parametrize("op", CASES)
def test_layer_computes_what_pytorch_does(op: str, octave: str, tmp_path: Path) -> None:
    cases = cases_of(op)
    assert {case.op for case in cases} == {op}
    result = check(octave, cases, tmp_path)
    assert result.returncode == 0, result.stderr
    assert result.stdout == f"{len(cases)} cases passed\n", result.stderr


def test_every_layer_function_has_cases() -> None:
    assert sorted(CASES) == sorted(file.stem for file in LAYERS.glob("*.m"))


@pytest.mark.parametrize(
    ("width", "problem"), [(6, "output 1: error "), (7, "output 1: size [4 5 3] instead of [5 4 3]")]
)
def test_exchanged_height_and_width_are_reported(width: int, problem: str, octave: str, tmp_path: Path) -> None:
    """Where they are equal, only the values tell."""
    (case,) = convolutions("convolution2dLayer", F.conv2d, [Convolution((1, 2, 6, width), 3, (3, 3))])
    result = check(octave, [replace(case, expected=[case.expected[0].swapaxes(0, 1)])], tmp_path)
    assert result.returncode == 1
    assert "1 of 1 cases failed:" in result.stderr
    assert problem in result.stderr


@pytest.mark.parametrize("refused", ERRORS, ids=lambda refused: refused.identifier)
def test_layer_refuses(refused: Refused, octave: str, tmp_path: Path) -> None:
    result = check(octave, [refused.case()], tmp_path)
    assert result.returncode == 1
    assert f"  {refused.op} refused: {refused.identifier} {refused.message}" in result.stderr


@pytest.mark.parametrize("file", sorted(LAYERS.glob("*.m")), ids=lambda file: file.stem)
def test_example_of_the_help_text_gives_what_it_says(file: Path, octave: str) -> None:
    """The comment behind its last line is Y element by element, or prose, which is not checked."""
    example = file.read_text().partition("%   Example:\n")[2].partition("%\n")[0].partition("\n\n")[0]
    code = "\n".join(line.removeprefix("%").strip() for line in example.splitlines())
    value = code.rpartition("% ")[2]
    if re.fullmatch(r"[-0-9. ;\[\]]+", value):
        code += f"\nexpected = [{value}]; assert(isequal(double(Y(:)), expected(:)), mat2str(Y));"
    result = run(octave, code)
    assert result.returncode == 0, (code, result.stderr)
