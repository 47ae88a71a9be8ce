"""Drops the zero bias that the exporter gives to every convolution without one.

Requires: fold_constants (the bias is then an initializer `val_N`). Ensures: a convolution has a bias only if PyTorch's has.
Evidence: values stay identical without it (resnet18 20, densenet121 120, shufflenet 56 convolutions). A bias that comes from the
model is never dropped, even when it is all zero: its name is the state_dict's.
"""

import re

import numpy as np

from xverify.onnx_export.passes.graph_state import GraphState

_SYNTHESISED = re.compile(r"val_\d+")
"""How the exporter names its own values; `val_proj.bias` is a module's."""


def drop_zero_biases(state: GraphState) -> None:
    """Removes synthesised all-zero third inputs of Conv and ConvTranspose."""
    for node in state.graph:
        if node.op_type not in {"Conv", "ConvTranspose"} or len(node.inputs) < 3:
            continue
        bias = node.inputs[2]
        if (
            bias is not None
            and _SYNTHESISED.fullmatch(bias.name or "")
            and bias.const_value is not None
            and not np.any(bias.const_value.numpy())
        ):
            node.resize_inputs(2)
            if not bias.uses() and bias.name and bias.name in state.graph.initializers:
                del state.graph.initializers[bias.name]
