"""Batch normalization with its running statistics, as in evaluation."""

from dataclasses import dataclass

from xverify.layouts.axes import channel_axes
from xverify.layouts.axis_layout import AxisLayout, Place


@dataclass(frozen=True)
class BatchNormalization(AxisLayout):
    """batchNormalizationLayer: vectors of one value a channel, whose shape depends on the layer's input.

    For images (spatial rank 2) each is (1, 1, C), as MathWorks documents. The forms for other inputs are assumed,
    unverified: (C, 1) for features (rank 0), (1, C) for one spatial axis, (1, 1, 1, C) for three. `num_batches_tracked`
    has no counterpart in MATLAB and takes no part in evaluation: it is neither stored nor read back. Epsilon is an
    attribute of the layer, to be set explicitly. With `affine=False` Scale and Offset are not stored; MATLAB's are then
    1 and 0.
    """

    spatial_rank: int

    @property
    def matlab_layer(self) -> str:
        """'batchNormalizationLayer'."""
        return "batchNormalizationLayer"

    @property
    def places(self) -> tuple[Place, ...]:
        """Scale, Offset, TrainedMean and TrainedVariance."""
        axes = channel_axes("C", self.spatial_rank)
        return (
            Place("Scale", ("weight",), axes, neutral=1.0),
            Place("Offset", ("bias",), axes, neutral=0.0),
            Place("TrainedMean", ("running_mean",), axes),
            Place("TrainedVariance", ("running_var",), axes),
        )

    @property
    def unplaced(self) -> frozenset[str]:
        """The training step counter."""
        return frozenset({"num_batches_tracked"})
