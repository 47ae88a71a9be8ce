"""What is verified is a copy: the user's model stays as it is. What cannot be verified is refused, in few words."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any, cast

import pytest
import torch
from captured_networks import conv_net, sequences
from torch import Tensor, nn

from xverify.errors import XverifyError
from xverify.program.capture import Arguments, capture, prepare


def test_the_callers_model_stays_as_it_is() -> None:
    model, _ = conv_net()
    model.train()
    first = cast("nn.Conv2d", cast("Any", model).stem[0])
    first.weight.requires_grad = False
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    ready = prepare(model)
    with torch.no_grad():
        for parameter in ready.parameters():
            parameter.zero_()
    assert model.training
    assert all(module.training for module in model.modules())
    assert not first.weight.requires_grad
    assert all(parameter.requires_grad for name, parameter in model.named_parameters() if name != "stem.0.weight")
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())


def test_the_copy_evaluates_and_learns_nothing() -> None:
    ready = prepare(nn.Sequential(nn.Linear(2, 3), nn.Dropout()).train())
    assert not any(module.training for module in ready.modules())
    assert not any(parameter.requires_grad for parameter in ready.parameters())


def test_capturing_changes_neither_the_model_nor_the_inputs() -> None:
    model, inputs = sequences()
    ready = prepare(model)
    before = {name: tensor.clone() for name, tensor in ready.state_dict().items()}
    given = inputs.clone()
    capture(ready, Arguments((inputs,)))
    assert torch.equal(inputs, given)
    assert all(torch.equal(tensor, before[name]) for name, tensor in ready.state_dict().items())


def norm_with(**buffers: Tensor) -> nn.Module:
    model = nn.Sequential(nn.Conv2d(3, 2, 1), nn.BatchNorm2d(2))
    for name, value in buffers.items():
        model.get_buffer(f"1.{name}").copy_(value)
    return model


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (nn.Linear(3, 2).double(), "weight is float64; xverify verifies float32 networks."),
        (nn.Sequential(nn.ReLU(), nn.Linear(3, 2).half()), "1.weight is float16; xverify verifies float32 networks."),
        (nn.Linear(3, 2, dtype=torch.bfloat16), "weight is bfloat16; xverify verifies float32 networks."),
        (nn.ParameterDict({"phase": nn.Parameter(torch.ones(2, dtype=torch.complex64))}), "phase is complex64;"),
        (norm_with(running_mean=torch.tensor([1.0, float("nan")])), "1.running_mean holds NaN or Inf."),
        (norm_with(running_var=torch.tensor([float("inf"), 1.0])), "1.running_var holds NaN or Inf."),
        (nn.ParameterDict({"scale": nn.Parameter(torch.tensor([-float("inf")]))}), "scale holds NaN or Inf."),
    ],
)
def test_other_types_nan_and_inf_are_refused_with_the_parameters_name(model: nn.Module, message: str) -> None:
    with pytest.raises(XverifyError) as caught:
        prepare(model)
    assert caught.value.message.startswith(message)
    assert caught.value.hint


def test_integer_parameters_are_welcome() -> None:
    model = nn.Linear(3, 2)
    model.register_buffer("table", torch.arange(4))
    assert prepare(model).get_buffer("table").dtype == torch.int64


class RemembersItsActivation(nn.Module):
    """Keeps a tensor with a gradient, as attention maps are kept for plots."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(3, 2)
        self.last: Tensor | None = None

    def forward(self, x: Tensor) -> Tensor:
        self.last = self.linear(x)
        return torch.relu(self.last)


def test_a_model_that_cannot_be_copied_is_refused() -> None:
    model = RemembersItsActivation()
    model(torch.randn(1, 3))
    with pytest.raises(
        XverifyError, match=r"cannot be copied: RuntimeError: Only Tensors created explicitly"
    ) as caught:
        prepare(model)
    assert "gradients" in caught.value.hint


