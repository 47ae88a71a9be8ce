"""What a comparison found, as frozen records. Reports format them; nothing here computes or formats.

The JSON form (`Comparison.to_dict`) is documented in docs/reference/comparison-json.md and versioned by `schema_version`.
A number that is not finite (an error where one side is NaN) is null in JSON.
"""

from enum import StrEnum
from typing import Any

import msgspec

SCHEMA_VERSION = 1


class Status(StrEnum):
    """What became of one layer. Only `PASSED` counts as compared and right."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_COMPARED = "not compared"


class Record(msgspec.Struct, frozen=True):
    """What all result records share."""


class Measure(Record, frozen=True):
    """One array against its reference.

    `max_error` and `rms_error` are absolute, in the layer's own units. `error` is the one at `worst_index` (in PyTorch's axis
    order), where most of the allowance is used; `allowed` is the largest with which it passes there. With a relative
    tolerance that need not be the largest error. The numbers after `worst_index` inform and never decide.
    """

    max_error: float
    rms_error: float
    error: float
    allowed: float
    passed: bool
    worst_index: tuple[int, ...] | None = None
    actual: float | None = None
    expected: float | None = None
    problem: str = ""
    """Why it fails other than by its error: NaN or Inf at other places."""
    cosine: float | None = None
    snr_db: float | None = None
    ulp: float | None = None
    top1_agreement: float | None = None

    @property
    def ratio(self) -> float:
        """Error over allowance: at most 1 passes. inf where an exact value differs, NaN where the error is NaN."""
        if self.allowed > 0:
            return self.error / self.allowed
        return 0.0 if self.error == 0 else float("inf")


class LayerResult(Record, frozen=True):
    """One layer's verdict. `reason` says why it failed or was not compared, or what a passed layer rests on."""

    id: str
    module_path: str
    operation: str
    shape: tuple[int, ...]
    status: Status
    reason: str
    local: Measure | None = None
    accumulated: Measure | None = None
    optimised: Measure | None = None
    """Model outputs only: the same network run with the runtime's optimisations on, judged like `accumulated`."""
    tolerance_reason: str = ""
    alias_of: str = ""
    permitted: str = ""
    """The user's reason for accepting that this layer was not compared; '' where nothing was accepted."""
    inherited_from: tuple[str, ...] = ()
    """Ids of the faulty layers that its error comes from, where it fails in the whole run and not alone."""
    inputs: tuple[str, ...] = ()
    """Ids of the layers and inputs that it reads."""
    dims: str = ""
    matlab_layer: str = ""
    """MATLAB's type of layer; '' where it has none."""
    source_line: str = ""
    """The line of the user's code: 'models/net.py:12: code'."""


class Confidence(StrEnum):
    """How sure a cause is."""

    CERTAIN = "certain"
    """Nothing else that was tried explains the values, and there was much to explain."""
    LIKELY = "likely"
    """It explains the values; another change that was tried would explain them too, or there was little to explain."""
    PARTIAL = "partial"
    """It explains most of the error and not all."""


class Cause(Record, frozen=True):
    """What is wrong with a layer: a change of PyTorch's layer that was tried and gives the values that were found."""

    layer: str
    kind: str
    """One of the kinds in docs/explanation/diagnosis.md: 'flatten order'."""
    statement: str
    """One sentence: what the other side does instead."""
    confidence: Confidence
    error_before: float
    """Largest error against PyTorch's value."""
    error_after: float
    """Largest error against PyTorch's layer with the change."""
    allowed: float
    explained: float
    """Share of the error's energy that the change explains, from 0 to 1."""
    evidence: tuple[str, ...] = ()
    fix: tuple[str, ...] = ()
    """What to do, in the terms of PyTorch, ONNX and MATLAB; one line each."""
    alternatives: tuple[str, ...] = ()
    """Kinds that would explain the same values, and how to tell them apart."""


class Element(Record, frozen=True):
    """One element: its index in PyTorch's axis order, and both values."""

    index: tuple[int, ...]
    actual: float
    expected: float


class ChannelError(Record, frozen=True):
    """The largest and the root mean square error of one channel."""

    channel: int
    max: float
    rms: float


