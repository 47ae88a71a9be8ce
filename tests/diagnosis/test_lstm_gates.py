"""LSTMs with gates in another order or other biases."""

from itertools import permutations
from typing import Any

import pytest
import torch
from layer_suspects import faulty, seeded, with_parameters
from suspects import fitting, kinds, random
from torch import Tensor, nn

from xverify.diagnosis.lstm_gates import lstm_gates

VALUE = random(3, 7, 4)


def lstm(**settings: Any) -> Any:
    return seeded(lambda: nn.LSTM(4, 4, **{"batch_first": True, **settings}))


def edited(module: Any, change: Any) -> Any:
    """A copy in which each parameter is what `change` makes of its name and value."""
    import copy

    other = copy.deepcopy(module)
    for name, value in other.named_parameters():
        value.data = change(name, value.data)
    return other


def ordered(value: Tensor, order: tuple[int, ...]) -> Tensor:
    return torch.cat([value.chunk(4)[gate] for gate in order])


@pytest.mark.parametrize("order", [order for order in permutations(range(4)) if order != (0, 1, 2, 3)])
def test_every_order_of_gates(order: tuple[int, ...]) -> None:
    module = lstm()
    wrong = edited(module, lambda _, value: ordered(value, order))
    (found,) = fitting(faulty(module, wrong, VALUE), [lstm_gates])
    assert found.kind == "gate order"
    # PyTorch's block `order[k]` is taken for gate k: the other side's order names, for each block, its gate.
    name = ", ".join("ifgo"[order.index(block)] for block in range(4))
    assert f"in the order {name}" in found.statement


@pytest.mark.parametrize("settings", [{"bidirectional": True}, {"num_layers": 2}, {"batch_first": False}])
@pytest.mark.parametrize("output", [0, 1, 2])
def test_other_forms(settings: dict[str, Any], output: int) -> None:
    module = lstm(**settings)
    wrong = edited(module, lambda _, value: ordered(value, (0, 2, 3, 1)))
    assert kinds(faulty(module, wrong, VALUE, output=output), [lstm_gates]) == ["gate order"]


def test_biases() -> None:
    module = lstm()
    cases = {
        "bias missing": lambda name, value: value * (0 if "bias" in name else 1),
        "bias doubled": lambda name, value: value * (2 if "bias" in name else 1),
        "forget gate's bias": lambda name, value: (
            value + torch.eye(4)[1].repeat_interleave(4) * (name == "bias_ih_l0") if "bias" in name else value
        ),
    }
    for kind, change in cases.items():
        assert kinds(faulty(module, edited(module, change), VALUE), [lstm_gates]) == [kind]


def test_weights() -> None:
    module = lstm()

    def transposed(name: str, value: Tensor) -> Tensor:
        return torch.cat([part.T for part in value.chunk(4)]) if name == "weight_hh_l0" else value

    subject = faulty(module, edited(module, transposed), VALUE)
    assert kinds(subject, [lstm_gates]) == ["recurrent weights transposed"]
    both = {"weight_ih_l0": module.weight_hh_l0.data, "weight_hh_l0": module.weight_ih_l0.data}
    subject = faulty(module, edited(module, both.get), VALUE)
    assert kinds(subject, [lstm_gates]) == ["recurrent weights exchanged"]


def test_initial_states_are_used() -> None:
    module = lstm()
    wrong = edited(module, lambda _, value: ordered(value, (0, 2, 3, 1)))
    states = random(1, 3, 4, seed=5), random(1, 3, 4, seed=6)
    assert kinds(faulty(module, wrong, VALUE, *states), [lstm_gates]) == ["gate order"]


def test_other_faults_are_not_blamed_on_it() -> None:
    module = lstm()
    for change in (
        lambda name, value: value * 1.1,
        lambda name, value: value + 0.1 * (name == "bias_ih_l0"),
    ):
        assert kinds(faulty(module, edited(module, change), VALUE), [lstm_gates]) == []
    assert kinds(faulty(module, lambda value: module(value.flip(1)), VALUE), [lstm_gates]) == []


@pytest.mark.parametrize("known", [("bias_ih_l0", "bias_hh_l0"), ("bias_ih_l0",), ("bias_hh_l0",)])
@pytest.mark.parametrize(
    ("kind", "words", "own", "hidden"),
    [
        ("bias missing", "The hidden state's bias is missing.", 1, 0),
        ("bias missing", "The input's bias is missing.", 0, 1),
        ("bias doubled", "The hidden state's bias is added twice.", 1, 2),
        ("bias missing", "Both biases are missing.", 0, 0),
    ],
)
def test_one_of_two_biases(kind: str, words: str, own: float, hidden: float, known: tuple[str, ...]) -> None:
    """Where one is known, the other is the rest of the sum that weights.mat has."""
    module = lstm()
    factors = {"bias_ih_l0": own, "bias_hh_l0": hidden}
    wrong = edited(module, lambda name, value: value * factors.get(name, 1))
    subject = with_parameters(faulty(module, wrong, VALUE), module, *known)
    (found,) = fitting(subject, [lstm_gates])
    assert (found.kind, found.statement) == (kind, words)


def test_a_sum_of_biases_cannot_tell_them_apart() -> None:
    module = lstm()
    wrong = edited(module, lambda name, value: value * (name != "bias_hh_l0"))
    assert kinds(faulty(module, wrong, VALUE), [lstm_gates]) == []


@pytest.mark.parametrize(
    ("settings", "part", "where"),
    [
        ({"num_layers": 2}, "_l0", "in layer 1 of 2"),
        ({"num_layers": 2}, "_l1", "in layer 2 of 2"),
        ({"bidirectional": True}, "_l0_reverse", "in the backward direction"),
    ],
)
@pytest.mark.parametrize("output", [0, 1, 2])
def test_a_part_of_the_stack(settings: dict[str, Any], part: str, where: str, output: int) -> None:
    module = lstm(**settings)
    wrong = edited(module, lambda name, value: ordered(value, (0, 2, 3, 1)) if name.endswith(part) else value)
    (found,) = fitting(faulty(module, wrong, VALUE, output=output), [lstm_gates])
    assert found.kind == "gate order"
    assert where in found.statement
