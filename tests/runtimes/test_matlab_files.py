"""The MATLAB code is found in a checkout and in an installed package, and all of it is packaged."""

import tomllib
from pathlib import Path

import pytest

from xverify.errors import XverifyError
from xverify.runtimes.matlab_files import matlab_folder

ROOT = Path(__file__).parents[2]


def test_the_checkouts_code_is_found() -> None:
    assert matlab_folder() == ROOT / "matlab"


@pytest.mark.parametrize("place", ["site-packages/xverify/matlab", "site-packages/matlab"])
def test_it_is_found_inside_the_package_and_beside_it(tmp_path: Path, place: str) -> None:
    package = tmp_path / "site-packages" / "xverify"
    package.mkdir(parents=True)
    with pytest.raises(XverifyError, match="has no MATLAB code"):
        matlab_folder(package)
    code = tmp_path / place / "+xverify"
    code.mkdir(parents=True)
    (code / "run.m").touch()
    assert matlab_folder(package) == code.parent


def test_every_file_of_the_package_is_in_the_wheel() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    patterns = [item for item in project["tool"]["setuptools"]["package-data"]["xverify"] if item.startswith("matlab/")]
    packaged = {path.resolve() for pattern in patterns for path in (ROOT / "xverify").glob(pattern)}
    assert packaged == set((ROOT / "matlab" / "+xverify").rglob("*.m"))
    assert len(packaged) > 100
