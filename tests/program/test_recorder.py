"""What the runs in step record of each layer, against plain PyTorch and against arithmetic by hand."""

import copy
import weakref
from collections.abc import Callable, Iterator
from typing import Any, cast

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from captured_networks import Case, attention, captured, case_of, conv_net, oddities, sequences
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.fx import Node

from xverify.program.capture import Arguments
from xverify.program.layers import find_layers
from xverify.program.recorder import FEW_OUTPUTS, Recorded, Recorder, run_float32

Array = NDArray[Any]
Make = Callable[[], tuple[nn.Module, Any]]


def tensors_of(value: Any) -> list[Tensor]:
    return [value] if isinstance(value, Tensor) else [tensor for item in value for tensor in tensors_of(item)]


def outputs_by_module(model: nn.Module, inputs: Arguments) -> dict[str, list[Tensor]]:
    """Every tensor that each leaf module returned, call by call."""
    seen: dict[str, list[Tensor]] = {}

    def remember(path: str) -> Any:
        return lambda _, __, output: seen.setdefault(path, []).extend(tensor.clone() for tensor in tensors_of(output))

    leaves = [(path, module) for path, module in model.named_modules() if not list(module.children())]
    handles = [module.register_forward_hook(remember(path)) for path, module in leaves]
    with torch.no_grad():
        model(*inputs.args, **inputs.kwargs)
    for handle in handles:
        handle.remove()
    return seen


def matches(case: Case, double: bool = False) -> Iterator[tuple[str, Tensor]]:
    """Layer id and the plain value, for layers that are a module's value."""
    model, inputs = case.model, case.inputs.clone()
    if double:
        model = copy.deepcopy(model).double()
        inputs = inputs.map(lambda tensor: tensor.double() if tensor.is_floating_point() else tensor)
    plain = outputs_by_module(model, inputs)
    taken: dict[str, int] = {}
    for layer in case.network.layers:
        if layer.module_path in plain:
            position = int(layer.id[-1]) if layer.operation in {"lstm", "gru"} else taken.get(layer.module_path, 0)
            taken[layer.module_path] = position + 1
            yield layer.id, plain[layer.module_path][position]


@pytest.mark.parametrize(("make", "modules"), [(conv_net, 13), (sequences, 9), (oddities, 4)])
def test_float32_is_bitwise_what_each_module_computes(make: Make, modules: int) -> None:
    case = captured(make)
    recorded = case.record()
    plain = dict(matches(case))
    assert len(plain) == modules
    for name, expected in plain.items():
        np.testing.assert_array_equal(recorded[name].value, expected.numpy(), strict=True, err_msg=name)


def test_outputs_are_bitwise_what_the_model_returns() -> None:
    case = captured(conv_net)
    expected = case.model(*case.inputs.args)
    for output, actual in zip(case.network.outputs, run_float32(case.network, case.inputs), strict=True):
        assert torch.equal(actual, expected[output.name])


@pytest.mark.parametrize("make", [conv_net, sequences, oddities])
def test_accumulated_truth_is_what_the_model_computes_in_float64(make: Make) -> None:
    case = captured(make)
    recorded = case.record(noise_runs=0)
    for name, truth in matches(case, double=True):
        error = np.abs(recorded[name].value - truth.numpy())
        measured = recorded[name].float32_error
        assert measured is not None
        assert measured.max == pytest.approx(error.max(), rel=1e-6, abs=1e-14), name
        assert measured.rms == pytest.approx(np.sqrt(np.mean(error**2)), rel=1e-6, abs=1e-14), name


def local_error(case: Case, name: str, operation: Callable[..., Tensor], *sources: str) -> tuple[float, float]:
    """By hand: an operation in float64 on what was recorded of its inputs; and what the recorder says."""
    recorded = case.record(noise_runs=0)
    values = dict(zip([item.id for item in case.network.inputs], case.inputs.tensors, strict=True))
    operands = [torch.from_numpy(recorded[s].value) if s in recorded else values[s] for s in sources]
    truth = operation(*(value.double() for value in operands)).detach().numpy()
    local = recorded[name].local
    assert local is not None
    return local.max, float(np.abs(recorded[name].value - truth).max())


def parameter(case: Case, name: str) -> Tensor:
    value: Tensor = case.model.state_dict()[name]
    return value.double()


