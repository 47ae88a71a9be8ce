"""From MATLAB's arrays to PyTorch's, by the axes that the bundle recorded: `layouts` undoes what it did at export."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xverify.bundle.weights import StoredParameter
from xverify.layouts.axis_layout import AxisLayout, Place

Array = NDArray[Any]

_SUMMED = frozenset({"lstmLayer", "bilstmLayer"})


@dataclass(frozen=True)
class RecordedLayout(AxisLayout):
    """The layout of one property as weights.mat recorded it; its roles are names of the state_dict."""

    place: Place

    @property
    def matlab_layer(self) -> str:
        """Not recorded with the property."""
        return ""

    @property
    def places(self) -> tuple[Place, ...]:
        """The one property."""
        return (self.place,)


def in_pytorch(
    stored: StoredParameter, array: Array, op: str, shapes: Mapping[str, tuple[int, ...]]
) -> dict[str, Array]:
    """PyTorch's parameters from one array of a MATLAB layer.

    Args:
        stored: Where weights.mat holds the property: its axes and names.
        array: Of the shape that weights.mat has; trailing dimensions of size 1 may be missing.
        op: MATLAB's constructor of the layer; '' for a parameter that no layer holds.
        shapes: State_dict name -> PyTorch's shape.

    Returns:
        State_dict name -> array. An LSTM's one bias comes back as `layouts.lstm` says: bias_ih has the sum, bias_hh zeros.

    Raises:
        XverifyError: The array has another shape.
    """
    names, zeros = split_names(stored, op)
    own = {name: shapes[name] for name in names}
    sizes = {"G": stored.array.shape[-1]} if "(G O)" in stored.axes else {}
    layout = RecordedLayout(own, Place("value", tuple(names), stored.axes, sizes=sizes))
    restored = layout.to_pytorch({"value": array})
    return restored | {name: np.zeros_like(restored[source]) for source, name in zip(names, zeros, strict=False)}


def split_names(stored: StoredParameter, op: str) -> tuple[Sequence[str], Sequence[str]]:
    """The names whose values the array holds, and those that were added to them: an LSTM's recurrent biases."""
    if op in _SUMMED and len(stored.names) > 1 and len(stored.names) != _stacked(stored):
        return stored.names[::2], stored.names[1::2]
    return stored.names, ()


def _stacked(stored: StoredParameter) -> int:
    """How many parameters lie behind each other: 2 for two directions ('D G I'), or a GRU's two biases ('S G')."""
    return 2 if stored.axes.split()[0] in {"D", "S"} else 1
