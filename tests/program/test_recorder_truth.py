"""Where float64 would choose otherwise, cannot run, or is not wanted."""

from typing import cast

import torch
from captured_networks import captured, case_of, conv_net
from torch import Tensor, nn

from xverify.program.capture import Arguments
from xverify.program.layers import find_layers
from xverify.program.recorder import Recorder


class Ties(nn.Module):
    """Two numbers that are equal in float32 and differ in float64; what depends on the choice between them."""

    other: Tensor
    table: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("other", torch.tensor([[1.0 + 2.0**-11], [9.0], [-9.0]]))
        self.register_buffer("table", torch.tensor([[3.0, 0.1], [1000.0, 0.3]]))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        scores = torch.cat([self.other, x * x], dim=1)  # 1 + 2**-11 + 2**-24 is a tie with `other` in float32 alone
        choice = scores.argmax(dim=1)
        return choice, self.table[choice] / 3.0, scores[:, 1:] > self.other


def test_choices_of_float32_are_replayed_and_differing_ones_are_noted() -> None:
    case = case_of(Ties(), torch.full((3, 1), 1.0 + 2.0**-12))
    recorded = case.record()
    assert recorded["argmax"].value.tolist() == [0, 0, 1]
    assert recorded["argmax"].notes == ("1 choices differ in float64 (near ties); float32's were replayed",)
    assert recorded["gt"].value.tolist() == [[False], [False], [True]]
    assert recorded["gt"].notes == ("1 choices differ in float64 (near ties); float32's were replayed",)
    noise = recorded["div"].accumulated
    assert noise is not None
    assert noise.max < 1e-4  # and not 997 / 3
    assert (recorded["argmax"].accumulated, recorded["argmax"].local, recorded["argmax"].exact) == (None, None, True)


class RoundsToHalf(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first, self.last = nn.Linear(4, 5), nn.Linear(5, 3)

    def forward(self, x: Tensor) -> Tensor:
        return cast("Tensor", self.last(self.first(x).half().float()))


def test_without_float64_a_layer_and_all_that_follow_are_marked_with_the_reason() -> None:
    case = case_of(RoundsToHalf(), torch.randn(2, 4))
    recorded = case.record()
    assert list(recorded) == ["first", "to_copy", "to_copy_2", "last"]
    assert recorded["first"].unavailable == ""
    assert recorded["first"].float32_error is not None
    for name in ("to_copy", "to_copy_2", "last"):
        assert recorded[name].unavailable == "_to_copy stays float16"
        assert recorded[name].float32_error is None
        assert recorded[name].accumulated is not None  # the spread of the float32 runs is known all the same
    assert recorded["to_copy"].local is None
    assert recorded["last"].local is not None  # alone, on recorded inputs, it has a truth


@torch.library.custom_op("xverify_tests::single_only", mutates_args=())
def single_only(x: Tensor) -> Tensor:
    """An operation without a float64 kernel."""
    if x.dtype != torch.float32:
        raise RuntimeError("no kernel for Double\nand a second line")
    return x * 2.0


@single_only.register_fake
def _(x: Tensor) -> Tensor:
    return torch.empty_like(x)


@torch.library.custom_op("xverify_tests::single_pair", mutates_args=())
def single_pair(x: Tensor) -> tuple[Tensor, Tensor]:
    """The same with two results."""
    if x.dtype != torch.float32:
        raise RuntimeError("no kernel for Double")
    return x * 2.0, x / 3.0


@single_pair.register_fake
def _(x: Tensor) -> tuple[Tensor, Tensor]:
    return torch.empty_like(x), torch.empty_like(x)


class SingleOnly(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        doubled = torch.ops.xverify_tests.single_only(x.sin())
        first, second = torch.ops.xverify_tests.single_pair(doubled)
        return torch.sqrt(first.abs() + second.abs())


def test_an_operation_that_cannot_run_in_float64_is_named() -> None:
    x = torch.randn(2, 3)
    network = find_layers(torch.export.export(SingleOnly(), (x,)).run_decompositions({}))
    ids = {layer.node: layer.id for layer in network.layers}
    recorded = {ids[node]: item for node, item in Recorder(network, Arguments((x,)), noise_runs=1, seed=0)}
    assert recorded["sin"].unavailable == ""
    for name in ("single_only", "single_pair_0", "single_pair_1", "abs_2", "sqrt"):
        assert recorded[name].unavailable == "single_only does not run in float64 (no kernel for Double)"
    # The elements of a tuple without a truth have none either: their own float32 value is no truth.
    assert [recorded[name].local for name in ("single_only", "single_pair_0", "single_pair_1")] == [None] * 3
    assert recorded["sqrt"].local is not None


def test_float64_can_be_switched_off() -> None:
    recorded = captured(conv_net).record(float64=False)
    assert {item.unavailable for item in recorded.values()} == {"float64 was switched off"}
    assert all(item.local is None and item.float32_error is None for item in recorded.values())
    assert any(item.accumulated is not None and item.accumulated.max > 0 for item in recorded.values())
