"""Writes whatever makes a matrix of a batch of maps as Flatten, and drops what flattens a matrix.

Requires: fold_constants, so that target shapes are constants. Ensures: a Reshape or Squeeze from rank 3 or more to (batch,
everything else) is Flatten; no Flatten or Reshape of a matrix to itself is left (it becomes an Identity, which
remove_identities takes away).

Cases: 1. Static shapes: the first size stays and the rest is one axis. 2. A symbolic batch with a target of (-1, n), (0, -1)
or (0, n), all other sizes known. 3. Anything else, such as a view that mixes batch and channels: stays.

Evidence: Flatten becomes nnet.onnx.layer.FlattenInto2dLayer, in C order, so that the weights after it keep PyTorch's order;
Reshape and Squeeze were seen as custom layers, and so was a Flatten of rank 2 (verivital/nnv, pull request 391).
"""

import math

import onnx_ir as ir

from xverify.onnx_export.passes.graph_state import GraphState
from xverify.onnx_export.passes.rewriting import Rewrite, constant_of, static_shape


def flatten_to_2d(state: GraphState) -> None:
    """Replaces Reshape and Squeeze by Flatten, and flattening of matrices by Identity."""
    for node in list(state.graph):
        if node.domain or node.op_type not in {"Reshape", "Squeeze", "Flatten"}:
            continue
        rewrite = Rewrite(state, node)
        if _keeps(node):
            rewrite.finish(rewrite.add("Identity", [node.inputs[0]]))
        elif node.op_type != "Flatten" and _flattens(node):
            rewrite.finish(rewrite.add("Flatten", [node.inputs[0]], {"axis": 1}))


def _keeps(node: ir.Node) -> bool:
    """Whether a matrix comes out as it went in."""
    data = node.inputs[0]
    if data is None or data.shape is None or len(data.shape) != 2:
        return False
    if node.op_type == "Flatten":
        axis = node.attributes.get("axis")
        return axis is None or axis.as_int() in {1, -1}
    before = static_shape(data)
    return before is not None and before == static_shape(node.outputs[0])


def _flattens(node: ir.Node) -> bool:
    data, result = node.inputs[0], node.outputs[0]
    if data is None or data.shape is None or len(data.shape) < 3:
        return False
    before, after = static_shape(data), static_shape(result)
    if before is not None and after is not None:
        return len(after) == 2 and after[0] == before[0] and math.prod(before) != 0
    return _flattens_symbolic_batch(node, list(data.shape))


def _flattens_symbolic_batch(node: ir.Node, sizes: list[object]) -> bool:
    target = constant_of(node.inputs[1]) if node.op_type == "Reshape" and len(node.inputs) > 1 else None
    rest = [size for size in sizes[1:] if isinstance(size, int)]
    zero_copies = "allowzero" not in node.attributes or node.attributes["allowzero"].as_int() == 0
    if target is None or target.size != 2 or len(rest) != len(sizes) - 1 or not zero_copies:
        return False
    features = math.prod(rest)
    return features > 0 and tuple(target.reshape(-1).tolist()) in {(-1, features), (0, features), (0, -1)}