@pytest.mark.parametrize(
    ("make", "name", "source", "operation"),
    [
        (conv_net, "grouped", "relu", lambda x, p: F.conv2d(x, p("grouped.weight"), p("grouped.bias"), groups=2)),
        (conv_net, "up", "relu_2", lambda x, p: F.conv_transpose2d(x, p("up.weight"), p("up.bias"), stride=(1, 2))),
        (conv_net, "stem_1", "stem_0", lambda x, p: F.batch_norm(
            x, p("stem.1.running_mean"), p("stem.1.running_var"), p("stem.1.weight"), p("stem.1.bias"))),
        (conv_net, "mean_2", "mean", lambda x, _: x.mean((2, 3), keepdim=True)),
        (conv_net, "head_2", "head_1", lambda x, _: x.softmax(dim=1)),
        (sequences, "norm", "gru_0", lambda x, p: F.layer_norm(x, (6,), p("norm.weight"), p("norm.bias"))),
        (sequences, "wide", "norm", lambda x, p: F.linear(x, p("wide.weight"), p("wide.bias"))),
        (oddities, "gelu", "twin", lambda x, _: F.gelu(x)),
    ],
)  # fmt: skip
def test_local_truth_is_the_operation_in_float64_on_the_recorded_inputs(
    make: Make, name: str, source: str, operation: Callable[..., Tensor]
) -> None:
    case = captured(make)
    measured, expected = local_error(case, name, lambda x: operation(x, lambda n: parameter(case, n)), source)
    assert expected > 0
    assert measured == pytest.approx(expected, rel=1e-9)


def test_a_recurrent_layers_elements_have_a_local_truth() -> None:
    case = captured(sequences)
    lstm = copy.deepcopy(cast("Any", case.model).lstm).double()
    measured, expected = local_error(case, "lstm_2", lambda x: lstm(x)[1][1], "embedding")
    assert expected > 0
    assert measured == pytest.approx(expected, rel=1e-9)


def watch(case: Case, look: Callable[[Recorder, Node, Recorded], None], **options: Any) -> None:
    """Calls `look` at each layer while the values of all runs are alive."""
    recorder = Recorder(case.network, case.inputs, **({"noise_runs": 2, "seed": 0} | options))
    for node, recorded in recorder:
        look(recorder, node, recorded)


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


class Means(nn.Module):
    """Means over one and several axes, kept and dropped, over everything, and of integers."""

    def forward(self, x: Tensor, counts: Tensor) -> tuple[Tensor, ...]:
        means = (x.mean((1, 3)), x.mean(-2, keepdim=True), x.mean((-1, 0), keepdim=True), x.mean())
        return *means, counts.mean(dim=0, dtype=torch.float32)


def python_mean(array: Array, axes: tuple[int, ...], keep: bool) -> Array:
    """One float32 addition after the other."""
    kept = [axis for axis in range(array.ndim) if axis not in axes]
    result = np.zeros([array.shape[axis] for axis in kept], np.float32)
    for index in np.ndindex(*array.shape):
        place = tuple(index[axis] for axis in kept)
        result[place] = np.float32(result[place] + array[index])
    result /= np.float32(np.prod([array.shape[axis] for axis in axes]))
    return np.expand_dims(result, axes) if keep else result


def test_the_sequential_mean_is_a_plain_loop() -> None:
    x = torch.randn(3, 29, 5, 41) * 10 + 3
    case = case_of(Means(), (x, torch.arange(12).reshape(4, 3)))
    nodes = [output.node for output in case.network.outputs]
    found: dict[Node, Array] = {}

    def look(recorder: Recorder, node: Node, _: Recorded) -> None:
        found[node] = recorder.noisy[-1].values[node].numpy()

    watch(case, look, noise_runs=0)
    for node, (axes, keep) in zip(nodes[:3], [((1, 3), False), ((2,), True), ((0, 3), True)], strict=True):
        np.testing.assert_array_equal(found[node], python_mean(x.numpy(), axes, keep), strict=True)
        assert not np.array_equal(found[node], np.asarray(node_value(case, node)))  # PyTorch sums in pairs
    np.testing.assert_array_equal(found[nodes[4]], node_value(case, nodes[4]))


def node_value(case: Case, wanted: Node) -> Array:
    return next(
        item.value for node, item in Recorder(case.network, case.inputs, noise_runs=0, seed=0) if node is wanted
    )


