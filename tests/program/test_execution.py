"""Running an exported program node by node."""

from typing import Any

import torch
from captured_networks import Case, captured, case_of, conv_net, oddities
from torch import Tensor, nn
from torch.fx import Node

from xverify.program.capture import Arguments
from xverify.program.execution import call, feeds, last_uses, run_float32, to_float64


def test_outputs_are_bitwise_what_the_model_returns() -> None:
    case = captured(conv_net)
    expected = case.model(*case.inputs.args)
    for output, actual in zip(case.network.outputs, run_float32(case.network, case.inputs), strict=True):
        assert torch.equal(actual, expected[output.name])


def node_of(case: Case, layer: str) -> Node:
    return case.layers[layer].node


def values_before(case: Case, layer: str) -> dict[Node, Any]:
    """The operands of a layer: parameters, and random numbers for what is computed."""
    given = feeds(case.network, case.inputs)
    return {
        source: given[source.name][0] if source.name in given else torch.randn(source.meta["val"].shape)
        for source in node_of(case, layer).all_input_nodes
    }


def test_feeds_are_the_inputs_in_the_programs_order_and_the_state() -> None:
    case = captured(oddities)
    given = feeds(case.network, case.inputs)
    assert {name for name, (_, is_input) in given.items() if is_input} == {"c_state", "extra"}
    assert torch.equal(given["c_state"][0], case.inputs.kwargs["c_state"])
    assert given["c_state"][0] is not case.inputs.kwargs["c_state"]  # a program that writes into its input gets a copy
    assert torch.equal(given["p_scale"][0], case.model.state_dict()["scale"])
    # A buffer that is not saved is no part of the state: it is a constant of the program.
    assert any(torch.equal(value, case.model.get_buffer("shift")) for value, _ in given.values() if value.shape == (6,))


def test_a_node_runs_on_the_values_given() -> None:
    case = captured(conv_net)
    values = values_before(case, "grouped")
    image, weight, bias = values.values()
    expected = torch.nn.functional.conv2d(image, weight, bias, groups=2)
    assert torch.equal(call(node_of(case, "grouped"), values), expected)
    lifted = call(node_of(case, "grouped"), values, double=True, lift=True)
    assert lifted.dtype == torch.float64
    assert torch.equal(lifted, torch.nn.functional.conv2d(image.double(), weight.double(), bias.double(), groups=2))
    changed = call(node_of(case, "grouped"), values, change=torch.abs)
    assert torch.equal(changed, torch.nn.functional.conv2d(image.abs(), weight.abs(), bias.abs(), groups=2))


class Casts(nn.Module):
    def forward(self, counts: Tensor) -> Tensor:
        return counts.to(torch.float32)


def test_a_cast_to_float32_is_one_to_float64_where_double_is_wanted() -> None:
    counts = torch.tensor([[1, 2**24 + 1]])
    case = case_of(Casts(), counts)
    node = next(layer.node for layer in case.network.layers)
    values: dict[Node, Any] = {node.all_input_nodes[0]: counts}
    assert call(node, values).tolist() == [[1.0, 2.0**24]]
    assert call(node, values, double=True).tolist() == [[1.0, 2.0**24 + 1]]


def test_a_value_is_done_with_after_its_last_reader_and_each_once() -> None:
    case = captured(conv_net)
    order = {node: index for index, node in enumerate(case.network.program.graph.nodes)}
    uses = last_uses(case.network)
    done = [value for values in uses.values() for value in values]
    assert sorted(map(order.__getitem__, done)) == list(range(len(order)))
    for reader, values in uses.items():
        for value in values:
            assert max((order[user] for user in value.users), default=order[value]) <= order[reader]


def test_only_float32_is_lifted() -> None:
    assert to_float64(torch.ones(2)).dtype == torch.float64
    for value in (torch.ones(2, dtype=torch.float16), torch.arange(3), 2.5, None):
        assert to_float64(value) is value


def test_other_leaves_than_tensors_keep_their_place_among_the_inputs() -> None:
    class Scales(nn.Module):
        def forward(self, x: Tensor, factor: float, y: Tensor) -> Tensor:
            return x * factor + y

    x, y = torch.randn(2, 3), torch.randn(2, 3)
    case = case_of(Scales(), Arguments((x, 0.5, y)))
    assert torch.equal(run_float32(case.network, case.inputs)[0], x * 0.5 + y)
