"""What every reader of .mat files offers, whatever the version of the file."""

from typing import Any, NamedTuple, Protocol

from numpy.typing import NDArray

from xverify.bundle.variable_path import Node, VariablePath

Array = NDArray[Any]


class Variable(NamedTuple):
    """One variable of a file: its name, and MATLAB's class of it ('single', 'logical', 'struct', 'dlarray', ...)."""

    name: str
    kind: str


class MatFile(Protocol):
    """A file that is open: its variables, of which one at a time is read."""

    @property
    def variables(self) -> list[Variable]:
        """In the file's order, duplicates included."""
        ...

    def node(self, path: VariablePath) -> Node:
        """The value at a path, not necessarily read yet; of variables of one name the first.

        Raises:
            PathError: There is no such value.
        """
        ...

    def close(self) -> None:
        """Closes the file."""
        ...
