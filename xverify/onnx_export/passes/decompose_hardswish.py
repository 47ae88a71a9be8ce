"""Writes HardSwish as operators that MATLAB's importer is known, or recalled, to take.

Requires: nothing. Ensures: no HardSwish, when the target decomposes it or its opset has none (below 14).

Cases: 1. HardSwish(x) = x * clip(x + 3, 0, 6) / 6, PyTorch's own formula, as Add, Clip, Mul, Div.

Evidence: whether the importer knows HardSwish is not established. Add and Mul are recalled as built-in; Clip was seen as the
importer's helper layer ClipLayer. Values differ from onnxruntime's HardSwish by rounding alone.
"""

import numpy as np
import onnx_ir as ir

from xverify.onnx_export.passes.graph_state import GraphState
from xverify.onnx_export.passes.rewriting import Rewrite, element_type

FIRST_OPSET = 14


def decompose_hardswish(state: GraphState) -> None:
    """Replaces each HardSwish."""
    if state.target.decomposes("HardSwish") or state.target.opset < FIRST_OPSET:
        for node in list(state.graph):
            if node.op_type == "HardSwish" and not node.domain:
                _replace(state, node)


def _replace(state: GraphState, node: ir.Node) -> None:
    rewrite, kind, x = Rewrite(state, node), element_type(node), node.inputs[0]
    shifted = rewrite.alike("Add", [x, rewrite.constant(np.array(3, kind))])
    clipped = rewrite.alike("Clip", [shifted, rewrite.constant(np.array(0, kind)), rewrite.constant(np.array(6, kind))])
    product = rewrite.alike("Mul", [x, clipped])
    rewrite.finish(rewrite.alike("Div", [product, rewrite.constant(np.array(6, kind))]))
