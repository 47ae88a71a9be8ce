"""Writes a linear layer on features as one Gemm: MatMul with a constant and Add of a bias.

Requires: fold_constants. Ensures: where a MatMul on rank 2 is read by an Add of a constant bias alone, both are one Gemm with
`transB=1`, as PyTorch's own export of Linear writes it.

Cases: 1. The product is itself a layer or an output (`x @ w` in the user's code): both stay. 2. Rank 3 and more (a Linear
on tokens): stays MatMul + Add, because Gemm takes rank 2 alone, and the Reshape around it would import as a custom layer.
3. The bias is not one number an output: stays.

Evidence: Gemm becomes a fullyConnectedLayer with its bias; of MatMul + Add the bias becomes a layer of its own (ScalingLayer
from R2025a, ElementwiseAffineLayer before), as the code of verivital/nnv documents.
"""

import numpy as np
import onnx_ir as ir

from xverify.onnx_export.passes.graph_state import GraphState
from xverify.onnx_export.passes.rewriting import Array, Rewrite, constant_of, drop_unread, is_layer


def linear_as_gemm(state: GraphState) -> None:
    """Fuses MatMul and Add."""
    for node in list(state.graph):
        if node.op_type == "Add" and not node.domain:
            _fuse(state, node)


def _fuse(state: GraphState, add: ir.Node) -> None:
    for product, bias in (add.inputs, reversed(add.inputs)):
        linear = product.producer() if product is not None else None
        if product is None or linear is None or linear.op_type != "MatMul" or is_layer(state, product):
            continue
        data, weight = linear.inputs
        matrix, offset = constant_of(weight), constant_of(bias)
        if matrix is None or offset is None or len(product.uses()) != 1 or not _fits(data, matrix, offset):
            continue
        rewrite = Rewrite(state, add)
        operands = [data, rewrite.constant(np.ascontiguousarray(matrix.T)), rewrite.constant(offset.reshape(-1))]
        rewrite.finish(rewrite.add("Gemm", operands, {"transB": 1}))
        state.graph.remove(linear, safe=True)
        drop_unread(state.graph, [value for value in (weight, bias) if value is not None])
        return


def _fits(data: ir.Value | None, matrix: Array, offset: Array) -> bool:
    rank = len(data.shape) if data is not None and data.shape is not None else 0
    one_each = offset.shape in {(matrix.shape[-1],), (1, matrix.shape[-1])}
    return rank == 2 and matrix.ndim == 2 and one_each
