"""Two-dimensional convolution with groups, depthwise convolution included."""

from dataclasses import dataclass

from xverify.layouts.axis_layout import AxisLayout, Place


@dataclass(frozen=True)
class GroupedConvolution(AxisLayout):
    """groupedConvolution2dLayer: MATLAB has no grouped layer for one or three dimensions.

    PyTorch's output channel is o + (Cout/g) * group; MATLAB splits it into two axes, the group last:
    weight (Cout, Cin/g, kH, kW) is Weights (kH, kW, Cin/g, Cout/g, g), and bias (Cout) is Bias (1, 1, Cout/g, g).
    The shapes are MathWorks' documented ones; they were not verified on a file that MATLAB saved.
    """

    groups: int

    @property
    def matlab_layer(self) -> str:
        """'groupedConvolution2dLayer'."""
        return "groupedConvolution2dLayer"

    @property
    def places(self) -> tuple[Place, ...]:
        """Weights and Bias."""
        sizes = {"G": self.groups}
        return (
            Place("Weights", ("weight",), "(G O) I H W -> H W I O G", sizes=sizes),
            Place("Bias", ("bias",), "(G O) -> 1 1 O G", neutral=0.0, sizes=sizes),
        )
