"""Fully connected layers."""

from dataclasses import dataclass

from xverify.layouts.axis_layout import AxisLayout, Place


@dataclass(frozen=True)
class Linear(AxisLayout):
    """fullyConnectedLayer: weight (out, in) is Weights as it is, bias (out) is the column Bias (out, 1). Verified.

    The columns of Weights stand in PyTorch's order. A network rebuilt by hand with MATLAB's `flattenLayer`, which is
    column-major, needs them permuted; one that MATLAB's ONNX importer made does not, for it flattens in C order.
    """

    @property
    def matlab_layer(self) -> str:
        """'fullyConnectedLayer'."""
        return "fullyConnectedLayer"

    @property
    def places(self) -> tuple[Place, ...]:
        """Weights and Bias."""
        return (
            Place("Weights", ("weight",), "O I -> O I"),
            Place("Bias", ("bias",), "O -> O 1", neutral=0.0),
        )
