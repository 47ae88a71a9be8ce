"""Writes Gelu, which opset 20 brought, as its formula.

Requires: nothing. Ensures: no Gelu, when the target decomposes it or its opset has none (below 20).

Cases: 1. approximate='none': x / 2 * (1 + erf(x / sqrt 2)). 2. approximate='tanh': x / 2 * (1 + tanh(sqrt(2 / pi) * (x +
0.044715 x^3))), with the cube as two products, because Pow was not seen to import. Both halve x first, as PyTorch does.

Evidence: the function body of operator Gelu in onnx; PyTorch's aten.gelu. Values differ from onnxruntime's Gelu by rounding
(vit_b_16: 1.3e-6 of the size). What the importer makes of Erf is not established.
"""

import math

import numpy as np
import onnx_ir as ir

from xverify.onnx_export.passes.graph_state import GraphState
from xverify.onnx_export.passes.rewriting import Rewrite, element_type

FIRST_OPSET = 20


def decompose_gelu(state: GraphState) -> None:
    """Replaces each Gelu."""
    if state.target.decomposes("Gelu") or state.target.opset < FIRST_OPSET:
        for node in list(state.graph):
            if node.op_type == "Gelu" and not node.domain:
                _replace(state, node)


def _replace(state: GraphState, node: ir.Node) -> None:
    rewrite, kind, x = Rewrite(state, node), element_type(node), node.inputs[0]

    def constant(value: float) -> ir.Value:
        return rewrite.constant(np.array(value, kind))

    mode = node.attributes.get("approximate")
    if mode is not None and mode.as_string() == "tanh":
        cube = rewrite.alike("Mul", [rewrite.alike("Mul", [x, x]), x])
        inner = rewrite.alike("Add", [x, rewrite.alike("Mul", [cube, constant(0.044715)])])
        curve = rewrite.alike("Tanh", [rewrite.alike("Mul", [inner, constant(math.sqrt(2 / math.pi))])])
    else:
        curve = rewrite.alike("Erf", [rewrite.alike("Div", [x, constant(math.sqrt(2))])])
    half = rewrite.alike("Mul", [x, constant(0.5)])
    rewrite.finish(rewrite.alike("Mul", [half, rewrite.alike("Add", [curve, constant(1)])]))
