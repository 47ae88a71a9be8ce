"""Writes a mean over all pixels as GlobalAveragePool.

Requires: fold_constants, so that axes are constants. Ensures: no ReduceMean takes exactly the spatial axes of a value of rank
4 or 5.

Cases: 1. The axes stay (`keepdims=1`): GlobalAveragePool. 2. They go (`x.mean((2, 3))`): GlobalAveragePool and Flatten, which
makes the value of the old name. 3. Rank 3: stays, because axis 2 of a sequence may be its features.

Evidence: ReduceMean was seen as a custom layer; GlobalAveragePool is recalled as built-in (globalAveragePooling2dLayer).
Runtimes add the pixels in another order than ReduceMean does: values differ by the rounding of a long sum, up to 8e-5 of the
size in efficientnet_b0. The noise floor of a mean allows for it.
"""

import onnx_ir as ir

from xverify.onnx_export.passes.graph_state import GraphState
from xverify.onnx_export.passes.rewriting import Rewrite, constant_of


def global_average_pool(state: GraphState) -> None:
    """Replaces each ReduceMean over the spatial axes."""
    for node in list(state.graph):
        if node.op_type == "ReduceMean" and not node.domain and is_spatial_mean(node):
            _replace(state, node)


def is_spatial_mean(node: ir.Node) -> bool:
    """Whether a ReduceMean takes all axes but batch and channel, and those alone."""
    data = node.inputs[0]
    if data is None or data.shape is None or len(data.shape) not in {4, 5}:
        return False
    rank = len(data.shape)
    if "axes" in node.attributes:
        axes = list(node.attributes["axes"].as_ints())
    else:
        given = constant_of(node.inputs[1]) if len(node.inputs) > 1 else None
        axes = [] if given is None else given.reshape(-1).tolist()
    return sorted(axis % rank for axis in axes) == list(range(2, rank))


def keeps_axes(node: ir.Node) -> bool:
    """Whether a reduction keeps the axes that it takes, with size 1."""
    attribute = node.attributes.get("keepdims")
    return attribute is None or attribute.as_int() == 1


def _replace(state: GraphState, node: ir.Node) -> None:
    rewrite = Rewrite(state, node)
    data = node.inputs[0]
    assert data is not None
    assert data.shape is not None
    sizes = [*list(data.shape)[:2], *[1] * (len(data.shape) - 2)]
    pooled = rewrite.add("GlobalAveragePool", [data])
    pooled.shape = ir.Shape(sizes)
    rewrite.finish(pooled if keeps_axes(node) else rewrite.add("Flatten", [pooled], {"axis": 1}))
