"""Text that comes from a model or a file, made safe to show, and the names by which layers are called.

A module path, a file's name or a user's reason can hold anything: terminal escape sequences, line breaks that tear a
table, characters that XML forbids, or half of a surrogate pair, which no UTF-8 file can hold.
"""

import re
from collections import Counter
from collections.abc import Sequence

from xverify.comparison.results import LayerResult

# Controls and Unicode's own line breaks. Each of them would end a line in some reader.
_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
# Lone surrogates and noncharacters are illegal in XML; bidirectional marks and overrides make a line read differently than it
# is, and what takes no width makes two names look alike. (The joiners U+200C and U+200D stay: scripts and emoji need them.)
_ILLEGAL = re.compile(
    "[\ud800-\udfff\ufffe\uffff\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\u00ad\u200b\u2060-\u2064\ufeff\U000e0000-\U000e007f]"
)
_SURROGATE = re.compile("[\ud800-\udfff]")
# What a CI system takes for a command: '::error::' at the start of a line (GitHub), '##[group]' and '##vso[...]' anywhere
# (GitHub, Azure), '##teamcity[...]'.
_COMMAND_START = re.compile(r"^(\s*):(?=:)")
_COMMAND = re.compile(r"##(?=\w*\[)")


def one_line(text: str) -> str:
    r"""The text on one line, without control characters; legal in UTF-8 and in XML.

    >>> one_line("conv\n1\x1b[31m")
    'conv 1 [31m'
    """
    if text.isascii() and text.isprintable():  # nearly always, and a report asks a million times
        return text.strip()
    return _ILLEGAL.sub("\N{REPLACEMENT CHARACTER}", _BREAKS.sub(" ", text)).strip()


def no_command(line: str) -> str:
    """A line of a log in which a CI system finds no command of its own; nearly always as it is.

    >>> no_command("::error::x"), no_command("C++ a::b"), no_command("##[group]")
    (': :error::x', 'C++ a::b', '## [group]')
    """
    return _COMMAND.sub("## ", _COMMAND_START.sub(r"\1: ", line))


def printable(text: str) -> str:
    r"""A message of several lines for a terminal or a log: no control characters, no commands.

    >>> printable("no such file\n  'a\x1b[31m'")
    "no such file\n  'a [31m'"
    """
    lines = text.replace("\r\n", "\n").split("\n")
    return "\n".join(no_command(line[: len(line) - len(line.lstrip(" "))] + one_line(line)) for line in lines)


def utf8(text: str) -> str:
    """The text with lone surrogates (from a file name that is not UTF-8) replaced, as `one_line` does; all else as it is."""
    return _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text)


def layer_name(layer: LayerResult) -> str:
    """The module path, then the layer id unless it is the path with its dots replaced; without a path the id alone."""
    path, identifier = one_line(layer.module_path), one_line(layer.id)
    if not path:
        return identifier
    return path if path.replace(".", "_") == identifier else f"{path} ({identifier})"


def short_names(layers: Sequence[LayerResult]) -> list[str]:
    """Names without the id where the module path alone tells a layer from the others."""
    times = Counter(layer.module_path for layer in layers)
    return [
        one_line(layer.module_path) if layer.module_path and times[layer.module_path] == 1 else layer_name(layer)
        for layer in layers
    ]
