"""The same network with every mean over pixels summed one float32 at a time, as a plain loop does it.

Such a sum is legitimately far less exact than a pairwise one, and squeeze-excitation carries the difference on: it belongs
to the noise floor of a network that has such means (docs/explanation/tolerances.md). onnxruntime's CumSum adds in order.
"""

import math

import numpy as np
import onnx_ir as ir
from onnx_ir.passes import common

from xverify.onnx_export.passes.global_average_pool import is_spatial_mean
from xverify.onnx_export.passes.graph_state import GraphState
from xverify.onnx_export.passes.rewriting import Rewrite, static_shape


def sum_means_sequentially(model: ir.Model) -> bool:
    """Replaces ReduceMean and GlobalAveragePool over pixels, in place; returns whether there was one."""
    means = [node for node in model.graph if node.op_type in {"ReduceMean", "GlobalAveragePool"} and not node.domain]
    if not means:
        return False
    if any(static_shape(value) is None for node in means for value in (node.inputs[0], node.outputs[0])):
        common.ShapeInferencePass()(model)
    found = [_replace(GraphState(model, {}), node) for node in means]
    return any(found)


def _replace(state: GraphState, node: ir.Node) -> bool:
    data, result = static_shape(node.inputs[0]), static_shape(node.outputs[0])
    if (node.op_type == "ReduceMean" and not is_spatial_mean(node)) or data is None or result is None or 0 in data:
        return False
    pixels = math.prod(data[2:])
    rewrite = Rewrite(state, node)
    flat = rewrite.add("Reshape", [node.inputs[0], rewrite.constant(np.array([*data[:2], pixels], np.int64))])
    sums = rewrite.add("CumSum", [flat, rewrite.constant(np.array(2, np.int64))])
    last = rewrite.add("Gather", [sums, rewrite.constant(np.array([pixels - 1], np.int64))], {"axis": 2})
    mean = rewrite.add("Div", [last, rewrite.constant(np.array(pixels, np.float32))])
    rewrite.finish(rewrite.add("Reshape", [mean, rewrite.constant(np.array(result, np.int64))]))
    return True
