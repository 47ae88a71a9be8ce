"""Calls that the layer functions of the MATLAB engine refuse, one for each error identifier."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from layer_case import Array, Case, Setting


@dataclass(frozen=True)
class Refused:
    """One call, and the beginning of the message that it must give; shapes are MATLAB's."""

    op: str
    reason: str
    message: str
    shapes: Sequence[tuple[int, ...]]
    attributes: Mapping[str, Setting] = field(default_factory=dict)
    parameters: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    rank: int = 4

    @property
    def identifier(self) -> str:
        """'xverify:reluLayer:reason'."""
        return f"xverify:{self.op}:{self.reason}"

    def case(self) -> Case:
        """A case that expects any value at all."""
        parameters = {name: _ones(shape) for name, shape in self.parameters.items()}
        inputs = [_ones(shape) for shape in self.shapes]
        return Case(self.op, "refused", self.attributes, parameters, self.rank, inputs, [_ones((1, 1))], 0.0)


def _ones(shape: tuple[int, ...]) -> Array:
    return np.ones(shape, np.float32)


def _recurrent(rows: int) -> dict[str, tuple[int, ...]]:
    return {"InputWeights": (rows, 3), "RecurrentWeights": (rows, 2)}


ATTENTION = {f"{role}Weights": (6, 6) for role in ("Query", "Key", "Value", "Output")}

SIX = "X has 6 channels, Weights take"

ERRORS: Sequence[Refused] = (
    Refused("additionLayer", "inputs", "A sum needs two arrays, not 1", [(3, 2)], rank=2),
    Refused("multiplicationLayer", "inputs", "A product needs two arrays, not 1", [(3, 2)], rank=2),
    Refused("convolution1dLayer", "channels", SIX, [(5, 6, 2)], parameters={"Weights": (3, 4, 2)}, rank=3),
    Refused("convolution2dLayer", "channels", SIX, [(5, 4, 6)], parameters={"Weights": (3, 3, 4, 2)}),
    Refused("convolution3dLayer", "channels", SIX, [(5, 4, 4, 6)], parameters={"Weights": (3, 3, 3, 4, 2)}, rank=5),
    Refused("groupedConvolution2dLayer", "channels", SIX, [(5, 4, 6)], parameters={"Weights": (3, 3, 2, 2, 2)}),
    Refused("transposedConv1dLayer", "channels", SIX, [(5, 6, 2)], parameters={"Weights": (3, 6, 4)}, rank=3),
    Refused("transposedConv2dLayer", "channels", SIX, [(5, 4, 6)], parameters={"Weights": (3, 3, 6, 4)}),
    Refused("transposedConv3dLayer", "channels", SIX, [(5, 4, 4, 6)], parameters={"Weights": (3, 3, 3, 6, 4)}, rank=5),
    Refused("convolution1dLayer", "size", "A window of", [(5, 6, 2)], parameters={"Weights": (6, 6, 2)}, rank=3),
    Refused("convolution2dLayer", "size", "A window of [3 7 1]", [(5, 6)], {"padding": [0, 0]}, {"Weights": (3, 7)}),
    Refused("convolution3dLayer", "size", "A window of", [(5, 4, 3)], parameters={"Weights": (1, 1, 4)}, rank=5),
    Refused("groupedConvolution2dLayer", "size", "A window of", [(5, 4, 6)], parameters={"Weights": (3, 5, 1, 1, 6)}),
    *(
        Refused(
            f"{kind}Pooling{len(shape) - 2}dLayer", "size", "A window of", [shape], {"kernel_size": 6}, {}, len(shape)
        )
        for kind in ("max", "average")
        for shape in ((5, 2, 3), (6, 5, 2, 3), (6, 6, 5, 2, 3))
    ),
    Refused("fullyConnectedLayer", "channels", "X has 6 features", [(6, 2)], parameters={"Weights": (3, 5)}, rank=2),
    Refused(
        "batchNormalizationLayer",
        "channels",
        "TrainedVariance has 5 values, X has 6 channels",
        [(4, 5, 6)],
        parameters={"TrainedMean": (1, 1, 6), "TrainedVariance": (1, 1, 5)},
    ),
    Refused(
        "layerNormalizationLayer", "channels", "Scale has 5 values", [(6, 2)], parameters={"Scale": (5, 1)}, rank=2
    ),
    Refused(
        "groupNormalizationLayer", "channels", "Offset has 1 values", [(4, 5, 6)], {"num_groups": 2}, {"Offset": (1,)}
    ),
    Refused("groupNormalizationLayer", "groups", "4 groups do not divide 6 channels", [(4, 5, 6)], {"num_groups": 4}),
    Refused(
        "instanceNormalizationLayer", "channels", "Scale has 5 values", [(4, 5, 6)], parameters={"Scale": (1, 1, 5)}
    ),
    Refused(
        "instanceNormalizationLayer", "moments", "MATLAB's layer has no running", [(4, 5, 6)], {"use_input_stats": 0.0}
    ),
    Refused("geluLayer", "approximate", "approximate is 'erf'", [(4, 5)], {"approximate": "erf"}, rank=2),
    Refused("resize2dLayer", "size", "There is neither", [(4, 5, 6)], {"scales_h": 2.0}),
    Refused("wordEmbeddingLayer", "index", "Indices from 1 to 1, the table has", [(2, 2)], {}, {"Weights": (3, 1)}, 2),
    Refused("selfAttentionLayer", "heads", "4 heads do not divide 6", [(6, 5)], {"num_heads": 4.0}, ATTENTION, 3),
    Refused("lstmLayer", "states", "1 initial states: an LSTM", [(3, 2, 5), (2, 2)], {}, _recurrent(8), 3),
    Refused("bilstmLayer", "states", "Initial state 2 is", [(3, 2, 5), (2, 2, 2), (2, 2)], {}, _recurrent(16), 3),
    Refused("gruLayer", "states", "2 initial states: a GRU", [(3, 2, 5), (2, 2), (2, 2)], {}, _recurrent(6), 3),
    Refused("preluLayer", "channels", "Alpha has 5 values", [(4, 5, 6)], parameters={"Alpha": (1, 1, 5)}),
)
