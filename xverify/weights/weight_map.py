"""The file that `--map` names: which layer, or which array, of a file holds which parameter of the bundle.

    [conv2d_transpose]            # a layer of the bundle, and MATLAB's name of it
    layer = "tp0"

    [fc.Weights]                  # one property of a layer
    layer = "fc_1"
    property = "Weights"

    ["feature.0.weight"]          # one parameter, by PyTorch's name, and the variable that holds it
    variable = "conv1_w"
    axes = "H W I O"
    flip = "I"

Nothing in it is guessed: a name or a letter that does not exist is an error, never an entry that is passed over.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import msgspec

from xverify.bundle.map_file import map_tables
from xverify.bundle.variable_path import PathError, VariablePath, parse_path
from xverify.bundle.weights import StoredParameter
from xverify.errors import XverifyError
from xverify.layouts.axes import axis_lengths
from xverify.weights.expected import ExpectedLayer

_EXAMPLE = (
    'An entry is [LAYER] with layer = "name in MATLAB"; or [LAYER.Weights] or ["pytorch.name"] with variable = "w1" (or '
    'layer = "name", property = "Weights") and, where needed, axes = "H W I O" and flip = "I".'
)


class ArrayEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where one array lies in the file, and how.

    Attributes:
        variable: A path as in MATLAB: 'net.w{1}'.
        layer: Or MATLAB's name of a layer.
        property: And its property; by default the bundle's.
        axes: The array's axes in the file, in the letters of the bundle's layout; by default the layout's own order.
        flip: Letters of axes along which the file runs backwards.
    """

    variable: str = ""
    layer: str = ""
    property: str = ""
    axes: str = ""
    flip: str = ""


class LayerEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """MATLAB's name of a layer."""

    layer: str


@dataclass(frozen=True)
class MappedArray:
    """One array of a file, checked against the parameter that it holds."""

    place: str
    entry: ArrayEntry
    path: VariablePath | None

    @property
    def property(self) -> str:
        """The property of a layer of the file that is meant: where the entry does not say, the bundle's own."""
        return self.entry.property or self.place.rpartition(".")[2]


@dataclass(frozen=True)
class WeightMap:
    """All entries of a map.

    Attributes:
        file: The map.
        layers: Id of an expected layer -> MATLAB's name.
        arrays: Key of a stored parameter -> where it lies.
    """

    file: Path
    layers: Mapping[str, str]
    arrays: Mapping[str, MappedArray]


def read_weight_map(file: Path, layers: Sequence[ExpectedLayer], loose: Sequence[StoredParameter]) -> WeightMap:
    """Reads a map and checks it against the bundle.

    Raises:
        XverifyError: It cannot be read, is no TOML, or an entry does not fit what it names.
    """
    tables = map_tables(file, "parameters", _EXAMPLE)
    reader = _Reader(file, layers, loose)
    for name, table in tables.items():
        reader.add(name, table)
    return WeightMap(file, reader.names, reader.arrays)


class _Reader:
    def __init__(self, file: Path, layers: Sequence[ExpectedLayer], loose: Sequence[StoredParameter]) -> None:
        self.file = file
        self.layers = {name: layer for layer in layers for name in layer.names}
        self.parameters: dict[str, list[StoredParameter]] = {}
        for item in (*(stored for layer in layers for stored in layer.properties.values()), *loose):
            for name in item.names:
                known = self.parameters.setdefault(name, [])
                if item not in known:
                    known.append(item)
        self.names: dict[str, str] = {}
        self.arrays: dict[str, MappedArray] = {}

    def add(self, name: str, table: Any) -> None:
        """Adds one table."""
        if not isinstance(table, dict):
            raise XverifyError(f"{self.file}: '{name}' is no table.", _EXAMPLE)
        if name in self.parameters and (name not in self.layers or "variable" in table):
            self._array(name, self._alone(name), table)
        elif name in self.layers:
            self._layer(name, self.layers[name], table)
        else:
            near = get_close_matches(name, [*self.layers, *self.parameters], n=1)
            raise XverifyError(
                f"{self.file}: [{name}] is no layer with parameters and no parameter of this bundle.",
                f"Did you mean [{near[0]}]?" if near else "`xverify inspect BUNDLE` lists layers and parameters.",
            )

    def _layer(self, name: str, layer: ExpectedLayer, table: dict[str, Any]) -> None:
        if "layer" in table:
            self.names[layer.id] = self._converted(name, table, LayerEntry).layer
            return
        for key, entry in table.items():
            if key not in layer.properties:
                raise XverifyError(
                    f"{self.file}: [{name}]: {layer.op} has no '{key}'.", f"It has {', '.join(layer.properties)}."
                )
            self._array(
                f"{name}.{key}", layer.properties[key], {"variable": entry} if isinstance(entry, str) else entry
            )

    def _alone(self, name: str) -> StoredParameter:
        """Where a parameter is stored by itself."""
        found = [item for item in self.parameters[name] if item.names == (name,)]
        if found:
            return found[0]
        joined = self.parameters[name][0]
        raise XverifyError(
            f"{self.file}: [{name}]: MATLAB has one array for {', '.join(joined.names)}.",
            f"Name the layer and its property: {joined.key} is where the bundle has it.",
        )

    def _array(self, place: str, stored: StoredParameter, table: Any) -> None:
        entry = self._converted(place, table, ArrayEntry)
        if bool(entry.variable) == bool(entry.layer):
            raise XverifyError(f"{self.file}: [{place}] needs either 'variable' or 'layer'.", _EXAMPLE)
        try:
            path = parse_path(entry.variable) if entry.variable else None
            _check_axes(stored, entry)
        except (PathError, ValueError) as error:
            raise XverifyError(f"{self.file}: [{place}]: {error}.", _EXAMPLE) from error
        self.arrays[stored.key] = MappedArray(place, entry, path)

    def _converted(self, place: str, table: Any, kind: type[Any]) -> Any:
        try:
            return msgspec.convert(table, kind)
        except msgspec.ValidationError as error:
            raise XverifyError(f"{self.file}: [{place}]: {error}.", _EXAMPLE) from error


def _check_axes(stored: StoredParameter, entry: ArrayEntry) -> None:
    layout = layout_of(stored)
    axes = entry.axes or layout
    try:
        axis_lengths(stored.array.shape, f"{layout} -> {axes}", **lengths_in(stored))
    except ValueError as error:
        raise ValueError(f"axes = '{axes}' does not fit '{layout}', the order of MATLAB's layer: {error}") from error
    for letter in entry.flip.replace(" ", ""):
        if letter not in letters_of(axes):
            raise ValueError(f"flip = '{entry.flip}': there is no axis {letter} of its own in '{axes}'")


def layout_of(stored: StoredParameter) -> str:
    """The axes of a property in MATLAB's order: 'H W I O'."""
    return stored.axes.rpartition("->")[2].strip()


def letters_of(axes: str) -> list[str]:
    """One name an axis: ['H', 'W', 'I', 'O'], or ['(D G)', 'I'], where two share one."""
    return re.findall(r"\([^()]*\)|\S+", axes)


def lengths_in(stored: StoredParameter) -> dict[str, int]:
    """The lengths of axes that share one in MATLAB's layout: two directions, or a GRU's two biases, lie behind each other."""
    shared = [letter for letter in "DS" if f"({letter} G)" in stored.axes]
    return dict.fromkeys(shared, 2)
