"""The file that `--map` names: which variable of a foreign .mat file holds which layer.

    [features_0]
    variable = "res{2}"
    dims = "SSC"
    flip = "C"

Every table is a layer (or an input) of the bundle. Nothing in it is guessed: a layer, a variable or a letter that does not
exist is an error and never a layer that is passed over.
"""

from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import msgspec

from xverify.bundle.bundle import Bundle
from xverify.bundle.manifest import StoredArray
from xverify.bundle.map_file import map_tables
from xverify.bundle.variable_path import PathError, VariablePath, parse_path
from xverify.errors import XverifyError
from xverify.runtimes.stored_axes import DimsError, StoredAxes, axes_from

_EXAMPLE = 'An entry is [LAYER], variable = "res{2}" and, where needed, dims = "SSC" and flip = "C".'


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One table as it was written."""

    variable: str
    dims: str = ""
    flip: str = ""


@dataclass(frozen=True)
class MappedVariable:
    """Where one layer, or input, lies in the file, and how its axes lie there."""

    layer: str
    path: VariablePath
    axes: StoredAxes


@dataclass(frozen=True)
class VariableMap:
    """All entries of a map, in its order."""

    file: Path
    entries: tuple[MappedVariable, ...]

    @property
    def layers(self) -> frozenset[str]:
        """The layers and inputs that it names."""
        return frozenset(entry.layer for entry in self.entries)


def read_map(file: Path, bundle: Bundle) -> VariableMap:
    """Reads a map and checks it against the bundle.

    Args:
        file: The TOML file.
        bundle: The bundle whose layers it names.

    Raises:
        XverifyError: It cannot be read, is no TOML, or an entry does not fit its layer.
    """
    arrays = {item.id: item.array for item in bundle.manifest.inputs}
    arrays |= {layer.id: layer.array for layer in bundle.manifest.layers}
    tables = map_tables(file, "layers", _EXAMPLE)
    return VariableMap(file, tuple(_mapped(file, name, table, arrays) for name, table in tables.items()))


def _mapped(file: Path, name: str, table: Any, arrays: dict[str, StoredArray]) -> MappedVariable:
    if name not in arrays:
        near = get_close_matches(name, arrays, n=1)
        raise XverifyError(
            f"{file}: [{name}] is no layer of this bundle.",
            f"Did you mean [{near[0]}]?" if near else "`xverify inspect BUNDLE` lists the layers.",
        )
    try:
        entry = msgspec.convert(table, Entry)
        return MappedVariable(name, parse_path(entry.variable), axes_from(arrays[name], entry.dims, entry.flip))
    except (msgspec.ValidationError, PathError, DimsError) as error:
        raise XverifyError(f"{file}: [{name}]: {error}.", _EXAMPLE) from error
