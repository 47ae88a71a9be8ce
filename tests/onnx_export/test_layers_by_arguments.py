"""Which sums, products, joins and means are layers of MATLAB, and which are not."""

from typing import Any

import pytest
import torch
from captured_networks import Make, captured
from test_matlab_layers import described
from test_matlab_weights import built
from torch import Tensor, nn


class Joins(nn.Module):
    """Every form of a join, under an output of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.randn(4))

    def forward(self, image: Tensor, other: Tensor) -> dict[str, Tensor]:
        pooled = nn.functional.avg_pool2d(image, 1)
        second = nn.functional.avg_pool2d(other, 1)
        counts = torch.argmax(pooled, dim=1, keepdim=True)
        return {
            "sum": pooled + second,
            "twice": pooled + pooled,
            "scaled_sum": torch.add(pooled, second, alpha=2),
            "constant_sum": pooled + 1.5,
            "broadcast_sum": pooled + second.mean((2, 3), keepdim=True),
            "product": pooled * second,
            "broadcast_product": pooled * second.amax((2, 3), keepdim=True),
            "parameter_product": pooled * self.scale[0],
            "ranks": pooled * second.mean((0, 2, 3))[0],
            "integers": counts + counts,
            "deep": torch.cat([pooled, second, pooled], dim=1),
            "wide": torch.cat([pooled, second], dim=-1),
            "over_channels": pooled.mean((1, 2), keepdim=True),
            "flat_mean": pooled.mean((2, 3)),
            "six": nn.functional.relu6(pooled),
            "clipped": nn.functional.hardtanh(pooled, -1.0, 2.0),
        }


def joins() -> tuple[nn.Module, Any]:
    return Joins(), {"image": torch.randn(2, 4, 5, 3), "other": torch.randn(2, 4, 5, 3)}


LAYERS = {
    "sum": "additionLayer", "twice": "additionLayer", "scaled_sum": "", "constant_sum": "", "broadcast_sum": "",
    "product": "multiplicationLayer", "broadcast_product": "multiplicationLayer", "parameter_product": "", "ranks": "",
    "integers": "", "deep": "depthConcatenationLayer", "wide": "concatenationLayer", "over_channels": "", "flat_mean": "",
    "six": "clippedReluLayer", "clipped": "",
}  # fmt: skip


def ids_of_outputs(make: Make) -> dict[str, str]:
    case = captured(make)
    ids = {layer.node: layer.id for layer in case.network.layers}
    return {output.name: ids[output.node] for output in case.network.outputs}


@pytest.mark.parametrize("output", LAYERS)
def test_the_arguments_decide(output: str) -> None:
    matlab = described(joins)[ids_of_outputs(joins)[output]]
    assert matlab.name == LAYERS[output]
    assert bool(matlab.note) is not bool(matlab.name)


def test_global_pooling_is_found_where_it_is_an_inner_value() -> None:
    names = {matlab.name for matlab in described(joins).values()}
    assert {"globalAveragePooling2dLayer", "globalMaxPooling2dLayer"} <= names


def test_a_step_reads_its_values_in_order_and_as_often_as_the_program_does() -> None:
    steps = {step.layer: step for step in built(joins).graph}
    ids = ids_of_outputs(joins)
    first, second = steps[ids["sum"]].inputs
    assert steps[ids["twice"]].inputs == (first, first)
    assert steps[ids["deep"]].inputs == (first, second, first)
    assert steps[ids["wide"]].attributes["dim"] == -1.0
