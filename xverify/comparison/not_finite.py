"""NaN and Inf beside JSON, which has neither: they stand as null, and a table names each place and what stood there.

With the table a saved result can be read back exactly; a reader who does not know it sees null and loses no verdict.
"""

import math
from collections.abc import Iterable, Mapping
from typing import Any

NAMES = {"NaN": math.nan, "Inf": math.inf, "-Inf": -math.inf}
"""What the table calls a number, and the number."""


def not_finite(plain: Any) -> dict[str, list[str]]:
    """The places of NaN, Inf and -Inf in nested dicts and lists, as JSON pointers (RFC 6901); no entry for what is nowhere.

    >>> not_finite({"layers": [{"error": math.inf}, {"error": 0.5}]})
    {'Inf': ['/layers/0/error']}
    """
    found: dict[str, list[str]] = {}
    _collect(plain, [], found)
    return found


def _collect(value: Any, path: list[str], found: dict[str, list[str]]) -> None:
    """Adds the places below `path`; a pointer is made for those alone, as a large network has millions of numbers."""
    if isinstance(value, dict):
        items: Iterable[tuple[Any, Any]] = value.items()
    elif isinstance(value, list | tuple):
        items = enumerate(value)
    else:
        if isinstance(value, float) and not math.isfinite(value):
            name = "NaN" if math.isnan(value) else "Inf" if value > 0 else "-Inf"
            found.setdefault(name, []).append("".join(f"/{key.replace('~', '~0').replace('/', '~1')}" for key in path))
        return
    for key, item in items:
        if isinstance(item, float | dict | list | tuple):
            path.append(str(key))
            _collect(item, path, found)
            path.pop()


def restore(plain: Any, table: Mapping[str, list[str]]) -> None:
    """Puts the numbers of a table back where null stands; changes `plain`, which holds dicts and lists.

    Raises:
        ValueError: A number that is none of `NAMES`, or a place that is not there or holds something.
    """
    for name, pointers in table.items():
        if name not in NAMES:
            raise ValueError(f"'{name}' is no number")
        for pointer in pointers:
            _put(plain, pointer, NAMES[name])


def _put(plain: Any, pointer: str, number: float) -> None:
    *path, last = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]] or [""]
    try:
        for part in path:
            plain = plain[int(part) if isinstance(plain, list) else part]
        place = int(last) if isinstance(plain, list) else last
        if plain[place] is not None:
            raise ValueError(f"'{pointer}' holds a value")
        plain[place] = number
    except (KeyError, IndexError, TypeError) as error:
        raise ValueError(f"there is no '{pointer}'") from error
