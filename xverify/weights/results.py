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


class VerifiedRun(msgspec.Struct, frozen=True):
    """The tuned model in PyTorch, beside its activations from elsewhere.

    `worst_ratio` is the largest error over what is allowed, and `worst_layer` where it stands; at most 1 passes.
    """

    against: str
    passed: bool
    compared: int
    total: int
    worst_layer: str
    worst_ratio: float
    problems: tuple[str, ...]
    """What keeps it from passing: 'layer: reason'."""
    notes: tuple[str, ...]


class Verification(msgspec.Struct, frozen=True):
    """Whether PyTorch with the written state_dict computes what MATLAB computes."""

    parameters: int
    """How many parameters and buffers went through PyTorch and back into MATLAB's layout."""
    differing: tuple[str, ...]
    """Those that did not come back bit for bit."""
    runs: tuple[VerifiedRun, ...]

    @property
    def passed(self) -> bool:
        """Whether all values came back, and every run agrees; there is at least one."""
        return bool(self.runs) and not self.differing and all(run.passed for run in self.runs)


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
    verification: Verification | None = None
    """None where it was not asked for."""
    bundle: str = ""
    """Where the tuned model's bundle was kept, if it was."""

    @property
    def passed(self) -> bool:
        """Whether nothing that was asked for failed: the state_dict is written in either case."""
        return self.verification is None or self.verification.passed
