"""A program that is not the user's model is refused, with the output's name; the model's own rounding is not."""

from typing import Any, cast

import pytest
import torch
from captured_networks import Case, captured, case_of, conv_net, oddities
from torch import Tensor, nn

from xverify.errors import XverifyError
from xverify.program.agreement import Allowed, eager_outputs, require_agreement, second_inputs
from xverify.program.capture import Arguments
from xverify.program.operations import EPS32
from xverify.workflows.api import as_arguments

LOOSE = Allowed(absolute=0.0, relative=1e-3)


def require(case: Case, inputs: Arguments | None = None, allowed: Allowed = LOOSE) -> None:
    require_agreement(
        case.network, case.model, inputs or case.inputs, [allowed] * len(case.network.outputs), "the given inputs"
    )


def refusal(case: Case, inputs: Arguments | None = None) -> str:
    with pytest.raises(XverifyError, match="does not compute what the model computes") as caught:
        require(case, inputs)
    assert "one network" in caught.value.hint
    return caught.value.message


def test_a_faithful_program_agrees_on_both_sets_of_inputs() -> None:
    for make in (conv_net, oddities):
        case = captured(make)
        require(case)
        require(case, second_inputs(case.inputs, seed=4))


class Draws(nn.Module):
    """Random numbers in forward."""

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        return {"steady": x.sin(), "noisy": x + torch.rand(x.shape)}


def test_random_numbers_are_refused_at_the_output_that_has_them() -> None:
    message = refusal(case_of(Draws(), torch.randn(2, 3)))
    assert "On the given inputs" in message
    assert "output 'noisy' is off by" in message


class Counts(nn.Module):
    """Another result at each call."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = 0

    def forward(self, x: Tensor) -> Tensor:
        self.calls += 1
        return x * self.calls


def refusals_of_two_calls(case: Case) -> list[str]:
    """A state of Python's may be in one call as it was when the program was recorded, but not in two."""
    messages = []
    for inputs in (case.inputs, second_inputs(case.inputs, seed=0)):
        try:
            require(case, inputs)
        except XverifyError as error:
            messages.append(error.message)
    return messages


def test_a_module_that_counts_its_calls_is_refused() -> None:
    messages = refusals_of_two_calls(case_of(Counts(), torch.randn(2, 3)))
    assert messages
    assert all("output 'output' is off by" in message for message in messages)


class Switched(nn.Module):
    """A branch on an attribute, which a hook flips after the first call."""

    def __init__(self) -> None:
        super().__init__()
        self.first = True
        self.register_forward_hook(lambda module, _, __: setattr(module, "first", not cast("Switched", module).first))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return x.cos(), (x.sin() if self.first else x.tan())


def test_a_branch_on_an_attribute_that_a_hook_flips_is_refused() -> None:
    messages = refusals_of_two_calls(case_of(Switched(), torch.randn(2, 3)))
    assert len(messages) == 1
    assert "output 'output_1' is off by" in messages[0]


class Pretends(nn.Module):
    """Does something else while it is exported."""

    def forward(self, x: Tensor) -> Tensor:
        if torch.compiler.is_exporting() or torch.onnx.is_in_onnx_export():
            return torch.relu(x)
        return torch.nn.functional.leaky_relu(x, 0.01)


def test_the_second_inputs_catch_a_branch_that_the_given_ones_do_not_reach() -> None:
    case = case_of(Pretends(), torch.rand(20, 30) + 0.1)
    require(case)  # nothing is negative here
    second = second_inputs(case.inputs, seed=1)
    assert bool((second.tensors[0] < 0).any())
    assert "off by" in refusal(case, second)


class Overwrites(nn.Module):
    """Changes its own input in place."""

    def forward(self, x: Tensor) -> Tensor:
        return x.mul_(3.0).add_(1.0).tanh()


def test_an_input_that_the_model_overwrites_is_given_afresh_each_time() -> None:
    given = torch.randn(2, 3)
    before = given.clone()
    case = case_of(Overwrites(), given)
    require(case, allowed=Allowed(0.0, 0.0))
    require(case, allowed=Allowed(0.0, 0.0))
    assert torch.equal(given, before)


