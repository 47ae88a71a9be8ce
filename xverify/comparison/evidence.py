"""The values of failing layers, kept while a comparison reads and drops all others: what a diagnosis works on."""

from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray

MAX_LAYERS = 12
"""Everything behind one fault fails in a whole run; the first layers tell."""

MAX_BYTES = 1_000_000_000
"""Of all kept values together."""


@dataclass
class Evidence:
    """Layer id -> the value that failed, in PyTorch's axis order.

    Attributes:
        wanted: A layer whose value is kept whether or not it fails.
        alone: Of layers that ran alone, on PyTorch's inputs.
        whole: Of layers in the whole run.
    """

    wanted: str = ""
    alone: dict[str, NDArray[Any]] = field(default_factory=dict)
    whole: dict[str, NDArray[Any]] = field(default_factory=dict)

    def keep(self, layer: str, value: NDArray[Any], *, local: bool) -> None:
        """Keeps a value, if there is room."""
        values = self.alone if local else self.whole
        kept = sum(item.nbytes for table in (self.alone, self.whole) for item in table.values())
        if layer == self.wanted or (len(values) < MAX_LAYERS and kept + value.nbytes <= MAX_BYTES):
            values[layer] = value
