"""What the runs in step record of each layer, against plain PyTorch and against arithmetic by hand."""

import copy
import operator
import weakref
from collections.abc import Callable, Iterator
from typing import Any, cast

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from captured_networks import Case, attention, captured, case_of, conv_net, oddities, sequences, watch
from torch import Tensor, nn
from torch.fx import Node

from xverify.program.capture import Arguments
from xverify.program.recorder import FEW_OUTPUTS, Recorded, Recorder

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


def readers(node: Node) -> list[Node]:
    """Those that read a value, and the elements of the tuples that they make: a BatchNorm's is measured with its operands."""
    elements = [element for user in node.users for element in user.users if element.target is operator.getitem]
    return [*node.users, *elements]


def test_values_are_freed_after_their_last_reader() -> None:
    case = captured(conv_net)
    order = {node: index for index, node in enumerate(case.network.program.graph.nodes)}
    early: list[weakref.ref[Tensor]] = []

    def look(recorder: Recorder, node: Node, _: Recorded) -> None:
        for run in (recorder.main, recorder.double, *recorder.noisy):
            stale = [
                key.name
                for key in run.values
                if key is not node and max(order[reader] for reader in readers(key)) < order[node]
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
