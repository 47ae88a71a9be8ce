"""The other float32 runs: inputs jittered by one ulp, means summed one after the other."""

from typing import Any

import torch
from captured_networks import Case, captured, case_of, conv_net, sequences, watch
from torch import Tensor, nn
from torch.fx import Node

from xverify.program.noise import sequential_mean
from xverify.program.recorder import Recorded, Recorder


def accumulated(case: Case, **options: Any) -> list[float]:
    distances = [recorded.accumulated for recorded in case.record(**options).values()]
    return [distance.max for distance in distances if distance]


def test_jitter_is_seeded() -> None:
    case = captured(conv_net)
    assert accumulated(case, seed=5) == accumulated(case, seed=5)
    assert accumulated(case, seed=5) != accumulated(case, seed=6)


def test_more_jittered_runs_never_find_less_noise() -> None:
    case = captured(conv_net)
    few, many = accumulated(case, noise_runs=1, seed=2), accumulated(case, noise_runs=5, seed=2)
    assert all(a <= b for a, b in zip(few, many, strict=True))
    assert few != many


def test_inputs_are_moved_by_one_ulp_and_differently_in_each_run() -> None:
    case = captured(conv_net)
    first = case.network.program.graph.find_nodes(op="call_function", target=torch.ops.aten.conv2d.default)[0]
    image = case.network.inputs[0].node
    moves: list[Tensor] = []

    def look(recorder: Recorder, node: Node, _: Recorded) -> None:
        if node is first:
            moves.extend(recorder.noisy[run].values[image] for run in range(3))

    # The image is freed after its last reader, which is this layer: a jittered run keeps it while the layer is looked at.
    watch(case, look, noise_runs=3)
    given = case.inputs.tensors[0]
    for moved in moves:
        steps = (moved.view(torch.int32) - given.view(torch.int32)).abs()
        assert set(steps.flatten().tolist()) == {1}
        assert 0.3 < float((moved > given).float().mean()) < 0.7
    assert not torch.equal(moves[0], moves[1])
    assert not torch.equal(moves[1], moves[2])


def test_a_network_of_integers_is_jittered_at_its_first_float_layer_only() -> None:
    case = captured(sequences)
    nodes = {layer.node: layer.id for layer in case.network.layers}
    moved: dict[str, tuple[int, int]] = {}

    def look(recorder: Recorder, node: Node, _: Recorded) -> None:
        own, noisy = recorder.main.values[node], recorder.noisy[0].values[node]
        if node in (layer.node for layer in case.network.layers[:1]):
            steps = (noisy.view(torch.int32) - own.view(torch.int32)).abs()
            moved["first"] = (int(steps.min()), int(steps.max()))
        moved[nodes[node]] = (int((noisy != own).sum()), own.numel())

    watch(case, look)
    assert moved["first"] == (1, 1)
    assert all(changed > 0 for changed, _ in moved.values())
    # LayerNorm is computed from moved inputs, not moved by itself: some elements round to the same value.
    changed, total = moved["norm"]
    assert changed < total


class Means(nn.Module):
    """A mean of floats and one of integers."""

    def forward(self, x: Tensor, counts: Tensor) -> tuple[Tensor, Tensor]:
        return x.mean((2, 3)), counts.mean(dim=0, dtype=torch.float32)


def test_one_run_sums_means_of_floats_one_after_the_other() -> None:
    x = torch.randn(3, 2, 29, 41, generator=torch.Generator().manual_seed(0)) * 10 + 3
    case = case_of(Means(), (x, torch.arange(12).reshape(4, 3)))
    floats, integers = (output.node for output in case.network.outputs)
    found: dict[Node, tuple[Tensor, Tensor]] = {}

    def look(recorder: Recorder, node: Node, _: Recorded) -> None:
        found[node] = (recorder.main.values[node], recorder.noisy[-1].values[node])

    watch(case, look, noise_runs=0)
    assert torch.equal(found[floats][1], sequential_mean(x, floats))
    assert not torch.equal(*found[floats])  # PyTorch sums in pairs
    assert torch.equal(*found[integers])


def test_the_sequential_mean_counts_as_noise() -> None:
    x = torch.randn(1, 1, 150, 170, generator=torch.Generator().manual_seed(0)) + 100.0
    case = case_of(nn.AdaptiveAvgPool2d(1), x)
    recorded = next(iter(case.record(noise_runs=0).values()))
    assert recorded.accumulated is not None
    assert recorded.float32_error is not None
    assert recorded.accumulated.max > 10 * recorded.float32_error.max
