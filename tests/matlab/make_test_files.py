"""Writes what matlab/tests needs: `python tests/matlab/make_test_files.py FOLDER` makes FOLDER/bundles and FOLDER/cases.

In MATLAB: setenv('XVERIFY_TEST_BUNDLES', ...), setenv('XVERIFY_TEST_CASES', ...), then runtests('matlab/tests').
"""

import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import torch
from layer_case import Case
from layer_cases import CASES
from matlab_bundles import export_images, export_sequences
from scipy.io import savemat

from xverify.bundle.matfile import cell


def make_bundles(folder: Path) -> None:
    """The bundles `images` and `sequences`."""
    export_images(folder / "images")
    export_sequences(folder / "sequences")


def make_cases(folder: Path, cases: Mapping[str, Callable[[], Iterable[Case]]]) -> None:
    """One case file a layer function."""
    folder.mkdir(parents=True)
    for op, make in cases.items():
        torch.manual_seed(0)
        structs = cell([case.struct() for case in make()])
        savemat(folder / f"{op}.mat", {"cases": structs}, long_field_names=True, oned_as="column")


if __name__ == "__main__":
    make_bundles(Path(sys.argv[1]) / "bundles")
    make_cases(Path(sys.argv[1]) / "cases", CASES)
