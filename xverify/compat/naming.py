"""How MATLAB's ONNX importer names layers: the rule of importNetworkFromONNX, as a pure function.

The rule was found by decoding real imports: 56 of 56 layer names of a YOLOv8n, 18 of 18 convolutions of a U-Net. One pool
holds all tensor and initializer names, then the node names in order; each is made a valid identifier, cut to 20
characters and, where several are the same then, numbered. It has a consequence: names that are valid, unique and short
stay as they are. What MATLAB does where a numbered name is itself taken was not seen; here the number is skipped, as
matlab.lang.makeUniqueStrings does.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import onnx

from xverify.program.identifiers import MAX_LENGTH

KEYWORDS = frozenset({
    "break", "case", "catch", "classdef", "continue", "else", "elseif", "end", "for", "function", "global", "if",
    "otherwise", "parfor", "persistent", "return", "spmd", "switch", "try", "while",
})  # fmt: skip
"""MATLAB's iskeyword()."""


@dataclass(frozen=True)
class ImportedNames:
    """What the importer calls things.

    Attributes:
        tensors: Tensor or initializer -> its name in MATLAB.
        layers: For each node, in the order given, the layer's name.
    """

    tensors: dict[str, str]
    layers: tuple[str, ...]


def make_valid_name(name: str) -> str:
    """matlab.lang.makeValidName with its default options, but for the limit on the length.

    >>> make_valid_name("/conv1/Conv"), make_valid_name("21"), make_valid_name("onnx::Gemm_0"), make_valid_name("end")
    ('x_conv1_Conv', 'x21', 'onnx__Gemm_0', 'xEnd')
    >>> make_valid_name("a layer")
    'aLayer'
    """
    name = re.sub(r"(?<=\S)\s+([a-z])", lambda match: match[1].upper(), name)
    name = re.sub(r"\s", "", name)
    if name in KEYWORDS:
        name = name[0].upper() + name[1:]
        return f"x{name}"
    if not re.match(r"[A-Za-z]", name):
        name = f"x{name}"
    return re.sub(r"[^A-Za-z0-9_]", "_", name)


def imported_names(tensors: Iterable[str], nodes: Sequence[str]) -> ImportedNames:
    """What MATLAB calls the tensors and the nodes of a graph.

    Args:
        tensors: Names of all tensors and initializers, in the order of the file; repeated ones count once.
        nodes: Names of the nodes, in the order of the file.
    """
    pool = list(dict.fromkeys(tensors))
    order = sorted(range(len(nodes)), key=lambda index: nodes[index].replace("/", "|"))
    names = unique_names([make_valid_name(name) for name in [*pool, *(nodes[index] for index in order)]])
    layers = [""] * len(nodes)
    for index, name in zip(order, names[len(pool) :], strict=True):
        layers[index] = name
    return ImportedNames(dict(zip(pool, names[: len(pool)], strict=True)), tuple(layers))


def graph_names(graph: onnx.GraphProto) -> ImportedNames:
    """What MATLAB calls the tensors and the nodes of an ONNX graph."""
    tensors = [item.name for item in [*graph.input, *graph.initializer]]
    tensors += [name for node in graph.node for name in node.output if name]
    tensors += [item.name for item in graph.output]
    return imported_names(tensors, [node.name for node in graph.node])


def unique_names(names: Sequence[str]) -> list[str]:
    """Names of at most 20 characters that all differ: the first of a clash group stays, the others get _1, _2, ...

    The cut leaves room for the widest suffix of the group, so that in a group that reaches _13 all suffixed names are cut
    to 17 characters (`x_model_22_cv2_0__7`).
    """
    cut = [name[:MAX_LENGTH] for name in names]
    sizes = Counter(cut)
    taken = set(cut)
    groups: dict[str, list[int]] = {}
    seen: set[str] = set()
    for index, name in enumerate(cut):
        if name in seen:
            groups.setdefault(name, []).append(index)
        seen.add(name)
    counters: dict[str, int] = {}
    for name, members in groups.items():
        width = len(f"_{sizes[name] - 1}")
        for index, fresh in zip(members, _numbered(name, len(members), width, taken, counters), strict=True):
            cut[index] = fresh
    return cut


def _numbered(name: str, count: int, width: int, taken: set[str], counters: dict[str, int]) -> list[str]:
    """`count` fresh names; a wider suffix for all of them where skipped numbers need one.

    `counters` holds the next number to try for each stem, so that groups that share a stem do not count from 1 each.
    """
    stem = name[: MAX_LENGTH - width]
    number = counters.get(stem, 1)
    fresh: list[str] = []
    while len(fresh) < count:
        candidate = f"{stem}_{number}"
        if len(candidate) > MAX_LENGTH:
            return _numbered(name, count, width + 1, taken, counters)
        number += 1
        if candidate not in taken:
            fresh.append(candidate)
    counters[stem] = number
    taken.update(fresh)
    return fresh