class BranchesOnData(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.sin() if x.sum() > 0 else x.cos()


class RaisesWhenExported(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        if torch.compiler.is_exporting():
            raise ValueError("line of the cause\n\n" + "\n".join(["more"] * 1000))
        return x


class HasControlFlow(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return cast("Tensor", torch.cond(x.sum() > 0, torch.sin, torch.cos, (x,)))


def message_of(model: nn.Module, x: Tensor) -> XverifyError:
    with pytest.raises(XverifyError) as caught:
        capture(prepare(model), Arguments((x,)))
    return caught.value


def test_a_branch_on_data_is_refused_with_what_usually_helps() -> None:
    error = message_of(BranchesOnData(), torch.randn(2, 3))
    assert error.message.startswith("torch cannot export this model: ")
    assert "data-dependent" in error.message
    assert len(error.message) < 600
    assert "if x.sum() > 0" in error.hint


def test_a_message_of_torch_is_shortened_to_its_cause() -> None:
    error = message_of(RaisesWhenExported(), torch.randn(2, 3))
    assert error.message == "torch cannot export this model: ValueError: line of the cause more more more"
    assert error.__cause__ is not None  # the whole of it stays in the chain


def test_control_flow_is_refused_with_the_operations_name() -> None:
    error = message_of(HasControlFlow(), torch.randn(2, 3))
    assert re.match(r"The model uses cond: control flow", error.message)
    assert "torch.where" in error.hint


@pytest.mark.filterwarnings("ignore:LSTM with projections")
def test_an_lstm_with_a_projection_is_refused_with_what_computes_the_same() -> None:
    torch.manual_seed(1)
    model, x = nn.LSTM(3, 5, proj_size=2, batch_first=True).eval(), torch.randn(2, 4, 3)
    error = message_of(model, x)
    assert error.message.startswith("The model has an LSTM with a projection (proj_size=2)")
    assert "hidden_size=5 and weight_hh @ weight_hr" in error.hint
    assert "nn.Linear(5, 2, bias=False) with weight_hr" in error.hint

    # The hint is true.
    state = model.state_dict()
    projection = state.pop("weight_hr_l0")
    state["weight_hh_l0"] = state["weight_hh_l0"] @ projection
    same = nn.LSTM(3, 5, batch_first=True)
    same.load_state_dict(state)
    torch.testing.assert_close(same(x)[0] @ projection.T, model(x)[0])


def test_an_interruption_inside_torch_is_no_fault_of_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: Any, **__: Any) -> None:
        try:
            raise KeyboardInterrupt
        except KeyboardInterrupt as error:
            raise torch.onnx.errors.OnnxExporterError("Failed to export the model") from error

    monkeypatch.setattr(torch.onnx, "export", interrupted)
    with pytest.raises(KeyboardInterrupt):
        capture(prepare(nn.Linear(2, 3)), Arguments((torch.randn(4, 2),)))


class LastIsADict(nn.Module):
    """torch.onnx.export would take a dict that stands last for the keyword arguments."""

    def forward(self, x: Tensor, more: dict[str, Any], *, bias: Tensor | None = None) -> Tensor:
        y = x * more["z"] + more["a"][0]
        return cast("Tensor", y if bias is None else y - bias)


@pytest.mark.parametrize("kwargs", [{}, {"bias": torch.randn(3)}])
def test_dicts_lists_and_keywords_in_the_order_in_which_they_are_given(kwargs: dict[str, Tensor]) -> None:
    more = {"z": torch.randn(4, 3), "a": [torch.randn(1, 3)]}
    inputs = Arguments((torch.randn(4, 1), more), kwargs)
    program = capture(prepare(LastIsADict()), inputs).program
    names = [node.name for node in program.graph.nodes if node.op == "placeholder"]
    assert names == ["x", "more_z", "more_a_0", *kwargs]
    shapes = [tuple(tensor.shape) for tensor in inputs.tensors]
    assert shapes == [(4, 1), (4, 3), (1, 3), *((3,) for _ in kwargs)]


def test_arguments_are_cloned_and_mapped_in_flattening_order() -> None:
    inner = torch.ones(2, requires_grad=True)
    arguments = Arguments((torch.zeros(1), [inner, "text", 3]), {"k": (None, torch.full((3,), 2.0))})
    clone = arguments.clone()
    clone.tensors[1].add_(5.0)
    assert inner.tolist() == [1.0, 1.0]
    assert [tuple(tensor.shape) for tensor in arguments.tensors] == [(1,), (2,), (3,)]
    assert not any(tensor.requires_grad for tensor in clone.tensors)
    doubled = arguments.map(lambda tensor: tensor * 2)
    assert doubled.args[1][1:] == ["text", 3]
    assert doubled.kwargs["k"][1].tolist() == [4.0, 4.0, 4.0]


QUIETLY = """
import sys, torch
from torch import nn
from xverify.errors import XverifyError
from xverify.program.capture import Arguments, capture, prepare

class Branches(nn.Module):
    def forward(self, x):
        return x.sin() if x.sum() > 0 else x.cos()

model = nn.Sequential(nn.Conv2d(1, 2, 1), nn.BatchNorm2d(2), nn.GELU(), nn.AdaptiveAvgPool2d(1))
capture(prepare(model), Arguments((torch.randn(1, 1, 3, 4),)))
try:
    capture(prepare(Branches()), Arguments((torch.randn(3),)))
except XverifyError:
    print("refused", end="")
"""


def test_nothing_is_printed_when_it_works_nor_when_it_does_not(tmp_path: Path) -> None:
    result = subprocess.run([sys.executable, "-c", QUIETLY], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert (result.stdout, result.stderr) == ("refused", "")
    assert list(tmp_path.iterdir()) == []  # no report either
