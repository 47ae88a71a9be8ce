"""What every pass works on: the model, and what must be known of it once nodes have been moved or removed."""

from collections.abc import Callable
from dataclasses import dataclass, field

import onnx_ir as ir

from xverify.onnx_export.target import Target


@dataclass
class GraphState:
    """A model on its way from raw to MATLAB-ready.

    Attributes:
        model: Changed in place by the passes.
        layer_ids: Tensor name -> layer id, for each value of the raw graph that is a layer.
        aliases: Tensor name of a layer whose node was removed -> name of the tensor that holds its value now.
        target: What the file is made for.
        node_ids: Tensor name -> name that the node which makes it should have; the layers' ids, if not given.
        renamed: Tensor name -> what it was called in the raw graph, for each tensor with a new name.
    """

    model: ir.Model
    layer_ids: dict[str, str]
    aliases: dict[str, str] = field(default_factory=dict)
    target: Target = field(default_factory=lambda: Target("R2024b"))
    node_ids: dict[str, str] | None = None
    renamed: dict[str, str] = field(default_factory=dict)

    @property
    def graph(self) -> ir.Graph:
        """The model's only graph."""
        return self.model.graph


Pass = Callable[[GraphState], None]
"""A normalisation: changes the state in place. Its module says what it requires, what it ensures, and the evidence."""
