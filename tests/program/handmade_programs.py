"""Programs made by hand: thousands of nodes, which torch.export would take a minute to trace."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import torch
from torch import Tensor
from torch.export import ExportedProgram
from torch.export.graph_signature import InputKind, InputSpec, OutputKind, OutputSpec, TensorArgument
from torch.fx import Graph, Node

aten = torch.ops.aten


def program_by_hand(x: Tensor, weight: Tensor, build: Callable[[Graph, Node, Node], Node]) -> ExportedProgram:
    """One input `x`, one parameter `weight`, and the nodes that `build` makes of them; it returns the output."""
    graph = Graph()
    parameter, image = graph.placeholder("p_weight"), graph.placeholder("x")
    parameter.meta["val"], image.meta["val"] = weight, x
    result = build(graph, image, parameter)
    graph.output((result,))
    signature = SimpleNamespace(
        input_specs=[
            InputSpec(InputKind.PARAMETER, TensorArgument("p_weight"), "weight"),
            InputSpec(InputKind.USER_INPUT, TensorArgument("x"), None),
        ],
        output_specs=[OutputSpec(OutputKind.USER_OUTPUT, TensorArgument(result.name), None)],
    )
    program: Any = SimpleNamespace(graph=graph, graph_signature=signature, state_dict={"weight": weight}, constants={})
    return cast("ExportedProgram", program)


def call(graph: Graph, target: Any, value: Tensor, *args: Any) -> Node:
    """One node whose value is like `value`."""
    node = graph.call_function(target, args)
    node.meta["val"] = value
    return node


def ladder(x: Tensor, rungs: int) -> ExportedProgram:
    """Each rung adds to the last, of constants first and of the input then: the ways through it double with every rung."""

    def build(graph: Graph, image: Node, constant: Node) -> Node:
        for _ in range(rungs):
            constant = call(graph, aten.add.Tensor, x, constant, call(graph, aten.sin.default, x, constant))
        for _ in range(rungs):
            image = call(graph, aten.add.Tensor, x, image, call(graph, aten.sin.default, x, image))
        return call(graph, aten.mul.Tensor, x, image, constant)

    return program_by_hand(x, torch.ones_like(x), build)
