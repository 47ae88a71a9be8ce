"""Writes LayerNormalization, which opset 17 brought, as means and arithmetic.

Requires: known ranks; runs before lower_reductions, which gives the means the form of the target's opset. Ensures: no
LayerNormalization whose value alone is read, when the target decomposes it or its opset has none (below 17).

Cases: 1. y = (x - mean) / sqrt(mean of squares + epsilon) * scale + bias over the axes from `axis` on, as the function body of
operator LayerNormalization in onnx says. 2. A type shorter than float32 with `stash_type` 1: the normalisation is done in
float32. 3. Its mean or inverse deviation is read, too: it stays, and lower_opset refuses it where the opset has none.

Evidence: onnxruntime's own kernel accumulates otherwise: values differ by rounding. ReduceMean was seen as a custom layer;
what becomes of LayerNormalization is not established, so it stays where the opset has it.
"""

from typing import Any

import numpy as np
import onnx_ir as ir

from xverify.onnx_export.passes.graph_state import GraphState
from xverify.onnx_export.passes.rewriting import Rewrite, element_type, number

FIRST_OPSET = 17
_AXES_ARE_INPUTS = 18


def decompose_layer_normalization(state: GraphState) -> None:
    """Replaces each LayerNormalization whose value alone is read."""
    if state.target.decomposes("LayerNormalization") or state.target.opset < FIRST_OPSET:
        for node in list(state.graph):
            more = any(value.uses() or value.is_graph_output() for value in node.outputs[1:])
            if node.op_type == "LayerNormalization" and not node.domain and not more:
                _replace(state, node)


def _replace(state: GraphState, node: ir.Node) -> None:
    x = node.inputs[0]
    if x is None or x.shape is None:
        return
    node.resize_outputs(1)
    rewrite, kind, rank = Rewrite(state, node), element_type(node), len(x.shape)
    axes = list(range(int(number(node, "axis", -1)) % rank, rank))
    if kind.itemsize < 4 and number(node, "stash_type", 1) == 1:
        wide = rewrite.add("Cast", [x], {"to": ir.DataType.FLOAT.value}, dtype=ir.DataType.FLOAT)
        wide.shape = x.shape
        normal = _normalised(rewrite, wide, axes, np.dtype(np.float32))
        result = rewrite.alike("Cast", [normal], {"to": ir.DataType.from_numpy(kind).value})
    else:
        result = _normalised(rewrite, x, axes, kind)
    result = rewrite.alike("Mul", [result, node.inputs[1]])
    if len(node.inputs) > 2 and node.inputs[2] is not None:
        result = rewrite.alike("Add", [result, node.inputs[2]])
    rewrite.finish(result)


def _normalised(rewrite: Rewrite, x: ir.Value, axes: list[int], kind: np.dtype[np.generic]) -> ir.Value:
    """(x - mean) / sqrt(variance + epsilon), of `kind`."""
    assert x.shape is not None
    one_each = ir.Shape([1 if axis in axes else size for axis, size in enumerate(x.shape)])
    newer = rewrite.state.model.opset_imports[""] >= _AXES_ARE_INPUTS

    def made(operator: str, inputs: list[ir.Value], shape: ir.Shape | None, **attributes: Any) -> ir.Value:
        value = rewrite.add(operator, inputs, attributes, dtype=ir.DataType.from_numpy(kind))
        value.shape = shape
        return value

    def mean(value: ir.Value) -> ir.Value:
        if newer:
            return made("ReduceMean", [value, rewrite.constant(np.array(axes, np.int64))], one_each, keepdims=1)
        return made("ReduceMean", [value], one_each, axes=axes, keepdims=1)

    centred = made("Sub", [x, mean(x)], x.shape)
    variance = mean(made("Mul", [centred, centred], x.shape))
    epsilon = rewrite.constant(np.array(number(rewrite.node, "epsilon", 1e-5), kind))
    deviation = made("Sqrt", [made("Add", [variance, epsilon], one_each)], one_each)
    return made("Div", [centred, deviation], x.shape)
