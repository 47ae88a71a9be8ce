"""Where a value lies inside a variable of a .mat file, written as in MATLAB: `res{2}`, `net.layers{3}.out`, `res(2).x`.

MATLAB users keep activations in cells and structs (MatConvNet's `res(i).x`). A path is parsed once, and followed in the
same way through files that scipy has loaded and through HDF5 files of which only the last step is read.
"""

import re
from dataclasses import dataclass
from math import prod
from typing import Any, NamedTuple, Protocol, Self, TypeVar

from numpy.typing import NDArray

_NAME = r"[A-Za-z]\w*"
_INDICES = r"\s*\d+\s*(?:,\s*\d+\s*)*"
_STEP = re.compile(rf"\.({_NAME})|\{{({_INDICES})\}}|\(({_INDICES})\)", re.ASCII)
_ROOT = re.compile(_NAME, re.ASCII)


class PathError(ValueError):
    """A path is malformed, or leads nowhere in a file."""


class Step(NamedTuple):
    """One step of a path: '.' with a field's name, '{' or '(' with indices that count from 1."""

    kind: str
    field: str = ""
    indices: tuple[int, ...] = ()

    def __str__(self) -> str:
        if self.kind == ".":
            return f".{self.field}"
        return f"{self.kind}{','.join(map(str, self.indices))}{'}' if self.kind == '{' else ')'}"


@dataclass(frozen=True)
class VariablePath:
    """A variable of a file, and the steps from it to a value."""

    variable: str
    steps: tuple[Step, ...] = ()

    def __str__(self) -> str:
        return self.variable + "".join(map(str, self.steps))


class Node(Protocol):
    """A value of a file that may not have been read yet."""

    @property
    def kind(self) -> str:
        """MATLAB's class of it: 'single', 'cell', 'struct', 'sparse', 'dlarray', ..."""
        ...

    @property
    def shape(self) -> tuple[int, ...]:
        """Its size in MATLAB."""
        ...

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields of a struct; () for anything else."""
        ...

    def item(self, position: int) -> Self:
        """The element at `position` (column-major, from 0): of a cell its content, of an array of structs one struct."""
        ...

    def member(self, name: str) -> Self:
        """A field of a 1 x 1 struct."""
        ...

    def value(self) -> NDArray[Any]:
        """The array, in MATLAB's axis order. What is no array of numbers or text comes as an array of objects."""
        ...


AnyNode = TypeVar("AnyNode", bound=Node)


def parse_path(text: str) -> VariablePath:
    """A path as MATLAB writes it.

    Raises:
        PathError: Another form, or an index below 1.

    Example:
        >>> str(parse_path("net.layers{3}.out"))
        'net.layers{3}.out'
    """
    root = _ROOT.match(text.strip())
    if not root:
        raise PathError(f"'{text}' does not begin with the name of a variable")
    rest, steps = text.strip()[root.end() :], []
    while rest:
        match = _STEP.match(rest)
        if not match:
            raise PathError(f"'{text}' is no path such as res{{2}}, net.layers{{3}}.out or res(2).x: see '{rest}'")
        steps.append(_step(*match.groups()))
        rest = rest[match.end() :]
    if any(index < 1 for step in steps for index in step.indices):
        raise PathError(f"'{text}' has the index 0: MATLAB counts from 1")
    return VariablePath(root[0], tuple(steps))


def _step(field: str | None, in_cell: str | None, in_array: str | None) -> Step:
    if field:
        return Step(".", field=field)
    indices = tuple(int(index) for index in (in_cell or in_array or "").split(","))
    return Step("{" if in_cell else "(", indices=indices)


def follow(node: AnyNode, path: VariablePath) -> AnyNode:
    """The node that `path` leads to from its variable's.

    Raises:
        PathError: There is no such element or field; the message says what there is.
    """
    where = path.variable
    for step in path.steps:
        node = _field(node, step, where) if step.kind == "." else _element(node, step, where)
        where += str(step)
    return node


def _field(node: AnyNode, step: Step, where: str) -> AnyNode:
    if node.kind != "struct":
        raise PathError(f"{where} is {_described(node)}, which has no fields")
    if prod(node.shape) != 1:
        raise PathError(f"{where} is {_described(node)}: say which one, as in {where}(1){step}")
    if step.field not in node.fields:
        raise PathError(f"{where} has no field '{step.field}'; it has {', '.join(node.fields) or 'none'}")
    return node.member(step.field)


def _element(node: AnyNode, step: Step, where: str) -> AnyNode:
    wanted = "cell" if step.kind == "{" else "struct"
    if node.kind != wanted:
        other = f": write {where}{{{step.indices[0]}}}" if node.kind == "cell" and len(step.indices) == 1 else ""
        raise PathError(f"{where} is {_described(node)}, not a {wanted}, which '{step}' asks for{other}")
    return node.item(_position(step, node.shape, f"{where} is {_described(node)}"))


def _position(step: Step, shape: tuple[int, ...], described: str) -> int:
    """The column-major position of one index, or of one index an axis."""
    sizes = (prod(shape),) if len(step.indices) == 1 else shape
    outside = len(step.indices) != len(sizes) or any(i > n for i, n in zip(step.indices, sizes, strict=False))
    if outside:
        raise PathError(f"{described}: there is no {step} in it")
    return sum((index - 1) * prod(sizes[:axis]) for axis, index in enumerate(step.indices))


def _described(node: Node) -> str:
    size = "x".join(map(str, node.shape))
    return f"a {size} array of structs" if node.kind == "struct" and prod(node.shape) != 1 else f"a {size} {node.kind}"
