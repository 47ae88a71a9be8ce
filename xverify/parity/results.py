"""What `evaluate-parity` found, as records. Every field is documented in docs/reference/parity-json.md."""

from typing import Literal

import msgspec

from xverify.bundle.manifest import Preprocessing
from xverify.training.intervals import Interval

SCHEMA_VERSION = 1

Status = Literal["near tie", "other decision", "beyond the allowance", "not finite"]
"""Why a sample is listed. Only a near tie does not fail."""


OWN_IMAGES = "the other side decoded and prepared the images itself"
"""The note of logits files."""


class _Record(msgspec.Struct, frozen=True, kw_only=True):
    pass


class Samples(_Record, frozen=True, kw_only=True):
    """How many: in the data set, chosen (all, unless limited), compared, and with a known label."""

    total: int
    chosen: int
    compared: int
    labelled: int


class Agreement(_Record, frozen=True, kw_only=True):
    """Decisions: the highest logit of both sides, and the set of the five highest (None with five classes or fewer)."""

    top1: int
    top5: int | None
    near_ties: int
    other_decisions: int


class Accuracy(_Record, frozen=True, kw_only=True):
    """Right decisions of one side on the labelled samples, with the 95% interval of their share (Wilson)."""

    correct: int
    accuracy: float
    interval: Interval


class Accuracies(_Record, frozen=True, kw_only=True):
    """Both sides on the labelled samples, and McNemar's exact test on the samples that only one of them got right."""

    reference: Accuracy
    other: Accuracy
    only_reference: int
    only_other: int
    p_value: float


class Logits(_Record, frozen=True, kw_only=True):
    """Distances between both sides' logits. A ratio is a distance over what its sample is allowed."""

    largest_difference: float
    largest_sample: str
    largest_class: str
    largest_ratio: float
    ratio_sample: str
    rms_difference: float
    beyond: int
    """Samples beyond their allowance."""
    not_finite: int
    tolerance: float
    recorded: float
    """The allowance is `tolerance` times max(1, the sample's largest logit / `recorded`)."""


class Inputs(_Record, frozen=True, kw_only=True):
    """The network's inputs as both sides prepared them, of the samples whose other one was recorded."""

    compared: int
    equal: int
    largest_difference: float
    largest_steps: float
    """The same in steps of one grey level of 255."""
    largest_sample: str


class ClassAgreement(_Record, frozen=True, kw_only=True):
    """The samples of one class, by label."""

    name: str
    samples: int
    agreed: int
    reference_correct: int
    other_correct: int


class Exchange(_Record, frozen=True, kw_only=True):
    """How many samples one side called `reference` and the other `other`."""

    reference: str
    other: str
    samples: int


class Difference(_Record, frozen=True, kw_only=True):
    """A sample on which both sides decide differently, or whose logits are further apart than allowed."""

    sample: str
    status: Status
    label: str
    """'' where it is not known."""
    reference: str
    other: str
    """'' where NaN leaves no decision; the same of `reference`."""
    margin: float
    """How much higher PyTorch's logit of its decision is than that of the other's."""
    other_margin: float
    difference: float
    allowed: float


class Parity(_Record, frozen=True, kw_only=True):
    """The verdict."""

    schema_version: int
    passed: bool
    network: str
    bundle_id: str
    reference: str
    against: str
    data: str
    data_kind: str
    preprocessing: Preprocessing
    samples: Samples
    agreement: Agreement
    accuracy: Accuracies | None
    logits: Logits
    inputs: Inputs | None
    classes: tuple[ClassAgreement, ...]
    exchanges: tuple[Exchange, ...]
    differences: tuple[Difference, ...]
    notes: tuple[str, ...] = ()
    """What to know about the other side, and which classes have no sample."""
