"""Writes HardSigmoid as a scale, a shift and a Clip.

Requires: nothing. Ensures: no HardSigmoid, when the target decomposes it.

Cases: 1. alpha = 1/6 and beta = 1/2, as PyTorch's hardsigmoid is exported: clip(x + 3, 0, 6) / 6, PyTorch's own formula.
2. Any other: clip(alpha * x + beta, 0, 1).

Evidence: whether the importer knows HardSigmoid is not established; see decompose_hardswish.
"""

import numpy as np
import onnx_ir as ir

from xverify.onnx_export.passes.graph_state import GraphState
from xverify.onnx_export.passes.rewriting import Rewrite, element_type, number

_ALPHA, _BETA = 0.2, 0.5
"""ONNX's defaults."""


def decompose_hardsigmoid(state: GraphState) -> None:
    """Replaces each HardSigmoid."""
    if state.target.decomposes("HardSigmoid"):
        for node in list(state.graph):
            if node.op_type == "HardSigmoid" and not node.domain:
                _replace(state, node)


def _replace(state: GraphState, node: ir.Node) -> None:
    rewrite, kind, x = Rewrite(state, node), element_type(node), node.inputs[0]
    alpha, beta = number(node, "alpha", _ALPHA), number(node, "beta", _BETA)

    def constant(value: float) -> ir.Value:
        return rewrite.constant(np.array(value, kind))

    if np.float32(alpha) == np.float32(1 / 6) and beta == 0.5:
        clipped = rewrite.alike("Clip", [rewrite.alike("Add", [x, constant(3)]), constant(0), constant(6)])
        rewrite.finish(rewrite.alike("Div", [clipped, constant(6)]))
        return
    scaled = rewrite.alike("Add", [rewrite.alike("Mul", [x, constant(alpha)]), constant(beta)])
    rewrite.finish(rewrite.alike("Clip", [scaled, constant(0), constant(1)]))
