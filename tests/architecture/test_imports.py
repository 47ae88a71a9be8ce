"""What may import what: the contracts of pyproject.toml hold, heavy packages stay away, and both checks can fail."""

import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

HEAVY = {"matplotlib", "numpy", "onnx", "onnx_ir", "onnxruntime", "onnxscript", "rich", "scipy", "torch", "torchvision"}
"""Packages that cost tens of milliseconds or more to import."""

UPWARDS = "Data flows one way: each package imports only what stands below it"
TORCH = "Comparing needs neither torch nor onnx"
SCIPY = "Only bundle.matfile reads and writes .mat files"


def run_python(*arguments: str, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """A fresh interpreter: this one has imported everything already."""
    return subprocess.run([sys.executable, *arguments], cwd=folder, capture_output=True, text=True, check=False)


def packages_loaded_by(*arguments: str) -> set[str]:
    """The top-level packages that a Python command imports."""
    result = run_python("-X", "importtime", *arguments)
    assert result.returncode == 0, result.stderr[-2000:]
    names = re.findall(r"^import time: +\d+ \| +\d+ \| +(\S+)$", result.stderr, re.MULTILINE)
    assert names
    return {name.partition(".")[0] for name in names}


def lint_imports(folder: Path) -> str:
    """What import-linter says about the package in `folder`, without colours, one blank between words."""
    result = run_python(
        "-c", "from importlinter.cli import lint_imports_command as c; c()", "--no-cache", folder=folder
    )
    return " ".join(result.stdout.split())


def test_the_contracts_hold() -> None:
    assert " kept, 0 broken." in lint_imports(ROOT)


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """The package and its contracts, to plant imports in."""
    shutil.copytree(ROOT / "xverify", tmp_path / "xverify", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_a_faithful_copy_keeps_the_contracts(copied: Path) -> None:
    assert " kept, 0 broken." in lint_imports(copied)


@pytest.mark.parametrize(
    ("module", "forbidden", "contract"),
    [
        ("bundle/hashing.py", "xverify.comparison.metrics", UPWARDS),
        ("comparison/metrics.py", "xverify.report.text", UPWARDS),
        ("comparison/metrics.py", "torch", TORCH),
        ("runtimes/onnxruntime.py", "onnx", TORCH),
        ("comparison/metrics.py", "scipy", SCIPY),
        ("runtimes/recorded.py", "scipy.io", SCIPY),
    ],
)
def test_a_planted_import_breaks_its_contract(copied: Path, module: str, forbidden: str, contract: str) -> None:
    path = copied / "xverify" / module
    path.write_text(f"{path.read_text(encoding='utf-8')}\nimport {forbidden}\n", encoding="utf-8")
    report = lint_imports(copied)
    assert " kept, 1 broken." in report
    assert f"{contract} BROKEN" in report


@pytest.mark.parametrize("command", ["", "train", "export", "compare", "inspect"])
def test_help_loads_nothing_heavy(command: str) -> None:
    assert not packages_loaded_by("-m", "xverify", *command.split(), "--help") & HEAVY


def test_the_package_loads_nothing_heavy() -> None:
    assert not packages_loaded_by("-c", "import xverify") & HEAVY


def test_comparing_loads_neither_torch_nor_onnx_nor_scipy() -> None:
    code = (
        "import xverify.workflows.compare, xverify.comparison.compare, xverify.runtimes.onnxruntime, "
        "xverify.report.terminal"
    )
    assert packages_loaded_by("-c", code) & HEAVY == {"numpy", "rich"}


def test_a_heavy_import_is_seen() -> None:
    assert packages_loaded_by("-c", "import scipy") & HEAVY == {"numpy", "scipy"}


@pytest.mark.parametrize("package", sorted(HEAVY))
def test_the_heavy_packages_are_spelled_as_they_are_imported(package: str) -> None:
    assert importlib.util.find_spec(package)
