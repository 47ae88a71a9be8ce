"""What a wheel holds: every package of the source, and every file that is not Python. A checkout never notices what is left out."""

import fnmatch
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOT_FOR_USERS = ("matlab/tests/*", "matlab/miss_hit.cfg")


def sources() -> set[str]:
    """The files of the package, relative to the root, those behind the link to the MATLAB code too."""
    package = ROOT / "xverify"
    listed = [*package.rglob("*"), *(package / "matlab").rglob("*")]
    files = {str(path.relative_to(package)) for path in listed if path.is_file() and "__pycache__" not in path.parts}
    return {f"xverify/{name}" for name in files if not any(fnmatch.fnmatch(name, pattern) for pattern in NOT_FOR_USERS)}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The files of a wheel, built without a download; the folder `build` of the checkout is left alone."""
    folder = tmp_path_factory.mktemp("wheel")
    copied = folder / "source"
    copied.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE", "xverify", "matlab"):
        subprocess.run(["cp", "-a", str(ROOT / name), str(copied)], check=True)
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "-q",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        str(folder),
        str(copied),
    ]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr[-2000:]
    (file,) = folder.glob("*.whl")
    with zipfile.ZipFile(file) as archive:
        return {name for name in archive.namelist() if name.startswith("xverify/")}


def test_a_wheel_holds_every_file_of_the_package(wheel: set[str]) -> None:
    assert sorted(sources() - wheel) == []


def test_a_wheel_holds_nothing_else(wheel: set[str]) -> None:
    assert sorted(wheel - sources()) == []


def test_the_checks_see_the_code_of_every_side() -> None:
    files = sources()
    for name in ("xverify/matlab_code/readme.py", "xverify/matlab/+xverify/verify.m", "xverify/py.typed"):
        assert name in files
