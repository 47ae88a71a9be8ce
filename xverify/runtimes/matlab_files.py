"""Where the MATLAB code of this installation lies: in the wheel inside the package, in a checkout beside it."""

from pathlib import Path

import xverify
from xverify.errors import XverifyError


def matlab_folder() -> Path:
    """The folder to put on MATLAB's path: it holds `+xverify`.

    Raises:
        XverifyError: The installation lacks it.
    """
    package = Path(xverify.__file__).resolve().parent
    for folder in (package / "matlab", package.parent / "matlab"):
        if (folder / "+xverify" / "run.m").is_file():
            return folder.resolve()
    raise XverifyError(
        "This installation of xverify has no MATLAB code.", "Install it again: pip install --force-reinstall xverify."
    )
