"""All that is known about one layer after a comparison, as a record for reports."""

from dataclasses import dataclass

from xverify.bundle.manifest import Layer
from xverify.comparison.results import Comparison, LayerDetail


@dataclass(frozen=True)
class Range:
    """Shape and extremes of an array."""

    shape: tuple[int, ...]
    low: float
    high: float


@dataclass(frozen=True)
class Explained:
    """One layer in depth.

    Attributes:
        layer: Its record in the manifest.
        comparison: Of the whole bundle, with the causes that were found.
        alone: Its error when it ran alone, on PyTorch's inputs; None where it did not.
        whole: Its error in the whole run; None where its value is missing or has another shape.
        readers: Ids of the layers that read it.
        parameters: Name in the state_dict -> shape, smallest and largest value.
        inputs: Id of each layer or input that it reads -> shape, smallest and largest value.
    """

    layer: Layer
    comparison: Comparison
    alone: LayerDetail | None
    whole: LayerDetail | None
    readers: tuple[str, ...]
    parameters: dict[str, Range]
    inputs: dict[str, Range]
