"""Writes the kernel's size into each convolution.

Requires: fold_constants, so that weights have known shapes. Ensures: every Conv and ConvTranspose whose weight's shape is
known has `kernel_shape`. ONNX lets a reader infer it from the weight; MATLAB's importer may not.

Evidence: a file of torch 2.9 without `kernel_shape` (and with `auto_pad='NOTSET'` and symbolic height and width) imported
with all seven convolutions as custom layers; TorchScript-style files, which have it, import convolutions as built-in layers.
Which of the three is the cause is not established, so all three go.
"""

import onnx_ir as ir

from xverify.onnx_export.passes.graph_state import GraphState
from xverify.onnx_export.passes.rewriting import static_shape


def explicit_kernel_shape(state: GraphState) -> None:
    """Adds `kernel_shape` where it is missing."""
    for node in state.graph:
        if node.op_type not in {"Conv", "ConvTranspose"} or node.domain or "kernel_shape" in node.attributes:
            continue
        shape = static_shape(node.inputs[1])
        if shape is not None:
            node.attributes.add(ir.AttrInt64s("kernel_shape", list(shape[2:])))
