"""Which variable of a file of activations is which layer: by name, or by a map."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from numpy.typing import NDArray

from xverify.bundle.bundle import Bundle
from xverify.bundle.manifest import Input, Layer
from xverify.bundle.variable_path import VariablePath
from xverify.runtimes.stored_axes import StoredAxes, default_axes, in_pytorch_order
from xverify.runtimes.variable_map import VariableMap

LOCAL = "xverify_local_"
"""Before the id of a layer that ran alone: no layer id begins with xverify."""


@dataclass(frozen=True)
class Source:
    """A value of a file that is to be read.

    Attributes:
        name: The layer's or input's id; for an extra variable its own name.
        path: Where it lies in the file.
        item: The layer or input; None for an extra variable.
        axes: How its axes lie in the file; None for an extra variable.
    """

    name: str
    path: VariablePath
    item: Layer | Input | None = None
    axes: StoredAxes | None = None

    def in_pytorch_order(self, value: NDArray[Any]) -> NDArray[Any]:
        """The value as PyTorch has it; that of an extra variable as it is."""
        if self.item is None or self.axes is None:
            return value
        return in_pytorch_order(value, self.item.array.shape, self.axes)


def sources_by_name(variables: Sequence[str], bundle: Bundle) -> list[Source]:
    """Every variable, as the layer or input that it is named after, by id or module path, or as an extra one."""
    items = _items(bundle)
    by_name = {name: items[identifier] for name, identifier in _module_paths(bundle).items()} | items
    return [_named(name, by_name.get(name)) for name in variables]


def sources_by_map(variables: Sequence[str], bundle: Bundle, mapping: VariableMap) -> list[Source]:
    """The entries of a map, then what else is named by the id of a layer or input; in the order of the file's variables.

    That order lets the reader keep one variable at a time, however many layers lie in it.
    """
    items = _items(bundle)
    mapped = [Source(entry.layer, entry.path, items[entry.layer], entry.axes) for entry in mapping.entries]
    by_name = [_named(name, items[name]) for name in variables if name in items and name not in mapping.layers]
    return sorted((*mapped, *by_name), key=lambda source: variables.index(source.path.variable))


def local_sources(variables: Sequence[str], bundle: Bundle) -> list[Source]:
    """The variables of layers that ran alone."""
    named = [_named(name.removeprefix(LOCAL), bundle.layers.get(name.removeprefix(LOCAL))) for name in variables]
    return [replace(source, path=VariablePath(name)) for source, name in zip(named, variables, strict=True)]


def _named(name: str, item: Layer | Input | None) -> Source:
    if item is None:
        return Source(name, VariablePath(name))
    return Source(item.id, VariablePath(name), item, default_axes(item.array))


def _items(bundle: Bundle) -> dict[str, Layer | Input]:
    inputs: dict[str, Layer | Input] = {item.id: item for item in bundle.manifest.inputs}
    return inputs | bundle.layers


def _module_paths(bundle: Bundle) -> dict[str, str]:
    """Module paths as MATLAB names -> layer ids. An id has at most 20 characters, a MATLAB variable may have more.

    A module that makes several layers names none of them.
    """
    names = {layer.id: re.sub(r"\W", "_", layer.module_path) for layer in bundle.manifest.layers if layer.module_path}
    counts = Counter(names.values())
    return {name: identifier for identifier, name in names.items() if counts[name] == 1}
