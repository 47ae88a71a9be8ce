"""The contract of a layout: PyTorch's parameters of one layer to MATLAB's properties, and back.

One object serves both directions, so that export and re-import cannot disagree.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from numpy.typing import NDArray


@dataclass(frozen=True)
class Stored:
    """One parameter as it lies in weights.mat.

    Attributes:
        array: In MATLAB's axis order, dtype unchanged; a view of PyTorch's array where numpy can make one.
        axes: The named axis mapping, PyTorch's side left: 'O I H W -> H W I O'.
        sources: The PyTorch roles that went into it. Several are stacked along a new first axis, which `axes` names
            ('S G -> (S G) 1'); only LSTM's bias adds two of them instead (see lstm.py).
    """

    array: NDArray[Any]
    axes: str
    sources: tuple[str, ...]


class Layout(Protocol):
    """How the parameters of one layer lie in MATLAB. Made by `xverify.layouts.table.layout_for`."""

    @property
    def matlab_layer(self) -> str:
        """MATLAB's constructor, such as 'convolution2dLayer'; '' where MATLAB has no such layer."""
        ...

    def to_matlab(self, parameters: Mapping[str, NDArray[Any]]) -> dict[str, Stored]:
        """Moves PyTorch's parameters, by role ('weight'), to MATLAB's properties, by name ('Weights').

        Raises:
            XverifyError: A parameter is missing or has not the shape that the layout was made for.
        """
        ...

    def to_pytorch(self, stored: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """The inverse of `to_matlab`: MATLAB's properties to PyTorch's parameters.

        Trailing singleton dimensions may be missing, as MATLAB drops them.

        Raises:
            XverifyError: A property is missing, unknown, or has another shape; or it holds values for which the PyTorch
                layer has no parameter.
        """
        ...
