"""Gated recurrent units."""

from dataclasses import dataclass

from xverify.layouts.axis_layout import AxisLayout, Place
from xverify.layouts.recurrent import cell_suffixes


@dataclass(frozen=True)
class GRU(AxisLayout):
    """gruLayer with ResetGateMode 'recurrent-bias-after-multiplication', which is PyTorch's equation.

    InputWeights (3H, In), RecurrentWeights (3H, H), with PyTorch's gate order r, z, n (MATLAB's: reset, update,
    candidate), and Bias (6H, 1): bias_ih over bias_hh. The other modes of gruLayer have one bias (3H, 1) and another
    equation. Shapes and order are MathWorks' documented ones, not verified on a file that MATLAB saved.

    MATLAB has no bidirectional GRU: each direction is a gruLayer of its own. With several layers or directions the
    names carry PyTorch's suffix: 'InputWeights_l0', 'InputWeights_l0_reverse'.
    """

    @property
    def matlab_layer(self) -> str:
        """'gruLayer'."""
        return "gruLayer"

    @property
    def places(self) -> tuple[Place, ...]:
        """InputWeights, RecurrentWeights and Bias of every layer and direction."""
        suffixes = cell_suffixes(self.shapes)
        return tuple(place for suffix in suffixes for place in _cell_places(suffix, plain=len(suffixes) == 1))


def _cell_places(suffix: str, *, plain: bool) -> tuple[Place, ...]:
    name = "" if plain else suffix
    return (
        Place(f"InputWeights{name}", (f"weight_ih{suffix}",), "G I -> G I"),
        Place(f"RecurrentWeights{name}", (f"weight_hh{suffix}",), "G H -> G H"),
        Place(f"Bias{name}", (f"bias_ih{suffix}", f"bias_hh{suffix}"), "S G -> (S G) 1", neutral=0.0),
    )
