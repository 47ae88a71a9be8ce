"""Layer ids: valid MATLAB identifiers of at most 20 characters, unique and readable.

20, because MATLAB's ONNX importer cuts names there and numbers the clashes: a name that it need not touch is the name
that the user sees in Deep Network Designer.
"""

import re

MAX_LENGTH = 20

# MATLAB's iskeyword(), and `ans`, which every unassigned expression overwrites.
_RESERVED = {
    "break", "case", "catch", "classdef", "continue", "else", "elseif", "end", "for", "function", "global", "if",
    "otherwise", "parfor", "persistent", "return", "spmd", "switch", "try", "while", "ans",
}  # fmt: skip


_IDENTIFIER = re.compile(rf"[A-Za-z][A-Za-z0-9_]{{0,{MAX_LENGTH - 1}}}")


def is_identifier(name: str) -> bool:
    """Whether a name may stand in MATLAB as it is: a valid identifier of at most `MAX_LENGTH` characters, no keyword."""
    return bool(_IDENTIFIER.fullmatch(name)) and name not in _RESERVED


class Pool:
    """Hands out unique ids."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._numbers: dict[tuple[str, ...], int] = {}
        """The next number to try, so that thousands of clashes (an unrolled loop) do not count from 2 each time."""

    def take_exactly(self, name: str) -> bool:
        """Takes a name as it is; False, if it is gone already."""
        if name in self._taken:
            return False
        self._taken.add(name)
        return True

    def take(self, wanted: str) -> str:
        """A fresh id that resembles `wanted`, e.g. 'features.0' -> 'features_0', its second use 'features_0_2'.

        >>> pool = Pool()
        >>> pool.take("features.0"), pool.take("features.0"), pool.take("0")
        ('features_0', 'features_0_2', 'layer_0')
        """
        tokens = [token for token in re.split(r"[^A-Za-z0-9]+", wanted) if token]
        if not tokens or not tokens[0][0].isalpha() or tokens[0].startswith("xverify"):
            tokens.insert(0, "layer")
        name = shorten(tokens, MAX_LENGTH)
        name = f"{name}_" if name in _RESERVED else name
        number = self._numbers.get(tuple(tokens), 2)
        while name in self._taken:
            suffix = f"_{number}"
            name = shorten(tokens, MAX_LENGTH - len(suffix)) + suffix
            number += 1
        self._numbers[tuple(tokens)] = number
        self._taken.add(name)
        return name


def shorten(tokens: list[str], limit: int) -> str:
    """Joins tokens with '_' in at most `limit` characters.

    Numbers tell layers apart, so they stay. Words are cut to four letters from the left, then leading words that no number
    follows are dropped, then words are cut to one letter; the last token says what the layer is and is cut last.

    >>> shorten(["encoder", "layers", "encoder", "layer", "0", "mlp", "0"], 20)
    'enco_laye_0_mlp_0'
    >>> shorten(["layer4", "1", "downsample", "0"], 20)
    'laye4_1_downsample_0'
    """
    parts = _cut_words(list(tokens), 4, limit)
    while len("_".join(parts)) > limit and len(parts) > 2 and parts[0].isalpha() and parts[1].isalpha():
        parts = parts[1:]
    parts = _cut_words(parts, 1, limit)
    while len("_".join(parts)) > limit and len(parts) > 1:
        parts = [parts[0], *parts[2:]] if len(parts) > 2 else parts[1:]
    name = "_".join(parts)
    if not name[0].isalpha() or name.startswith("xverify"):
        name = f"n{name}"
    return name[:limit].rstrip("_")


def _cut_words(parts: list[str], width: int, limit: int) -> list[str]:
    for index, part in enumerate(parts[:-1]):
        if len("_".join(parts)) <= limit:
            break
        if part[0].isalpha():
            parts[index] = _cut(part, width)
    return parts


def _cut(word: str, width: int) -> str:
    """A word's first letters and its trailing number ('denselayer12' -> 'dens12')."""
    match = re.fullmatch(r"(.*?)(\d*)", word)
    assert match
    return match[1][:width] + match[2]
