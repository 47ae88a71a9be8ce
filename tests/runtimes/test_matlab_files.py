"""The MATLAB code is found in a checkout and in an installed package, and all of it is packaged."""

import tomllib
from pathlib import Path

import pytest
import torch
from octave_program import needs_octave, octave
from torch import nn

import xverify
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


@needs_octave
def test_a_bundle_with_the_code_inside_needs_nothing_else(tmp_path: Path) -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(3, 4, (3, 2)), nn.ReLU())
    bundle = xverify.export(model, torch.randn(2, 3, 7, 5), tmp_path / "net", with_matlab=True)
    assert "matlab" not in bundle.manifest.files
    code = "addpath(fullfile(pwd, 'matlab')); result = xverify.verify(pwd); assert(result.passed)"
    environment = {"XVERIFY_CODE": tmp_path, "XVERIFY_TESTS": tmp_path}  # not this checkout's
    result = octave(code, environment, folder=bundle.path)
    assert result.returncode == 0, result.stderr
    assert "PASSED" in result.stdout
    again = xverify.export(model, torch.randn(2, 3, 7, 5), tmp_path / "net", force=True)
    assert not (again.path / "matlab").exists()
