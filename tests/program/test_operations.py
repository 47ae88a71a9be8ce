"""Reduction lengths against numbers counted by hand, and which operations round nothing."""

import math
import operator
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.fx import Graph, Node

from xverify.program.operations import absolute_operands, channel_axis, is_exact, reduction_length, rounding_factor

aten = torch.ops.aten


def node_of(target: Any, *args: Any, **kwargs: Any) -> Node:
    """One node of a program; a tensor among the arguments becomes an input."""
    graph = Graph()
    known: dict[int, Node] = {}

    def operand(value: Any) -> Any:
        if isinstance(value, (list, tuple)) and any(isinstance(item, Tensor) for item in value):
            return [operand(item) for item in value]
        if not isinstance(value, Tensor):
            return value
        if id(value) not in known:
            known[id(value)] = graph.placeholder(f"x{len(known)}")
            known[id(value)].meta["val"] = value
        return known[id(value)]

    node = graph.call_function(target, tuple(map(operand, args)), kwargs)
    node.meta["val"] = target(*args, **kwargs)
    return node


def ones(*shape: int) -> Tensor:
    return torch.ones(*shape)


SQUARE = ones(4, 4)

LENGTHS = {
    "conv2d": (node_of(aten.conv2d.default, ones(2, 6, 9, 11), ones(8, 6, 3, 2), ones(8)), 6 * 3 * 2),
    "conv2d without bias": (node_of(aten.conv2d.default, ones(2, 6, 9, 11), ones(8, 6, 3, 2)), 6 * 3 * 2),
    "conv2d in groups": (node_of(aten.conv2d.default, ones(2, 6, 9, 11), ones(8, 3, 3, 2), None, [1, 1], [0, 0], [1, 1], 2), 3 * 3 * 2),
    "depthwise": (node_of(aten.conv2d.default, ones(2, 6, 9, 11), ones(6, 1, 5, 5), None, [1, 1], [0, 0], [1, 1], 6), 25),
    "conv1d": (node_of(aten.conv1d.default, ones(2, 6, 19), ones(8, 6, 7)), 42),
    "conv3d": (node_of(aten.conv3d.default, ones(1, 2, 5, 6, 7), ones(3, 2, 2, 3, 4)), 2 * 24),
    "convolution": (
        node_of(aten.convolution.default, ones(2, 6, 9, 11), ones(8, 3, 3, 2), None, [2, 1], [0, 0], [1, 1], False, [0, 0], 2), 18,
    ),
    # A transposed convolution's weight is (in, out / groups, kernel).
    "transposed": (node_of(aten.conv_transpose2d.input, ones(2, 6, 9, 11), ones(6, 5, 3, 2), ones(5)), 6 * 3 * 2),
    "transposed in groups": (node_of(aten.conv_transpose2d.input, ones(2, 6, 9, 11), ones(6, 5, 3, 2), None, [1], [0], [0], 3), 12),
    # With stride 2 one element meets at most 2 of 3 taps in one direction and 1 of 2 in the other.
    "transposed with stride": (node_of(aten.conv_transpose2d.input, ones(2, 6, 9, 11), ones(6, 5, 3, 2), None, [2, 2]), 6 * 2 * 1),
    "transposed with one stride": (node_of(aten.conv_transpose1d.default, ones(2, 6, 9), ones(6, 5, 5), None, [3]), 6 * 2),
    # Stride 2 with dilation 2: every tap falls on the same parity, so all of them meet.
    "transposed and dilated": (node_of(aten.conv_transpose1d.default, ones(2, 6, 9), ones(6, 5, 3), None, [2], [0], [0], 1, [2]), 18),
    "transposed convolution": (
        node_of(aten.convolution.default, ones(2, 6, 9, 11), ones(6, 5, 3, 2), None, [1, 2], [0, 0], [1, 1], True, [0, 0], 2), 3 * 3 * 1,
    ),
    "linear": (node_of(aten.linear.default, ones(2, 5, 7), ones(3, 7), ones(3)), 7),
    "matmul": (node_of(aten.matmul.default, ones(2, 5, 7), ones(7, 3)), 7),
    "matmul with itself": (node_of(aten.mm.default, SQUARE, SQUARE), 4),
    "bmm": (node_of(aten.bmm.default, ones(2, 5, 7), ones(2, 7, 3)), 7),
    "addmm": (node_of(aten.addmm.default, ones(3), ones(5, 7), ones(7, 3)), 7),
    "addmm with one tensor twice": (node_of(aten.addmm.default, SQUARE, SQUARE, ones(4, 4)), 4),
    "baddbmm": (node_of(aten.baddbmm.default, ones(2, 5, 3), ones(2, 5, 7), ones(2, 7, 3)), 7),
    "mean over two axes": (node_of(aten.mean.dim, ones(2, 3, 5, 7), [2, 3], True), 35),
    "mean over all": (node_of(aten.mean.default, ones(2, 3, 5)), 30),
    "sum over one axis": (node_of(aten.sum.dim_IntList, ones(2, 3, 5), [1]), 3),
    "avg_pool2d": (node_of(aten.avg_pool2d.default, ones(1, 2, 9, 8), [3, 2]), 6),
    "avg_pool2d of one size": (node_of(aten.avg_pool2d.default, ones(1, 2, 9, 8), [3]), 9),
    "avg_pool1d": (node_of(aten.avg_pool1d.default, ones(1, 2, 9), [4]), 4),
    "avg_pool3d": (node_of(aten.avg_pool3d.default, ones(1, 1, 6, 6, 6), [2, 3, 1]), 6),
    "adaptive_avg_pool2d": (node_of(aten._adaptive_avg_pool2d.default, ones(1, 2, 9, 8), [3, 2]), 12),
    "cumsum": (node_of(aten.cumsum.default, ones(2, 7, 300), 1), 7),
    "cumsum from the end": (node_of(aten.cumsum.default, ones(2, 7, 5), -1), 5),
    "relu": (node_of(aten.relu.default, ones(2, 300)), 1),
    "softmax": (node_of(aten.softmax.int, ones(2, 300), -1), 1),
}  # fmt: skip


