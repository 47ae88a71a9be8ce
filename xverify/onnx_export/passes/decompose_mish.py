"""Writes Mish and Swish, which opsets 18 and 24 brought, as their formulas.

Requires: nothing. Ensures: none of them below the opset that has it.

Cases: 1. Mish(x) = x * tanh(softplus(x)). 2. Swish(x) = x * sigmoid(alpha x); a sigmoid times its argument that stands in the
graph already (SiLU) stays as it is: SigmoidLayer and MultiplicationLayer.

Evidence: the function bodies of both operators in onnx.
"""

import numpy as np
import onnx_ir as ir

from xverify.onnx_export.passes.graph_state import GraphState
from xverify.onnx_export.passes.rewriting import Rewrite, element_type, number

FIRST_OPSETS = {"Mish": 18, "Swish": 24}


def decompose_mish(state: GraphState) -> None:
    """Replaces each Mish and Swish."""
    for node in list(state.graph):
        if state.target.opset < FIRST_OPSETS.get(node.op_type, 0) and not node.domain:
            _replace(state, node)


def _replace(state: GraphState, node: ir.Node) -> None:
    rewrite, x = Rewrite(state, node), node.inputs[0]
    if node.op_type == "Mish":
        gate = rewrite.alike("Tanh", [rewrite.alike("Softplus", [x])])
    else:
        alpha = number(node, "alpha", 1.0)
        scaled = x if alpha == 1 else rewrite.alike("Mul", [x, rewrite.constant(np.array(alpha, element_type(node)))])
        gate = rewrite.alike("Sigmoid", [scaled])
    rewrite.finish(rewrite.alike("Mul", [x, gate]))
