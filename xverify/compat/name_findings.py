"""Which nodes MATLAB will call something else, and why: no name, a name that others have, one that is too long or invalid."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from onnx import GraphProto

from xverify.compat.graph_view import label
from xverify.compat.naming import graph_names, make_valid_name
from xverify.program.identifiers import MAX_LENGTH


@dataclass(frozen=True)
class NameProblem:
    """Nodes whose name MATLAB changes for one reason; `where` holds 'name -> name in MATLAB'."""

    what: str
    where: tuple[str, ...]
    reason: str


def name_problems(graph: GraphProto) -> Iterator[NameProblem]:
    """The problems of a graph's node names, one for each reason."""
    tensors = {item.name for item in [*graph.input, *graph.initializer, *graph.output]}
    tensors |= {name for node in graph.node for name in node.output}
    times = Counter(node.name for node in graph.node)
    groups: dict[str, list[str]] = {}
    for node, name in zip(graph.node, graph_names(graph).layers, strict=True):
        if node.op_type != "Constant" and (node.name != name or times[node.name] > 1):
            groups.setdefault(_reason(node.name, times, tensors), []).append(f"{label(node)} -> {name}")
    for reason, where in groups.items():
        nodes = f"{len(where)} node{'' if len(where) == 1 else 's'}"
        yield NameProblem(f"{nodes}: {reason}", tuple(where), _REASONS.get(reason, _OTHER))


_UNNAMED = "no name."
_TWICE = "a name that another node has, too."
_INVALID = "a name that is no valid MATLAB identifier."
_LONG = f"a name of more than {MAX_LENGTH} characters."
_TENSOR = "the name of a tensor or weight."
_CLASH = "a name that is the same as another's once MATLAB changed that."

_OTHER = "The layer is not found under its ONNX name: MATLAB gives it another."
_REASONS = {
    _UNNAMED: "MATLAB makes a name up; which one was not seen, the one here follows from the rule for names.",
    _TENSOR: "Tensors get their names first: MATLAB numbers the node's.",
}


def _reason(name: str, times: Counter[str], tensors: set[str]) -> str:
    if not name:
        return _UNNAMED
    if times[name] > 1:
        return _TWICE
    if make_valid_name(name) != name:
        return _INVALID
    if len(name) > MAX_LENGTH:
        return _LONG
    return _TENSOR if name in tensors else _CLASH
