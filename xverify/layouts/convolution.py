"""Convolution without groups, in one, two and three dimensions."""

from dataclasses import dataclass

from xverify.layouts.axes import channel_axes
from xverify.layouts.axis_layout import AxisLayout, Place

KERNELS = {1: ("L", "L"), 2: ("H W", "H W"), 3: ("D H W", "H W D")}
"""Spatial rank -> the kernel's axes in PyTorch and in MATLAB.

Two dimensions: verified, rows and columns are not exchanged. Three: convolution3dLayer's filterSize is [h w d] in
MathWorks' documentation; that PyTorch's D is MATLAB's depth is assumed, unverified. One: the only order there is.
"""


@dataclass(frozen=True)
class Convolution(AxisLayout):
    """convolution1dLayer, convolution2dLayer, convolution3dLayer.

    PyTorch's weight (Cout, Cin, kernel) is MATLAB's Weights (kernel, Cin, Cout), its bias (Cout) is Bias
    (1, ..., 1, Cout). Both compute a cross-correlation: no kernel is flipped. For two dimensions verified on 19 layers
    that MATLAB saved; for one and three the same rule is assumed, unverified. MATLAB's layer always has a Bias, zero
    where PyTorch has none.
    """

    spatial_rank: int

    @property
    def matlab_layer(self) -> str:
        """'convolution2dLayer' for spatial rank 2."""
        return f"convolution{self.spatial_rank}dLayer"

    @property
    def places(self) -> tuple[Place, ...]:
        """Weights and Bias."""
        pytorch, matlab = KERNELS[self.spatial_rank]
        return (
            Place("Weights", ("weight",), f"O I {pytorch} -> {matlab} I O"),
            Place("Bias", ("bias",), channel_axes("O", self.spatial_rank), neutral=0.0),
        )
