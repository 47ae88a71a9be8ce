"""Calls that the MATLAB operator functions refuse: each error identifier that their help names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from operator_case import Array, ints, numbers, scalar


@dataclass(frozen=True)
class Refused:
    """One call, and the error that it must raise."""

    op: str
    reason: str
    inputs: Sequence[Array | None]
    attributes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def identifier(self) -> str:
        """'xverify:Conv:size'."""
        return f"xverify:{self.op}:{self.reason}"


X = numbers(2, 3, 4, 5)
GATES = [numbers(2, 1, 3), numbers(1, 4, 3), numbers(1, 4, 1)]
THREE = [numbers(3), ints(1), numbers(1)]

REDUCTIONS = ("L1", "L2", "LogSumExp", "Max", "Mean", "Min", "Prod", "Sum", "SumSquare")

REFUSED = [
    *(Refused(op, "axis", [X], {"axis": 4.0}) for op in ("ArgMax", "ArgMin", "Concat", "LogSoftmax", "Softmax", "Split")),
    *(Refused(f"Reduce{kind}", "axis", [X, ints(1, -5)]) for kind in REDUCTIONS),
    *(Refused(op, "axis", [X, ints(4)]) for op in ("CumSum", "Squeeze")),
    *(Refused(op, "axis", [X, ints(0)], {"axis": -5.0}) for op in ("Gather", "GatherElements", "LayerNormalization")),
    *(Refused(op, "index", [numbers(3), ints(3)]) for op in ("Gather", "GatherElements", "GatherND")),
    *(Refused(op, "index", [numbers(3), ints(-4), numbers(1)]) for op in ("ScatterElements", "ScatterND")),
    *(Refused(op, "reduction", THREE, {"reduction": "mean"}) for op in ("ScatterElements", "ScatterND")),
    *(Refused(op, "auto_pad", [X, numbers(3, 3, 1, 1)], {"auto_pad": "SAME"}) for op in ("Conv", "ConvTranspose")),
    *(Refused(op, "auto_pad", [X], {"auto_pad": "SAME", "kernel_shape": np.ones((1, 2))}) for op in ("MaxPool", "AveragePool")),
    *(Refused(op, "mode", [X], {"mode": "RCD"}) for op in ("DepthToSpace", "SpaceToDepth")),
    *(Refused(op, "size", [X, numbers(4, 2, 1, 1)]) for op in ("Conv", "ConvTranspose")),
    *(Refused(op, "direction", GATES, {"direction": "backward"}) for op in ("LSTM", "GRU", "RNN")),
    *(Refused(op, "activations", GATES, {"activations": "Softsign,Softsign,Softsign"}) for op in ("LSTM", "GRU", "RNN")),
    *(Refused(op, "clip", GATES, {"clip": 1.0}) for op in ("LSTM", "GRU", "RNN")),
    *(Refused(op, "size", [numbers(2, 3), numbers(2, 3)]) for op in ("MatMul", "Gemm")),
    Refused("LSTM", "input_forget", GATES, {"input_forget": 1.0}),
    Refused("BatchNormalization", "training", [X, *[numbers(3)] * 4], {"training_mode": 1.0}),
    Refused("Cast", "type", [X], {"to": 10.0}),
    Refused("Constant", "value", []),
    Refused("Dropout", "training", [X, scalar(0.5), np.array(True)]),
    Refused("Einsum", "equation", [X], {"equation": "ij->i"}),
    Refused("Einsum", "equation", [X], {"equation": "abcd,e->e"}),
    Refused("Einsum", "equation", [X], {"equation": "abcd->e"}),
    Refused("Einsum", "equation", [numbers(2), numbers(3)], {"equation": "a,a->"}),
    Refused("Flatten", "axis", [X], {"axis": 5.0}),
    Refused("Gelu", "approximate", [X], {"approximate": "erf"}),
    Refused("GridSample", "mode", [X, numbers(2, 1, 1, 2)], {"mode": "area"}),
    Refused("GridSample", "mode", [X, numbers(2, 1, 1, 2)], {"padding_mode": "wrap"}),
    Refused("GroupNormalization", "size", [X, numbers(3), numbers(3)], {"num_groups": 2.0}),
    Refused("OneHot", "axis", [ints(1), ints(3), numbers(2)], {"axis": 2.0}),
    Refused("Pad", "axis", [X, ints(1, 1), None, ints(4)]),
    Refused("Pad", "mode", [X, ints(*[1] * 8)], {"mode": "circular"}),
    Refused("Reshape", "size", [X, ints(7, -1)]),
    Refused("Reshape", "size", [X, ints(7)]),
    Refused("Resize", "axis", [X, None, np.ones(1, np.float32)], {"axes": 4.0}),
    *(
        Refused("Resize", "mode", [X, None, None, ints(2, 3, 8, 9)], {"mode": "linear", name: "other"})
        for name in ("mode", "coordinate_transformation_mode", "keep_aspect_ratio_policy")
    ),
    Refused("Resize", "mode", [X, None, None, ints(2, 3, 8, 9)], {"nearest_mode": "other"}),
    Refused("ScatterElements", "axis", THREE, {"axis": 1.0}),
    Refused("Slice", "axis", [X, ints(0), ints(1), ints(4)]),
    Refused("Split", "size", [X, ints(1, 3)]),
    Refused("Squeeze", "size", [X, ints(0)]),
    Refused("TopK", "axis", [X, ints(1)], {"axis": 4.0}),
    Refused("TopK", "size", [X, ints(6)]),
    Refused("Unsqueeze", "axis", [X, ints(5)]),
]  # fmt: skip
