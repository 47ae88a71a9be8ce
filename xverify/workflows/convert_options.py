"""What `xverify convert` takes on the command line, read without torch: a converter needs none."""

import re
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xverify.errors import XverifyError

_FORM = re.compile(r"(?P<name>.+)=(?P<shape>scalar|[1-9][0-9]*(x[1-9][0-9]*)*)")


def parse_shapes(texts: Sequence[str]) -> dict[str, tuple[int, ...]]:
    """Reads `NAME=SHAPE`, as in 'image=1x3x224x224'.

    Raises:
        XverifyError: Anything else.
    """
    shapes: dict[str, tuple[int, ...]] = {}
    for text in texts:
        found = _FORM.fullmatch(text.strip())
        if found is None:
            raise XverifyError(f"--input {text}: this is not understood.", "NAME=SHAPE, e.g. image=1x3x224x224.")
        sizes = [] if found["shape"] == "scalar" else found["shape"].split("x")
        shapes[found["name"]] = tuple(int(size) for size in sizes)
    return shapes


def read_data(path: Path | None) -> dict[str, NDArray[Any]]:
    """Arrays by the names of the inputs that they are for, from a .npz file.

    Raises:
        XverifyError: It cannot be read.
    """
    if path is None:
        return {}
    hint = "Write it with numpy.savez(path, NAME=array, ...), NAME being the input's."
    try:
        content = np.load(path, allow_pickle=False)
        if isinstance(content, np.ndarray):
            raise XverifyError(f"{path} holds one array without a name.", hint)
        return {name: content[name] for name in content.files}
    except FileNotFoundError:
        raise XverifyError(f"{path} does not exist.", hint) from None
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise XverifyError(f"{path} cannot be read: {error}.", hint) from error
