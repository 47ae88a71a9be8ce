"""Runs an exported program node by node: its inputs by name, one node, and the whole in float32."""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor
from torch.export.graph_signature import InputKind
from torch.fx import Node
from torch.utils import _pytree as pytree

from xverify.program.capture import Arguments
from xverify.program.layers import Network, maker_of
from xverify.program.operations import is_float


def run_float32(network: Network, inputs: Arguments) -> list[Tensor]:
    """The program's outputs in plain float32, in the order of `network.outputs`."""
    values: dict[Node, Any] = {}
    given = feeds(network, inputs)
    last_use = last_uses(network)
    keep = {output.node for output in network.outputs}
    with torch.no_grad():
        for node in network.program.graph.nodes:
            if node.op == "output":
                break
            values[node] = given[node.name][0] if node.op == "placeholder" else call(node, values)
            for done in last_use.get(node, ()):
                if done not in keep:
                    values.pop(done, None)
    return [values[output.node] for output in network.outputs]


def feeds(network: Network, inputs: Arguments) -> dict[str, tuple[Any, bool]]:
    """Placeholder name -> (its value, whether it is an input of the user)."""
    program = network.program
    # The program's own order of inputs: the flattened positional and keyword arguments, other leaves than tensors included.
    leaves = iter(pytree.tree_leaves((inputs.args, dict(inputs.kwargs))))
    given: dict[str, tuple[Any, bool]] = {}
    for spec in program.graph_signature.input_specs:
        if spec.kind == InputKind.USER_INPUT:
            leaf = next(leaves)
            given[spec.arg.name] = (
                leaf.detach().clone() if isinstance(leaf, Tensor) else leaf,
                isinstance(leaf, Tensor),
            )
        else:
            target = str(spec.target)
            stored = program.state_dict.get(target)
            given[spec.arg.name] = ((program.constants[target] if stored is None else stored.detach()), False)
    return given


def last_uses(network: Network) -> dict[Node, list[Node]]:
    """Which values nobody reads after a node has run."""
    last: dict[Node, Node] = {}
    for node in network.program.graph.nodes:
        last[node] = node
        # An element of a tuple is measured with what its maker read (BatchNorm's operands).
        for source in {*node.all_input_nodes, *maker_of(node).all_input_nodes}:
            last[source] = node
    uses: dict[Node, list[Node]] = {}
    for value, reader in last.items():
        uses.setdefault(reader, []).append(value)
    return uses


def call(
    node: Node,
    values: Mapping[Node, Any],
    *,
    double: bool = False,
    lift: bool = False,
    change: Callable[[Tensor], Tensor] | None = None,
) -> Any:
    """Runs one node. `double` replaces float32 dtype arguments, `lift` casts float operands up, `change` maps them."""

    def operand(source: Node) -> Any:
        value = pytree.tree_map_only(Tensor, to_float64, values[source]) if lift else values[source]
        return pytree.tree_map_only(Tensor, lambda t: change(t) if change and t.is_floating_point() else t, value)

    args, kwargs = torch.fx.node.map_arg((node.args, node.kwargs), operand)
    if double or lift:
        args, kwargs = pytree.tree_map_only(torch.dtype, _double_dtype, (args, kwargs))
    return node.target(*args, **kwargs)  # type: ignore[operator]  # a call_function node's target is callable


def _double_dtype(dtype: torch.dtype) -> torch.dtype:
    return torch.float64 if dtype == torch.float32 else dtype


def to_float64(value: Any) -> Any:
    """A float32 tensor in float64; anything else as it is."""
    return value.to(torch.float64) if is_float(value) and value.dtype == torch.float32 else value
