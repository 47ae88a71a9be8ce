"""The passes in order, and what each of them changed."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import onnx_ir as ir

from xverify.errors import XverifyError
from xverify.onnx_export.passes.clear_metadata import clear_metadata
from xverify.onnx_export.passes.drop_zero_biases import drop_zero_biases
from xverify.onnx_export.passes.dynamic_batch import dynamic_batch
from xverify.onnx_export.passes.explicit_kernel_shape import explicit_kernel_shape
from xverify.onnx_export.passes.explicit_pads import explicit_pads
from xverify.onnx_export.passes.flatten_to_2d import flatten_to_2d
from xverify.onnx_export.passes.fold_constants import fold_constants
from xverify.onnx_export.passes.global_average_pool import global_average_pool
from xverify.onnx_export.passes.graph_state import GraphState, Pass
from xverify.onnx_export.passes.linear_as_gemm import linear_as_gemm
from xverify.onnx_export.passes.lowering import LOWERING
from xverify.onnx_export.passes.name_nodes import name_nodes
from xverify.onnx_export.passes.remove_dropouts import remove_dropouts
from xverify.onnx_export.passes.remove_identities import remove_identities
from xverify.onnx_export.passes.short_names import short_names

PASSES: Sequence[Pass] = (
    fold_constants,
    drop_zero_biases,
    remove_dropouts,
    linear_as_gemm,
    global_average_pool,
    flatten_to_2d,
    remove_identities,
    explicit_kernel_shape,
    explicit_pads,
    *LOWERING,
    dynamic_batch,
    name_nodes,
    short_names,
    clear_metadata,
)
"""What makes a raw model MATLAB-ready, in an order that gives each pass what it requires."""


@dataclass(frozen=True)
class Change:
    """What one pass did.

    Attributes:
        name: The pass.
        added: ONNX operator -> how many nodes of it are new.
        removed: ONNX operator -> how many nodes of it are gone.
        changed: How many nodes stayed with other attributes, operands or another name.
    """

    name: str
    added: Counter[str]
    removed: Counter[str]
    changed: int

    @property
    def empty(self) -> bool:
        """Whether the pass found nothing to do."""
        return not (self.added or self.removed or self.changed)


def run_passes(state: GraphState) -> tuple[Change, ...]:
    """Runs all passes on a model, in place, and says what each changed.

    Raises:
        XverifyError: The model holds what cannot be normalised.
    """
    _refuse_subgraphs(state.model)
    changes = tuple(_observed(step, state) for step in PASSES)
    _refuse_dynamic_shapes(state)
    return changes


def _observed(step: Callable[[GraphState], None], state: GraphState) -> Change:
    before = {node: _fingerprint(node) for node in state.graph}
    step(state)
    after = {node: _fingerprint(node) for node in state.graph}
    return Change(
        name=getattr(step, "__name__", str(step)),
        added=Counter(node.op_type for node in after.keys() - before.keys()),
        removed=Counter(node.op_type for node in before.keys() - after.keys()),
        changed=sum(before[node] != after[node] for node in after.keys() & before.keys()),
    )


def _fingerprint(node: ir.Node) -> tuple[object, ...]:
    return node.op_type, node.name, tuple(node.attributes), tuple(value and value.name for value in node.inputs)


def _refuse_subgraphs(model: ir.Model) -> None:
    """Values and weights inside a loop's body are no layers and would go unchecked."""
    for node in model.graph:
        if any(item.type in {ir.AttributeType.GRAPH, ir.AttributeType.GRAPHS} for item in node.attributes.values()):
            raise XverifyError(
                f"The ONNX model holds a {node.op_type} with a graph inside (at {node.name or node.outputs[0].name}).",
                "Loops and branches are not verified: write the model without them (EmbeddingBag: Embedding and a sum).",
            )


def _refuse_dynamic_shapes(state: GraphState) -> None:
    symbols = {"batch"} if state.target.dynamic_batch else set()
    for value in [*state.graph.inputs, *state.graph.outputs]:
        sizes = [None] if value.shape is None else list(value.shape)
        if not all(isinstance(size, int) or getattr(size, "value", None) in symbols for size in sizes):
            raise XverifyError(
                f"The shape of {value.name} depends on the data: {value.shape}.",
                "xverify verifies networks of static shapes: remove operations such as nonzero or boolean indexing.",
            )
