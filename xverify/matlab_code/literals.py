"""Python values as MATLAB literals. Text that comes from a model is hostile: it can neither end a literal nor leave a comment."""

import math
from collections.abc import Iterable, Sequence

import numpy as np

_WIDTH = 118


def text(value: str) -> str:
    """A character vector: quotes doubled, ASCII alone, no control characters.

    >>> text("it's")
    "'it''s'"
    """
    return "'" + plain(value).replace("'", "''") + "'"


def plain(value: str) -> str:
    """One line of printable ASCII, as a comment may hold it; other characters become '?', line ends a blank.

    >>> plain("a\\n%{ b")
    'a %{ b'
    """
    one_line = " ".join(value.split())
    return "".join(letter if letter.isascii() and letter.isprintable() else "?" for letter in one_line)


def number(value: float) -> str:
    """The shortest literal of a number; integers without a point.

    >>> number(1e-05), number(3.0)
    ('1e-05', '3')
    """
    if math.isnan(value):
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "Inf" if value > 0 else "-Inf"
    return str(int(value)) if value == int(value) and abs(value) < 2**53 else repr(float(value))


def single(value: float) -> str:
    """The shortest literal that gives the same float32: MATLAB computes single with double scalars in single.

    >>> import numpy
    >>> single(numpy.float32(0.1))
    '0.1'
    """
    return number(float(str(np.float32(value))))


def row(values: Iterable[float]) -> str:
    """A row: '[1 2]'; one element alone without brackets."""
    items = [number(value) for value in values]
    return items[0] if len(items) == 1 else f"[{' '.join(items)}]"


def call(function: str, arguments: Sequence[str], indent: int) -> str:
    """A call, continued on further lines where it would become long; the first line is not indented."""
    lines, current = [], f"{function}("
    for position, argument in enumerate(arguments):
        piece = argument + (", " if position + 1 < len(arguments) else ")")
        if len(current) + len(piece) + indent > _WIDTH and not current.endswith("("):
            lines.append(f"{current}...")
            current = " " * (indent + 4)
        current += piece
    return "\n".join([*lines, current if arguments else f"{current})"])
