"""One layer of a file, and which of its arrays are parameters."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

PARAMETERS = (
    "Weights", "Bias", "Scale", "Offset", "TrainedMean", "TrainedVariance", "InputWeights", "RecurrentWeights", "Alpha",
)  # fmt: skip
"""Properties of MATLAB's layers that hold what PyTorch has as parameters and buffers."""

STATE = frozenset({"HiddenState", "CellState"})
"""What a recurrent layer remembers between calls: no parameter."""


@dataclass(frozen=True)
class FileLayer:
    """A layer with parameters.

    Attributes:
        name: MATLAB's name of it.
        parameters: Property -> array, in MATLAB's axis order.
        kind: Its class, where the file says so.
    """

    name: str
    parameters: Mapping[str, NDArray[Any]]
    kind: str = ""
