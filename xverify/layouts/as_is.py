"""Parameters of operations that no MATLAB layer holds."""

from dataclasses import dataclass
from string import ascii_uppercase

from xverify.layouts.axis_layout import AxisLayout, Place


@dataclass(frozen=True)
class AsIs(AxisLayout):
    """Every array keeps PyTorch's axis order and its role as name: 'A B C -> A B C'.

    `reason` says why there is no MATLAB layer, for the manifest and for messages. A vector stays a vector; a .mat file
    stores it as a column, and both (C) and (C, 1) are accepted when it is read back.
    """

    reason: str

    @property
    def matlab_layer(self) -> str:
        """''."""
        return ""

    @property
    def places(self) -> tuple[Place, ...]:
        """One place a parameter."""
        return tuple(Place(role, (role,), _unchanged(len(shape))) for role, shape in self.shapes.items())


def _unchanged(rank: int) -> str:
    axes = " ".join(ascii_uppercase[:rank])
    return f"{axes} -> {axes}"