class Grows(nn.Module):
    """One output more, or another shape, whenever it is not being exported."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind

    def forward(self, x: Tensor) -> Any:
        y = x.exp()
        if torch.compiler.is_exporting():
            return y
        return (y, x) if self.kind == "count" else y.unsqueeze(0)


def test_another_number_of_outputs_is_refused() -> None:
    with pytest.raises(XverifyError, match=r"The model returns 2 tensors, its exported program 1\."):
        require(case_of(Grows("count"), torch.randn(2, 3)))


def test_another_shape_is_refused_even_where_it_would_broadcast() -> None:
    assert "has shape (2, 3) instead of (1, 2, 3)" in refusal(case_of(Grows("shape"), torch.randn(2, 3)))


class Chooses(nn.Module):
    """Another index whenever it is not being exported."""

    def forward(self, x: Tensor) -> Tensor:
        return x.argmax(dim=1) if torch.compiler.is_exporting() else x.argmin(dim=1)


def test_integers_must_be_equal() -> None:
    assert "differs in 5 of 5 elements" in refusal(case_of(Chooses(), torch.randn(5, 3)))


class Offset(nn.Module):
    """Off by a given amount in eager mode; Inf and NaN at some places in both."""

    error = 0.0

    def forward(self, x: Tensor) -> Tensor:
        y = x.sqrt() / x.clamp(min=0.0)  # NaN where x is negative or zero, 1 / sqrt(x) elsewhere
        return y if torch.compiler.is_exporting() else y + self.error


def offset() -> tuple[nn.Module, Any]:
    return Offset(), torch.tensor([[0.25, 4.0, -1.0, 0.0]])


@pytest.mark.parametrize(
    ("error", "allowed", "passes"),
    [
        (0.0, Allowed(0.0, 0.0), True),
        (1e-3, Allowed(0.0, 0.0), False),
        (1e-3, Allowed(2e-3, 0.0), True),
        (1e-3, Allowed(0.5e-3, 0.0), False),
        (1e-3, Allowed(0.0, 1e-3), True),  # the largest value is 2
        (1e-3, Allowed(0.0, 0.4e-3), False),
        (float("nan"), Allowed(9.0, 9.0), False),
        (float("inf"), Allowed(9.0, 9.0), False),
    ],
)
def test_the_larger_of_both_allowances_counts_and_nothing_allows_nan(
    error: float, allowed: Allowed, passes: bool
) -> None:
    case = captured(offset)
    cast("Offset", case.model).error = error
    if passes:
        require(case, allowed=allowed)
    else:
        with pytest.raises(XverifyError, match="is off by"):
            require(case, allowed=allowed)


def test_second_inputs_keep_shapes_types_spread_and_the_integers_that_occur() -> None:
    given = Arguments(
        (torch.randn(4, 50) * 3.0 + 7.0, {"ids": torch.tensor([[2, 5, 5], [9, 2, 2]])}), {"k": torch.zeros(3, 2)}
    )
    other = second_inputs(given, seed=3)
    image, ids, constant = other.tensors
    assert [tuple(tensor.shape) for tensor in other.tensors] == [(4, 50), (2, 3), (3, 2)]
    assert not torch.equal(image, given.tensors[0])
    assert float(image.mean()) == pytest.approx(7.0, abs=0.9)
    assert float(image.std()) == pytest.approx(3.0, rel=0.2)
    assert sorted(ids.flatten().tolist()) == [2, 2, 2, 5, 5, 9]
    assert ids.dtype == torch.int64
    assert float(constant.std()) > 0.3  # a constant input would not reach other branches
    again = second_inputs(given, seed=3)
    assert all(torch.equal(a, b) for a, b in zip(other.tensors, again.tensors, strict=True))
    assert not torch.equal(image, second_inputs(given, seed=4).tensors[0])


class Structured(nn.Module):
    def forward(self, x: Tensor) -> Any:
        return {"boxes": [x, x + 1], 3: None, "inner": {"a.b": x * 2}}, (x * 3,)


def test_outputs_are_named_by_keys_and_positions_and_none_is_left_out() -> None:
    outputs = eager_outputs(Structured(), as_arguments(torch.ones(2)))
    assert [output.name for output in outputs] == ["0.boxes.0", "0.boxes.1", "0.inner.a.b", "output_3"]
    assert [float(output.value[0]) for output in outputs] == [1.0, 2.0, 2.0, 3.0]


class Mixed(nn.Module):
    def __init__(self, result: Any) -> None:
        super().__init__()
        self.result = result

    def forward(self, x: Tensor) -> Any:
        return (x, *self.result) if self.result else 3


@pytest.mark.parametrize(
    ("result", "message"),
    [
        ((), "The model returns int:"),
        ((1.5,), "The model returns also float:"),
        (("a", 2), "The model returns also int, str:"),
    ],
)
def test_outputs_that_are_no_tensors_are_refused(result: Any, message: str) -> None:
    with pytest.raises(XverifyError, match="only tensors can be compared") as caught:
        eager_outputs(Mixed(result), as_arguments(torch.ones(2)))
    assert caught.value.message.startswith(message)


def test_a_model_that_rejects_the_inputs_is_told_their_shapes() -> None:
    with pytest.raises(XverifyError, match="The model rejects inputs of shape 2x3, 4: RuntimeError: ") as caught:
        eager_outputs(nn.Bilinear(3, 4, 5), as_arguments((torch.ones(2, 3), torch.ones(4))))
    assert "--input" in caught.value.hint
    assert "\n" not in caught.value.message


class CancellingHead(nn.Module):
    """PyTorch's fast path in eager mode, other kernels in the program; the last sum cancels to nearly nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
        self.head = nn.Linear(8, 1)

    def forward(self, x: Tensor) -> Tensor:
        return cast("Tensor", self.head(self.encoder(x)[:, 0]))


def test_the_rounding_of_an_output_that_cancels_is_allowed_by_its_tolerance() -> None:
    torch.manual_seed(1)
    model, x = CancellingHead().eval(), torch.randn(1, 5, 8)
    with torch.no_grad():
        model.head.bias.sub_(model(x)[0])
    case = case_of(model, x)
    require(case, allowed=Allowed(absolute=1e-5, relative=10 * EPS32))