class LayerDetail(Record, frozen=True):
    """What a layer's error looks like. Errors are absolute; NaN and Inf at other places count as infinite."""

    layer: str
    alone: bool
    """Whether the layer ran alone, on PyTorch's inputs; else these are its errors in the whole run."""
    decades: tuple[tuple[float, int], ...]
    """(Upper bound of the error, number of elements) by decades, the smallest first; the first counts zeros."""
    worst: tuple[Element, ...]
    """The elements of the largest errors, the largest first."""
    channels: tuple[ChannelError, ...]
    """By channel, the worst first; empty where the layer has no known channels."""
    positions: tuple[tuple[float, ...], ...]
    """Largest error at each position (rows, columns) of the spatial axes, over batch and channels, in blocks; empty where there
    are not two spatial axes."""
    batch: tuple[float, ...]
    """Largest error of each sample; empty where the axis of the batch is not known."""


class ParameterFinding(Record, frozen=True):
    """One initializer of model.onnx that is not what PyTorch had. `parameters` are the state_dict's names behind it."""

    initializer: str
    parameters: tuple[str, ...]
    problem: str
    layers: tuple[str, ...] = ()


class Parameters(Record, frozen=True):
    """The bit-for-bit check of every initializer. `checked` is 0 where the runtime has no parameters to check."""

    checked: int
    changed: tuple[ParameterFinding, ...]
    skipped: str = ""
    """Why nothing was checked, where nothing was."""


class Coverage(Record, frozen=True):
    """How many of the manifest's layers were compared."""

    compared: int
    total: int


class Regression(Record, frozen=True):
    """One thing that is worse than in a baseline."""

    layer: str
    """The layer's id; '' for what belongs to no layer."""
    kind: str
    """One of the kinds in docs/reference/comparison-json.md: 'passed before'."""
    statement: str
    """One sentence: what is worse, and how it was."""


class Known(Record, frozen=True):
    """One failure that the baseline has, too, with the same fault."""

    layer: str
    """The layer's id; '' for what belongs to no layer."""
    statement: str


class Regressions(Record, frozen=True):
    """A comparison beside an older one, the baseline. It never changes a layer's status."""

    baseline: str
    """The file that the baseline was read from."""
    date: str
    """When the baseline was compared."""
    against: str
    """What it was compared with."""
    found: tuple[Regression, ...]
    known: tuple[Known, ...] = ()
    improved: tuple[str, ...] = ()
    """Ids of layers, and names of parameters, that were wrong in the baseline and are right now."""
    notes: tuple[str, ...] = ()
    """What the baseline may hide."""


class Comparison(Record, frozen=True):
    """The verdict on one bundle."""

    passed: bool
    bundle: str
    bundle_id: str
    model: str
    against: str
    """What was compared with PyTorch: 'onnxruntime 1.32.0', or a file's name and producer."""
    coverage: Coverage
    parameters: Parameters
    first_fault: str | None
    """Id of the first layer whose local error fails; None where none does or no local errors exist."""
    layers: tuple[LayerResult, ...]
    faults: tuple[str, ...] = ()
    """Ids of all layers that are wrong by themselves, in topological order; without local errors, of the layers that fail while
    nothing that they read does."""
    causes: tuple[Cause, ...] = ()
    """What is wrong with them, as far as it was found. A cause never changes a verdict."""
    details: tuple[LayerDetail, ...] = ()
    """The errors of the first layers that are wrong by themselves, in depth."""
    notes: tuple[str, ...] = ()
    """What the user must know beside the verdict: an unlabelled file, layers that were permitted, warnings of the export."""
    problems: tuple[str, ...] = ()
    """Failures that belong to no layer: extra or duplicate variables, changed parameters."""
    environment: dict[str, str] = {}
    on_own_inputs: bool = False
    """Whether local errors are of what a file holds against PyTorch's layers (model.onnx) on the file's own inputs to them, not on
    PyTorch's."""
    date: str = ""
    """When it was compared: ISO 8601, in UTC."""
    command: str = ""
    """The command line that repeats it; '' where no command made it."""
    regressions: Regressions | None = None
    """What is worse than in a baseline; None where there was none to compare with."""
    schema_version: int = SCHEMA_VERSION

    @property
    def accepted(self) -> bool:
        """Whether a CI job passes: the comparison does or, beside a baseline, nothing is worse than there."""
        return self.passed if self.regressions is None else not self.regressions.found

    @property
    def failed(self) -> tuple[LayerResult, ...]:
        """Layers that keep the comparison from passing."""
        return tuple(layer for layer in self.layers if layer.status is not Status.PASSED and not layer.permitted)

    def to_dict(self) -> dict[str, Any]:
        """The versioned JSON form as plain dicts and lists."""
        plain: dict[str, Any] = msgspec.to_builtins(self)
        plain["parameters"]["changed_count"] = len(self.parameters.changed)
        return plain
