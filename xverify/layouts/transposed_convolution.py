"""Transposed convolution without groups, in one, two and three dimensions."""

from dataclasses import dataclass

from xverify.layouts.axes import channel_axes
from xverify.layouts.axis_layout import AxisLayout, Place
from xverify.layouts.convolution import KERNELS


@dataclass(frozen=True)
class TransposedConvolution(AxisLayout):
    """transposedConv1dLayer, transposedConv2dLayer, transposedConv3dLayer; none of them has groups.

    PyTorch's weight (Cin, Cout, kernel) is MATLAB's Weights (kernel, Cout, Cin), its bias (Cout) is Bias
    (1, ..., 1, Cout). For two dimensions verified on 4 layers that MATLAB saved; for one and three the same rule is
    assumed, unverified.
    """

    spatial_rank: int

    @property
    def matlab_layer(self) -> str:
        """'transposedConv2dLayer' for spatial rank 2."""
        return f"transposedConv{self.spatial_rank}dLayer"

    @property
    def places(self) -> tuple[Place, ...]:
        """Weights and Bias."""
        pytorch, matlab = KERNELS[self.spatial_rank]
        return (
            Place("Weights", ("weight",), f"I O {pytorch} -> {matlab} O I"),
            Place("Bias", ("bias",), channel_axes("O", self.spatial_rank), neutral=0.0),
        )
