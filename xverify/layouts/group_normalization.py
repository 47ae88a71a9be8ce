"""Group normalization, and instance normalization, which is group normalization with one channel a group."""

from dataclasses import dataclass

from xverify.layouts.axes import channel_axes
from xverify.layouts.axis_layout import AxisLayout, Place


@dataclass(frozen=True)
class GroupNormalization(AxisLayout):
    """groupNormalizationLayer and instanceNormalizationLayer.

    Scale and Offset hold one value a channel, (1, 1, C) for images and as in batch normalization for other inputs; all
    of these forms are assumed, unverified. MATLAB's layers have no running statistics: instance normalization with
    `track_running_stats=True` keeps PyTorch's order (as_is.py).
    """

    matlab_layer_name: str
    spatial_rank: int

    @property
    def matlab_layer(self) -> str:
        """'groupNormalizationLayer' or 'instanceNormalizationLayer'."""
        return self.matlab_layer_name

    @property
    def places(self) -> tuple[Place, ...]:
        """Scale and Offset."""
        axes = channel_axes("C", self.spatial_rank)
        return (
            Place("Scale", ("weight",), axes, neutral=1.0),
            Place("Offset", ("bias",), axes, neutral=0.0),
        )