@pytest.mark.parametrize("name", LENGTHS)
def test_reduction_length(name: str) -> None:
    node, expected = LENGTHS[name]
    assert reduction_length(node) == expected


def most_terms(node: Node) -> int:
    """How many terms one element sums at most: the operation on ones counts them, away from the borders."""
    return int(node.meta["val"].max())


@pytest.mark.parametrize("name", [name for name in LENGTHS if "conv" in name or "transposed" in name])
def test_convolutions_count_what_one_element_of_ones_adds_up_to(name: str) -> None:
    node, expected = LENGTHS[name]
    bias = len(node.args) > 2 and node.args[2] is not None
    assert most_terms(node) - bias == expected


@pytest.mark.parametrize(
    ("length", "factor"), [(1, 1.0), (64, 1.0), (65, math.sqrt(65) / 8), (256, 2.0), (12544, 14.0)]
)
def test_rounding_grows_with_an_eighth_of_the_root_of_the_length(length: int, factor: float) -> None:
    assert rounding_factor(node_of(aten.linear.default, ones(1, length), ones(2, length))) == pytest.approx(factor)


@pytest.mark.parametrize(
    ("node", "exact"),
    [
        (node_of(aten.add.Tensor, ones(2), ones(2)), True),
        (node_of(aten.add.Tensor, ones(2), ones(2), alpha=1), True),
        (node_of(aten.add.Tensor, ones(2), ones(2), alpha=2), False),  # rounds twice, or once where it is fused
        (node_of(aten.sub.Tensor, ones(2), ones(2), alpha=0.5), False),
        (node_of(aten.sub.Tensor, ones(2), ones(2)), True),
        (node_of(aten.mul.Tensor, ones(2), ones(2)), True),
        (node_of(aten.div.Tensor, ones(2), ones(2)), False),
        (node_of(aten.relu.default, ones(2)), True),
        (node_of(aten.permute.default, ones(2, 3), [1, 0]), True),
        (node_of(aten.cat.default, [ones(2), ones(3)]), True),
        (node_of(aten.max_pool2d.default, ones(1, 1, 4, 4), [2, 2]), True),
        (node_of(aten.constant_pad_nd.default, ones(2, 3), [1, 1]), True),
        (node_of(aten.leaky_relu.default, ones(2)), False),
        (node_of(aten.sigmoid.default, ones(2)), False),
        (node_of(aten.avg_pool2d.default, ones(1, 1, 4, 4), [2, 2]), False),
        (node_of(aten.upsample_nearest2d.vec, ones(1, 1, 2, 3), [4, 6], None), True),
        (node_of(aten.upsample_bilinear2d.vec, ones(1, 1, 2, 3), [4, 6], False, None), False),
    ],
    ids=lambda value: str(value.target) if isinstance(value, Node) else "",
)  # fmt: skip
def test_which_operations_are_exact(node: Node, exact: bool) -> None:
    assert is_exact(node) is exact


def test_an_element_of_a_tuple_is_exact_as_its_maker_is() -> None:
    split = node_of(aten.split.Tensor, ones(4, 3), 2)
    element = split.graph.call_function(operator.getitem, (split, 1))
    assert is_exact(element)


@pytest.mark.parametrize(
    ("node", "linear"),
    [
        (node_of(aten.linear.default, ones(1, 3), ones(2, 3)), True),
        (node_of(aten.mean.dim, ones(2, 3), [1]), True),
        (node_of(aten.relu.default, ones(2)), False),
        (node_of(aten.softmax.int, ones(2, 3), 1), False),
        (node_of(aten.mul.Tensor, ones(2), ones(2)), False),
    ],
)
def test_which_operations_have_terms_that_may_cancel(node: Node, linear: bool) -> None:
    assert absolute_operands(node) is linear


def norm(shape: tuple[int, ...]) -> Node:
    channels = ones(shape[1])
    maker = node_of(
        aten._native_batch_norm_legit_no_training.default,
        ones(*shape),
        channels,
        channels,
        channels,
        channels,
        0.1,
        1e-5,
    )
    element = maker.graph.call_function(operator.getitem, (maker, 0))
    element.meta["val"] = maker.meta["val"][0]
    return element


@pytest.mark.parametrize(
    ("node", "axis"),
    [
        (node_of(aten.conv2d.default, ones(2, 6, 9, 11), ones(8, 6, 3, 2)), 1),
        (node_of(aten.conv2d.default, ones(6, 9, 11), ones(8, 6, 3, 2)), 0),  # without a batch axis
        (node_of(aten.conv1d.default, ones(2, 6, 19), ones(8, 6, 7)), 1),
        (node_of(aten.conv3d.default, ones(1, 2, 5, 6, 7), ones(3, 2, 2, 3, 4)), 1),
        (node_of(aten.linear.default, ones(2, 5, 7), ones(3, 7)), 2),
        (node_of(aten.linear.default, ones(7), ones(3, 7)), None),
        (node_of(aten.mm.default, ones(5, 7), ones(7, 3)), 1),
        (norm((2, 3, 5, 7)), 1),
        (norm((2, 3)), 1),
        (node_of(aten.relu.default, ones(2, 3)), None),
        (node_of(aten.mean.dim, ones(2, 3, 4), [2]), None),
    ],
)
def test_the_axis_of_output_channels(node: Node, axis: int | None) -> None:
    assert channel_axis(node) == axis
