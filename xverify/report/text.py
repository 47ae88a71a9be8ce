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
# Lone surrogates and noncharacters are illegal in XML; bidirectional overrides make a line read differently than it is.
_ILLEGAL = re.compile("[\ud800-\udfff\u202a-\u202e\u2066-\u2069\ufffe\uffff]")


def one_line(text: str) -> str:
    r"""The text on one line, without control characters; legal in UTF-8 and in XML.

    >>> one_line("conv\n1\x1b[31m")
    'conv 1 [31m'
    """
    return _ILLEGAL.sub("\N{REPLACEMENT CHARACTER}", _BREAKS.sub(" ", text)).strip()


def utf8(text: str) -> str:
    """The text with lone surrogates (from a file name that is not UTF-8) replaced; all else as it is."""
    return text.encode("utf-8", "replace").decode("utf-8")


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
