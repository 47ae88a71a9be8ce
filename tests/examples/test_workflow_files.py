"""The workflow files that a user copies: actionlint accepts them, and their commands run as they stand there.

A project of its own is made for each run: the example model, and the workflow file where it says that it belongs. The commands of
a job run in order, by the shell and with the flags that GitHub's and GitLab's runners use. Replaced are: the commands that install
(`pip install`, `apt-get`), by the present environment, which has xverify, torch and, for its job, GNU Octave; the actions (`uses:`),
by nothing, since each job's files lie in the one folder already.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from octave_program import needs_octave

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples" / "ci"
GITHUB, GITLAB = EXAMPLES / "github-actions.yml", EXAMPLES / "gitlab-ci.yml"
WORKFLOWS = [GITHUB, *sorted((ROOT / ".github" / "workflows").glob("*.yml"))]

BINARIES = Path(sys.executable).parent
SEARCHED = os.pathsep.join([str(BINARIES), os.environ.get("PATH", "")])
INSTALLS = re.compile(r"(sudo )?(pip install|apt-get) ")

FAULT = "torch.relu(self.conv2(x))", "torch.relu(self.conv2(x)) * 0.0"
"""A model whose later layers are all zero: they prove nothing, so the comparison fails."""


# --- actionlint ----------------------------------------------------------------------------------------------------


def lint(file: Path) -> subprocess.CompletedProcess[str]:
    actionlint = shutil.which("actionlint", path=SEARCHED)
    if actionlint is None:
        pytest.skip("actionlint is not installed; for x86-64 Linux it comes with `make`")
    shellcheck = shutil.which("shellcheck", path=SEARCHED) or ""
    command = [actionlint, "-no-color", "-shellcheck", shellcheck, "-pyflakes", "", str(file)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_actionlint_accepts_every_workflow_file(file: Path) -> None:
    result = lint(file)
    assert (result.returncode, result.stdout + result.stderr) == (0, "")


@pytest.mark.parametrize(
    ("right", "wrong", "finding"),
    [
        ("needs: parity", "needs: parities", "parities"),
        ("runs-on: ubuntu-latest", "run-on: ubuntu-latest", "run-on"),
        ("${{ vars.XVERIFY_MATLAB == 'true' }}", "${{ var.XVERIFY_MATLAB == 'true' }}", "undefined variable"),
        ("xverify compare my-net", "xverify compare $NET", "SC2086"),
    ],
)
def test_a_wrong_workflow_file_is_seen(tmp_path: Path, right: str, wrong: str, finding: str) -> None:
    text = GITHUB.read_text(encoding="utf-8")
    assert right in text
    file = tmp_path / "parity.yml"
    file.write_text(text.replace(right, wrong), encoding="utf-8")
    result = lint(file)
    assert result.returncode == 1
    assert finding in result.stdout


# --- the commands --------------------------------------------------------------------------------------------------


def github_commands(job: str) -> list[str]:
    """The `run:` steps of a job, as GitHub gives them to bash."""
    steps = read(GITHUB)["jobs"][job]["steps"]
    return [step["run"] for step in steps if "run" in step]


def gitlab_commands(job: str) -> list[str]:
    """The lines of a job, as GitLab gives them to the shell."""
    content = read(GITLAB)[job]
    return [*content["before_script"], *content["script"]]


def read(file: Path) -> dict[str, Any]:
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    assert isinstance(content, dict)
    return content


def without_installs(command: str) -> str:
    """The command, its lines that install something left out."""
    return "\n".join(line for line in command.splitlines() if not INSTALLS.match(line))


def run(commands: Sequence[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Runs a job's commands one by one until one fails, and returns the last that ran."""
    environment = os.environ | {
        "PATH": SEARCHED,
        "OMP_NUM_THREADS": "1",
        "GITHUB_ACTIONS": "true",
        "GITHUB_WORKSPACE": str(folder),
        "GITHUB_STEP_SUMMARY": str(folder / "summary.md"),
    }
    kept = [text for text in map(without_installs, commands) if text.strip()]
    assert kept
    for command in kept:
        script = folder.parent / "step.sh"
        script.write_text(command, encoding="utf-8")
        shell = ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)]
        result = subprocess.run(
            shell, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=280
        )
        if result.returncode:
            break
    return result


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A user's repository: the example's model and test, and the workflow file in its place."""
    folder = tmp_path / "project"
    (folder / ".github" / "workflows").mkdir(parents=True)
    shutil.copy(GITHUB, folder / ".github" / "workflows" / "parity.yml")
    for file in EXAMPLES.glob("*.py"):
        shutil.copy(file, folder)
    return folder


def test_only_installs_are_left_out() -> None:
    commands = [
        *github_commands("parity"),
        *github_commands("octave"),
        *gitlab_commands("parity"),
        *gitlab_commands("octave"),
    ]
    lines = [line for command in commands for line in command.splitlines() if line.strip()]
    left_out = [line for line in lines if INSTALLS.match(line)]
    assert {shlex.split(line)[0] for line in lines if line not in left_out} == {"xverify"}
    assert {" ".join(shlex.split(line.removeprefix("sudo "))[:2]) for line in left_out} == {
        "pip install", "apt-get update", "apt-get install",
    }  # fmt: skip


def test_the_parity_job_of_github_runs_as_written(project: Path) -> None:
    result = run(github_commands("parity"), project)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "PASSED" in result.stdout
    assert not [line for line in result.stdout.splitlines() if line.startswith("::error")]
    uploaded = read(GITHUB)["jobs"]["parity"]["steps"][-1]["with"]["path"].split()
    assert [name for name in uploaded if not (project / name).exists()] == []
    assert json.loads((project / "parity.json").read_text(encoding="utf-8"))["coverage"] == {"compared": 8, "total": 8}
    assert (project / "summary.md").read_text(encoding="utf-8").startswith("## ✅ PASSED: my-net")


def test_a_network_that_fails_stops_the_job_and_says_why(project: Path) -> None:
    model = project / "my_model.py"
    text = model.read_text(encoding="utf-8")
    assert FAULT[0] in text
    model.write_text(text.replace(*FAULT), encoding="utf-8")
    result = run(github_commands("parity"), project)
    assert result.returncode == 1, result.stdout + result.stderr
    assert "FAILED" in result.stdout
    assert [line for line in result.stdout.splitlines() if line.startswith("::error")]
    for name in ("parity.json", "parity.xml", "parity.md", "summary.md"):
        assert (project / name).stat().st_size
    assert (project / "summary.md").read_text(encoding="utf-8").startswith("## ❌ FAILED: my-net")


def test_a_model_that_cannot_be_exported_stops_the_job(project: Path) -> None:
    (project / "my_model.py").write_text("def build():\n    return 3\n", encoding="utf-8")
    result = run(github_commands("parity"), project)
    assert result.returncode == 2
    assert result.stderr.splitlines()[-1].lstrip().startswith("TIP ")
    assert not (project / "parity.json").exists()


@needs_octave
def test_the_octave_job_of_github_runs_on_the_bundle_of_the_parity_job(project: Path) -> None:
    assert run(github_commands("parity"), project).returncode == 0
    for file in project.glob("*.py"):
        file.unlink()  # that job has the code, and needs only the bundle
    result = run(github_commands("octave"), project)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "against GNU Octave" in result.stdout
    assert list(project.glob(read(GITHUB)["jobs"]["octave"]["steps"][-1]["with"]["path"]))


def test_the_parity_job_of_gitlab_runs_as_written(project: Path) -> None:
    result = run(gitlab_commands("parity"), project)
    assert result.returncode == 0, result.stdout + result.stderr
    artifacts = read(GITLAB)["parity"]["artifacts"]
    for name in (*artifacts["paths"], artifacts["reports"]["junit"]):
        assert (project / name).exists()


@needs_octave
def test_the_octave_job_of_gitlab_runs_on_the_bundle_of_the_parity_job(project: Path) -> None:
    assert run(gitlab_commands("parity"), project).returncode == 0
    result = run(gitlab_commands("octave"), project)
    assert result.returncode == 0, result.stdout + result.stderr
    artifacts = read(GITLAB)["octave"]["artifacts"]
    assert all((project / name).exists() for name in (*artifacts["paths"], artifacts["reports"]["junit"]))


def test_the_matlab_job_calls_what_the_bundle_and_the_manual_have(project: Path) -> None:
    """MATLAB is not here. What can be checked: the function and its option exist, and `export` puts the code into the bundle."""
    steps = read(GITHUB)["jobs"]["matlab"]["steps"]
    (command,) = [
        step["with"]["command"] for step in steps if step.get("uses", "").startswith("matlab-actions/run-command")
    ]
    assert command == "addpath('my-net/matlab'); xverify.verify('my-net', 'Output', 'activations.mat')"
    assert "--with-matlab" in " ".join(github_commands("parity"))
    code = (ROOT / "matlab" / "+xverify" / "verify.m").read_text(encoding="utf-8")
    assert "Output" in code


def test_the_test_of_the_example_passes(project: Path) -> None:
    result = run(["python -m pytest -q -p no:cacheprovider"], project)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "xverify: 1 network compared, 8 layers, 0 failed" in result.stdout.splitlines()
