"""Layer normalization over the channels."""

from dataclasses import dataclass

from xverify.layouts.axis_layout import AxisLayout, Place


@dataclass(frozen=True)
class LayerNormalization(AxisLayout):
    """layerNormalizationLayer with OperationDimension 'channel-only', for a `normalized_shape` of rank 1.

    Scale and Offset are columns (C, 1), the form for features and sequences; it is assumed, unverified. A
    `normalized_shape` of higher rank has a value for every element, which MATLAB's channel vectors cannot hold: such a
    layer keeps PyTorch's order (as_is.py).
    """

    @property
    def matlab_layer(self) -> str:
        """'layerNormalizationLayer'."""
        return "layerNormalizationLayer"

    @property
    def places(self) -> tuple[Place, ...]:
        """Scale and Offset."""
        return (
            Place("Scale", ("weight",), "C -> C 1", neutral=1.0),
            Place("Offset", ("bias",), "C -> C 1", neutral=0.0),
        )
