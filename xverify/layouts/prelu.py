"""The parametric ReLU."""

from dataclasses import dataclass

from xverify.layouts.axes import channel_axes
from xverify.layouts.axis_layout import AxisLayout, Place


@dataclass(frozen=True)
class PReLU(AxisLayout):
    """preluLayer: weight (C) is Alpha (1, 1, C) for images, verified on a network that MathWorks published.

    One slope that all channels share is (1, 1, 1). For other inputs the channel's place is that of batch normalization,
    assumed, unverified.
    """

    spatial_rank: int

    @property
    def matlab_layer(self) -> str:
        """'preluLayer'."""
        return "preluLayer"

    @property
    def places(self) -> tuple[Place, ...]:
        """Alpha."""
        return (Place("Alpha", ("weight",), channel_axes("C", self.spatial_rank)),)
