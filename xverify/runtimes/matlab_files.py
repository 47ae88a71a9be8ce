"""Where the MATLAB code of this installation lies: in the wheel inside the package, in a checkout beside it."""

from pathlib import Path

from xverify.errors import XverifyError

PACKAGE = Path(__file__).resolve().parents[1]


def matlab_folder(package: Path = PACKAGE) -> Path:
    """The folder to put on MATLAB's path: it holds `+xverify`.

    Args:
        package: The folder of the Python package.

    Raises:
        XverifyError: The installation lacks it.
    """
    for folder in (package / "matlab", package.parent / "matlab"):
        if (folder / "+xverify" / "run.m").is_file():
            return folder.resolve()
    raise XverifyError(
        "This installation of xverify has no MATLAB code.", "Install it again: pip install --force-reinstall xverify."
    )
