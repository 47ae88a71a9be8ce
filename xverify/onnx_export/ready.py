"""The exporter's raw ONNX to MATLAB-ready ONNX, with what is known of each layer and weight; and the file."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnx_ir as ir
from numpy.typing import NDArray

from xverify.errors import XverifyError
from xverify.onnx_export.normalise import run_passes
from xverify.onnx_export.passes.graph_state import GraphState
from xverify.onnx_export.provenance import Provenance
from xverify.onnx_export.target import Target

OUR_FAULT = (
    "No bundle was written. This is a fault of the exporter or of this xverify: please report it with the model."
)

PROTOBUF_LIMIT = 2**31 - 1
"""Bytes that one protobuf message may have. Weights are inline, because MATLAB cannot import external ones."""


@dataclass(frozen=True)
class ReadyModel:
    """A model that has passed all passes, with what they know of its layers and initializers.

    Attributes:
        model: The model.
        tensors: Layer id -> its tensor in the model; '' for an alias or where the value is gone.
        aliases: Layer id -> tensor that holds its value, for layers whose node was removed.
        renamed: Tensor or initializer -> its name in the raw model, where that was another.
        provenance: Where the initializers come from.
    """

    model: ir.Model
    tensors: dict[str, str]
    aliases: dict[str, str]
    renamed: dict[str, str]
    provenance: Provenance

    @property
    def opset(self) -> int:
        """Version of the standard operator set."""
        return self.model.opset_imports[""]

    def original(self, name: str) -> str:
        """What the raw model called a tensor."""
        return self.renamed.get(name, name)

    @cached_property
    def inputs(self) -> dict[str, str]:
        """Name of an input in the raw model -> its name now."""
        return {self.original(value.name or ""): value.name or "" for value in self.model.graph.inputs}


def make_ready(model: ir.Model, layer_ids: dict[str, str], target: Target) -> ReadyModel:
    """Runs the passes on a raw model (changed in place).

    Args:
        model: What torch.onnx.export made, not optimised.
        layer_ids: Tensor name -> layer id of every layer.
        target: What the file is made for.
    """
    provenance = Provenance(model)
    state = GraphState(model, dict(layer_ids), target=target)
    run_passes(state)
    names = {raw: name for name, raw in state.renamed.items()}
    present = {value.name for node in model.graph for value in node.outputs} | {v.name for v in model.graph.inputs}
    present |= set(model.graph.initializers)
    final = {name: names.get(name, name) for name in layer_ids}
    tensors = {identifier: (final[name] if final[name] in present else "") for name, identifier in layer_ids.items()}
    survivors = {name: _final(name, state.aliases) for name in state.aliases}
    aliases = {layer_ids[name]: names.get(survivor, survivor) for name, survivor in survivors.items()}
    return ReadyModel(model, tensors, aliases, state.renamed, provenance)


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


def require_valid(path: Path) -> None:
    """Runs onnx's own checker and strict shape inference on the written file.

    Raises:
        XverifyError: It is not valid: a fault of a pass.
    """
    try:
        onnx.checker.check_model(str(path), full_check=True)
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
        text = " ".join(str(error).split())[:400]
        raise XverifyError(
            f"The normalised ONNX is not valid: {text}.",
            OUR_FAULT,
        ) from error
