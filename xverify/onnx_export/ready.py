"""Raw ONNX to MATLAB-ready ONNX: the passes in order, and the file."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx_ir as ir
from numpy.typing import NDArray

from xverify.errors import XverifyError
from xverify.onnx_export.passes.clear_metadata import clear_metadata
from xverify.onnx_export.passes.drop_zero_biases import drop_zero_biases
from xverify.onnx_export.passes.fold_constants import fold_constants
from xverify.onnx_export.passes.graph_state import GraphState, Pass
from xverify.onnx_export.passes.name_nodes import name_nodes
from xverify.onnx_export.passes.remove_identities import remove_identities
from xverify.onnx_export.provenance import Provenance

PASSES: Sequence[Pass] = (fold_constants, remove_identities, drop_zero_biases, name_nodes, clear_metadata)

PROTOBUF_LIMIT = 2**31 - 1
"""Bytes that one protobuf message may have. Weights are inline, because MATLAB cannot import external ones."""


@dataclass(frozen=True)
class ReadyModel:
    """A model that has passed all passes, with what they know of its layers and initializers.

    Attributes:
        model: The model.
        tensors: Layer id -> its tensor in the model; '' for an alias or where the value is gone.
        aliases: Layer id -> tensor that holds its value, for layers whose node was removed.
        provenance: Where the initializers come from.
    """

    model: ir.Model
    tensors: dict[str, str]
    aliases: dict[str, str]
    provenance: Provenance

    @property
    def opset(self) -> int:
        """Version of the standard operator set."""
        return self.model.opset_imports[""]


def make_ready(model: ir.Model, layer_ids: dict[str, str]) -> ReadyModel:
    """Runs the passes on a raw model (changed in place).

    Args:
        model: What torch.onnx.export made, not optimised.
        layer_ids: Tensor name -> layer id of every layer.
    """
    provenance = Provenance(model)
    state = GraphState(model, dict(layer_ids))
    for step in PASSES:
        step(state)
    _refuse_subgraphs(model)
    _refuse_dynamic_shapes(model)
    present = {value.name for node in model.graph for value in node.outputs} | {v.name for v in model.graph.inputs}
    present |= set(model.graph.initializers)
    tensors = {identifier: (name if name in present else "") for name, identifier in layer_ids.items()}
    aliases = {layer_ids[name]: _final(name, state.aliases) for name in state.aliases}
    return ReadyModel(model, tensors, aliases, provenance)


def adopt_constants(model: ir.Model, values: Iterable[tuple[str, NDArray[Any]]]) -> None:
    """Replaces folded constants by PyTorch's own values of them, where the two round differently.

    Args:
        model: The ready model, changed in place.
        values: Name of an initializer and the value that it should have; another shape or type is left alone.
    """
    for name, value in values:
        item = model.graph.initializers[name]
        assert item.const_value is not None, name
        folded = item.const_value.numpy()
        if value.dtype == folded.dtype and value.shape == folded.shape and not np.array_equal(value, folded):
            item.const_value = ir.tensor(value, name=name)


def _final(name: str, aliases: dict[str, str]) -> str:
    while name in aliases:
        name = aliases[name]
    return name


def _refuse_subgraphs(model: ir.Model) -> None:
    """Values and weights inside a loop's body are no layers and would go unchecked."""
    for node in model.graph:
        if any(item.type in {ir.AttributeType.GRAPH, ir.AttributeType.GRAPHS} for item in node.attributes.values()):
            raise XverifyError(
                f"The exported ONNX holds a {node.op_type} with a graph inside (at {node.name}).",
                "Loops and branches are not verified: write the model without them (EmbeddingBag: Embedding and a sum).",
            )


def _refuse_dynamic_shapes(model: ir.Model) -> None:
    for value in [*model.graph.inputs, *model.graph.outputs]:
        if value.shape is None or not all(isinstance(size, int) for size in value.shape):
            raise XverifyError(
                f"The shape of {value.name} depends on the data: {value.shape}.",
                "xverify verifies networks of static shapes: remove operations such as nonzero or boolean indexing.",
            )


def write_model(model: ir.Model, path: Path) -> None:
    """Writes the model with its weights inline.

    Raises:
        XverifyError: It is larger than a protobuf file may be.
    """
    size = sum(value.const_value.nbytes for value in model.graph.initializers.values() if value.const_value is not None)
    if size > PROTOBUF_LIMIT - 2**20:
        raise XverifyError(
            f"The network's weights have {size / 1e9:.2f} GB; an ONNX file with inline weights holds at most 2 GB.",
            "MATLAB imports no external weights. Export a part of the network, or a smaller one.",
        )
    ir.save(model, path)
