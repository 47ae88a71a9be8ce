"""What a comparison of parameters found, as records: nothing here is formatted."""

from typing import Literal

import msgspec

SCHEMA_VERSION = 1

Status = Literal["equal", "changed", "missing", "extra", "other shape", "folded", "kept"]
"""equal; changed; not in the file; in the file alone; of another shape; part of another layer's values; needed by no MATLAB
layer, so that the exported value stays."""

FAILING = frozenset({"changed", "missing", "extra", "other shape", "folded"})


class Change(msgspec.Struct, frozen=True):
    """How far one array is from the exported one.

    `relative` is the root mean square of the difference over that of the exported values. `index` is the place of the
    largest difference in MATLAB's array, from 1.
    """

    max: float
    relative: float
    elements: int
    """How many differ."""
    index: tuple[int, ...]
    found: float
    exported: float


class ParameterResult(msgspec.Struct, frozen=True):
    """One property of one layer."""

    status: Status
    layer: str
    """Its id in the bundle; '' for what only the file has."""
    property: str
    names: tuple[str, ...]
    """What PyTorch calls it: several where MATLAB has one array for them."""
    where: str
    """Where it lies in the file: 'conv_1.Weights', or a variable; '' where it is missing."""
    matched_by: str
    shape: tuple[int, ...]
    """In MATLAB, as exported; as found where only the file has it."""
    found_shape: tuple[int, ...] = ()
    change: Change | None = None
    note: str = ""


class WeightsComparison(msgspec.Struct, frozen=True):
    """All parameters of a bundle and of a file."""

    bundle_id: str
    model: str
    file: str
    form: str
    """'weights.mat', 'exportWeights', 'network' or 'arrays'."""
    producer: str
    atol: float
    parameters: tuple[ParameterResult, ...]
    notes: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether every parameter is there and equal, and nothing else is."""
        return not any(item.status in FAILING for item in self.parameters)

    def count(self, status: Status) -> int:
        """How many parameters have a status."""
        return sum(item.status == status for item in self.parameters)


class Reimport(msgspec.Struct, frozen=True):
    """The state_dict that was written, and from what."""

    output: str
    names: tuple[str, ...]
    """All names of the state_dict, in its order."""
    changed: tuple[str, ...]
    kept: dict[str, str]
    """Name -> why its exported value stays."""
    unused: tuple[str, ...]
    """What only the file has."""
    notes: tuple[str, ...]
    comparison: WeightsComparison
