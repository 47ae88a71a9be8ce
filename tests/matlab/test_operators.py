"""The MATLAB functions of ONNX operators against the onnx package's own tests, its reference evaluator and PyTorch, run in Octave."""

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from operator_case import EXACT, FOLDER, MATLAB, Case, numbers
from operator_cases import LEFT_OUT, implemented, left_out, node_cases, node_models
from operator_errors import REFUSED
from operator_grid import GROUPS
from scipy.io import savemat

from xverify.bundle.matfile import cell

EXAMPLE = re.compile(r"%   Example:\n((?:%     .*\n)+)")
IDENTIFIER = re.compile(r"xverify:[A-Za-z0-9]+:[a-z_]+")


@pytest.fixture(scope="module")
def octave() -> str:
    """Octave's command-line program; its absence is an error where CI is set, so that no run there skips unnoticed."""
    program = shutil.which("octave-cli")
    if program is None:
        assert not os.environ.get("CI"), "octave-cli is not installed"
        pytest.skip("octave-cli is not installed")
    return program


def run(octave: str, code: str, **variables: Path) -> subprocess.CompletedProcess[str]:
    """Runs MATLAB code with the engine and the test functions on the path."""
    names = {name: str(path) for name, path in variables.items()}
    environment = {**os.environ, "XVERIFY_MATLAB_CODE": str(MATLAB), "XVERIFY_TESTS": str(MATLAB / "tests"), **names}
    paths = "addpath(getenv('XVERIFY_MATLAB_CODE')); addpath(getenv('XVERIFY_TESTS'));"
    command = [octave, "-qf", "--no-history", "--eval", f"{paths} {code}"]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)


def check(octave: str, cases: Sequence[Case], folder: Path) -> subprocess.CompletedProcess[str]:
    file = folder / "cases.mat"
    savemat(file, {"cases": cell([case.struct() for case in cases])}, long_field_names=True, oned_as="column")
    return run(octave, "check_cases(getenv('XVERIFY_CASES'))", XVERIFY_CASES=file)


def require_passed(result: subprocess.CompletedProcess[str], cases: Sequence[Case]) -> None:
    assert result.returncode == 0, result.stderr
    assert result.stdout == f"{len(cases)} cases passed\n", result.stderr


@pytest.mark.parametrize("op", implemented())
def test_operator_computes_what_the_onnx_package_expects(op: str, octave: str, tmp_path: Path) -> None:
    names = [name for name in node_models().get(op, []) if not left_out(name)]
    if not names:
        assert op == "Constant"  # the own cases try it
        return
    cases = [case for name in names for case in node_cases(name)]
    require_passed(check(octave, cases, tmp_path), cases)


@pytest.mark.parametrize("group", GROUPS)
def test_operators_compute_what_exported_networks_mean(group: str, octave: str, tmp_path: Path) -> None:
    cases = list(GROUPS[group]())
    require_passed(check(octave, cases, tmp_path), cases)


def test_every_operator_has_cases() -> None:
    tried = {op for op, names in node_models().items() if not all(map(left_out, names))}
    tried |= {case.op for make in GROUPS.values() for case in make()}
    assert implemented()
    assert set(implemented()) <= tried
    assert set(implemented()) >= EXACT


def test_every_test_model_is_run_or_left_out_for_a_reason() -> None:
    """A model that is not in the table is run: `node_cases` raises on what has no class in MATLAB."""
    names = [name for op in implemented() for name in node_models().get(op, [])]
    run_ = [name for name in names if not left_out(name)]
    assert len(run_) > 700
    assert all(list(node_cases(name)) for name in run_)
    used = {pattern for name in names for pattern in left_out(name)}
    assert used == set(LEFT_OUT)
    assert all(LEFT_OUT.values())


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda y: y.swapaxes(0, 1), "error "),
        (lambda y: y.swapaxes(1, 2), "size [5 4 3 3] instead of [5 3 4 3]"),
        (lambda y: y[0], "another rank"),
        (lambda y: y.astype(np.float64), "class single instead of double"),
    ],
)
def test_wrong_expectation_is_reported(change: Any, problem: str, octave: str, tmp_path: Path) -> None:
    """Exchanged axes of one size have no other size: only the values tell."""
    x = numbers(3, 3, 4, 5)
    wrong = Case("Identity", "wrong", [x], [change(x)])
    result = check(octave, [replace(wrong, expected=[x]), wrong], tmp_path)
    assert result.returncode == 1
    assert "1 of 2 cases failed:" in result.stderr
    assert f"  Identity wrong: output 1: {problem}" in result.stderr


def test_operators_refuse_what_they_do_not_support(octave: str, tmp_path: Path) -> None:
    cases = [
        Case(item.op, f"refused {k}", item.inputs, [numbers(1)], item.attributes) for k, item in enumerate(REFUSED)
    ]
    result = check(octave, cases, tmp_path)
    assert f"{len(cases)} of {len(cases)} cases failed:" in result.stderr
    for k, item in enumerate(REFUSED):
        assert f"  {item.op} refused {k}: {item.identifier} {item.op}" in result.stderr


def test_every_documented_error_is_tried() -> None:
    documented = {identifier for path in FOLDER.glob("*.m") for identifier in IDENTIFIER.findall(path.read_text())}
    assert documented == {item.identifier for item in REFUSED}


def test_examples_run(octave: str, tmp_path: Path) -> None:
    """Each function's help has an example, and it runs."""
    files = [*sorted(FOLDER.glob("*.m")), *sorted((MATLAB / "+xverify" / "+internal").glob("operator_*.m"))]
    script = tmp_path / "examples.m"
    script.write_text("".join(map(_example, files)))
    result = run(octave, "run(getenv('XVERIFY_EXAMPLES')); fprintf('done\\n');", XVERIFY_EXAMPLES=script)
    assert result.returncode == 0, result.stderr
    assert result.stdout.endswith("done\n")
    assert "failed" not in result.stdout, result.stdout


def _example(file: Path) -> str:
    found = EXAMPLE.search(file.read_text())
    assert found, f"{file.name} has no example"
    lines = [line[6:] for line in found[1].splitlines()]
    assert lines, file.name
    return "\n".join(
        ["clear; try", *lines, "catch e", f"  fprintf('{file.stem} failed: %s\\n', e.message);", "end", ""]
    )