def test_the_sequential_mean_counts_as_noise() -> None:
    x = torch.randn(1, 1, 150, 170) + 100.0
    case = case_of(nn.AdaptiveAvgPool2d(1), x)
    recorded = next(iter(case.record(noise_runs=0).values()))
    assert recorded.accumulated is not None
    assert recorded.float32_error is not None
    assert recorded.accumulated.max > 10 * recorded.float32_error.max


def test_values_are_freed_after_their_last_reader() -> None:
    case = captured(conv_net)
    order = {node: index for index, node in enumerate(case.network.program.graph.nodes)}
    early: list[weakref.ref[Tensor]] = []

    def look(recorder: Recorder, node: Node, _: Recorded) -> None:
        for run in (recorder.main, recorder.double, *recorder.noisy):
            stale = [
                key.name
                for key in run.values
                if key is not node and max(order[user] for user in key.users) < order[node]
            ]
            assert stale == []
        if len(early) < 3:
            early.append(weakref.ref(recorder.main.values[node]))
        else:
            assert early[0]() is None  # the first layer's value itself is gone

    watch(case, look)
    assert len(early) == 3


def test_recorded_values_are_owned_and_contiguous() -> None:
    for item in captured(attention).record(noise_runs=0).values():
        assert item.value.flags.c_contiguous
        assert item.value.flags.owndata


class Linears(nn.Module):
    """Linear operations of few and of many results, with terms that cancel."""

    def __init__(self) -> None:
        super().__init__()
        self.few = nn.Linear(40, 3)
        self.many = nn.Linear(40, FEW_OUTPUTS + 1)
        self.conv = nn.Conv2d(2, 3, 3, groups=1)

    def forward(self, x: Tensor, image: Tensor) -> tuple[Tensor, ...]:
        return self.few(x), self.many(x), self.conv(image), x.sum(), x.sin()


def test_magnitude_of_few_results_is_that_of_the_absolute_terms() -> None:
    model, x, image = Linears(), torch.randn(1, 40), torch.randn(1, 2, 4, 6)
    case = case_of(model, (x, image))
    recorded = case.record(noise_runs=0)
    weight, bias = (value.detach().double().numpy() for value in (model.few.weight, model.few.bias))
    expected = (np.abs(x.numpy().astype(np.float64)) @ np.abs(weight).T + np.abs(bias)).max()
    assert recorded["few"].magnitude == pytest.approx(expected, rel=1e-12)
    assert recorded["few"].magnitude > 1.5 * np.abs(recorded["few"].value).max()
    with torch.no_grad():
        terms = F.conv2d(image.abs().double(), model.conv.weight.abs().double(), model.conv.bias.abs().double())  # type: ignore[union-attr]
    assert recorded["conv"].magnitude == pytest.approx(float(terms.max()), rel=1e-12)
    assert recorded["sum"].magnitude == pytest.approx(float(x.double().abs().sum()), rel=1e-12)
    assert recorded["many"].magnitude == np.abs(recorded["many"].value).max()
    assert recorded["sin"].magnitude == np.abs(recorded["sin"].value).max()
    assert {name: item.cancelling for name, item in recorded.items()} == {
        "few": True, "many": False, "conv": True, "sum": True, "sin": False,
    }  # fmt: skip


class Infinite(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return 1.0 / x


def test_infinities_stay_out_of_the_norms() -> None:
    recorded = case_of(Infinite(), torch.tensor([[0.0, 3.0, -0.7]])).record()["reciprocal"]
    assert recorded.value[0, 0] == np.inf
    assert recorded.magnitude == pytest.approx(1 / 0.7)
    assert recorded.local is not None
    assert 0 < recorded.local.max < 1e-7


def test_the_gradient_mode_of_the_caller_is_as_before() -> None:
    case = captured(conv_net)
    iterator = iter(Recorder(case.network, case.inputs, noise_runs=0, seed=0))
    next(iterator)
    assert torch.is_grad_enabled()


def test_the_network_of_a_constant_alone_keeps_its_constants_still() -> None:
    case = captured(oddities)
    recorded = case.record()
    constant = recorded["identity"]
    np.testing.assert_array_equal(constant.value, case.model.state_dict()["scale"].numpy())
    assert (constant.exact, constant.local) == (True, None)
