"""`--classes FILE`: the names of a classifier's classes, in the order of its outputs."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

from xverify.errors import XverifyError

_FORMS = 'One name a line, or in a .json file a list of names or {"0": name, "1": name, ...}; UTF-8.'


def read_classes(path: Path) -> tuple[str, ...]:
    """The names in the file: one a line, or, in a .json file, a list or an object from index to name.

    Raises:
        XverifyError: The file cannot be read, or its names are blank, not unique (MATLAB's categories must be) or
            not numbered from 0 without a gap.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        names = (
            _from_json(json.loads(text), path)
            if path.suffix.lower() == ".json"
            else text.removesuffix("\n").split("\n")
        )
    except OSError as error:
        raise XverifyError(f"The class names in {path} cannot be read: {error.strerror}.", _FORMS) from error
    except ValueError as error:  # neither UTF-8 nor JSON
        raise XverifyError(f"{path} holds no class names: {error}", _FORMS) from error
    return _checked([name.strip() for name in names], path)


def _from_json(content: Any, path: Path) -> list[str]:
    names = _in_order(content, path) if isinstance(content, dict) else content
    if isinstance(names, list) and all(isinstance(name, str) for name in names):
        return names
    raise XverifyError(f"{path} holds something else than names.", _FORMS)


def _in_order(content: dict[str, Any], path: Path) -> list[Any]:
    indices = [str(index) for index in range(len(content))]
    if set(content) != set(indices):
        raise XverifyError(f"The indices in {path} are not 0 to {len(content) - 1}.", _FORMS)
    return [content[index] for index in indices]


def _checked(names: list[str], path: Path) -> tuple[str, ...]:
    for line, name in enumerate(names, start=1):
        if not name:
            raise XverifyError(
                f"{path}: name {line} is blank.", "Every class needs a name: a missing one would shift all that follow."
            )
    repeated = [name for name, count in Counter(names).items() if count > 1]
    if repeated:
        raise XverifyError(
            f"{path}: these names occur more than once: {', '.join(repeated)}.",
            "MATLAB's categories are unique; rename one, e.g. 'crane (bird)'.",
        )
    if not names:
        raise XverifyError(f"{path} holds no names.", _FORMS)
    return tuple(names)
