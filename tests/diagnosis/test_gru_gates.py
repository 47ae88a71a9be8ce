"""GRUs with gates in another order, reset gates at other places, other biases."""

from itertools import permutations
from typing import Any

import numpy as np
import onnxruntime
import pytest
import torch
from layer_suspects import faulty, seeded
from onnx import TensorProto, helper, numpy_helper
from suspects import fitting, kinds, random
from test_lstm_gates import edited
from torch import Tensor, nn

from xverify.diagnosis.gru_gates import gru_gates

VALUE = random(3, 7, 4)


def gru(**settings: Any) -> Any:
    return seeded(lambda: nn.GRU(4, 4, **{"batch_first": True, **settings}))


def ordered(value: Tensor, order: tuple[int, ...]) -> Tensor:
    return torch.cat([value.chunk(3)[gate] for gate in order])


@pytest.mark.parametrize("order", [order for order in permutations(range(3)) if order != (0, 1, 2)])
@pytest.mark.parametrize("settings", [{}, {"bidirectional": True}, {"num_layers": 2}])
def test_every_order_of_gates(order: tuple[int, ...], settings: dict[str, Any]) -> None:
    module = gru(**settings)
    wrong = edited(module, lambda _, value: ordered(value, order))
    (found,) = fitting(faulty(module, wrong, VALUE), [gru_gates])
    assert found.kind == "gate order"


@pytest.mark.parametrize(
    ("kind", "own", "hidden"),
    [
        ("bias missing", 0, 1),
        ("bias missing", 1, 0),
        ("bias missing", 0, 0),
        ("bias doubled", 2, 2),
        ("bias doubled", 1, 2),
    ],
)
def test_biases(kind: str, own: float, hidden: float) -> None:
    module = gru()
    factors = {"bias_ih_l0": own, "bias_hh_l0": hidden}
    wrong = edited(module, lambda name, value: value * factors.get(name, 1))
    assert kinds(faulty(module, wrong, VALUE), [gru_gates]) == [kind]


def test_biases_and_weights_exchanged() -> None:
    module = gru()
    biases = {"bias_ih_l0": module.bias_hh_l0.data, "bias_hh_l0": module.bias_ih_l0.data}
    subject = faulty(module, edited(module, biases.get), VALUE)
    assert kinds(subject, [gru_gates]) == ["biases exchanged"]
    weights = {"weight_ih_l0": module.weight_hh_l0.data, "weight_hh_l0": module.weight_ih_l0.data}
    subject = faulty(module, edited(module, weights.get), VALUE)
    assert kinds(subject, [gru_gates]) == ["recurrent weights exchanged"]


def test_the_reset_gate_before_the_multiplication() -> None:
    """ONNX's default, as onnxruntime computes it."""
    module = gru()
    subject = faulty(module, lambda value: (onnx_gru(module, value), value), VALUE)
    (found,) = fitting(subject, [gru_gates])
    assert found.kind == "reset gate"
    assert "before its multiplication" in found.statement


def test_the_update_gate() -> None:
    """Of the opposite sign, it takes the candidate."""
    module = gru()

    def negated(_: str, value: Tensor) -> Tensor:
        reset, update, candidate = value.chunk(3)
        return torch.cat([reset, -update, candidate])

    assert kinds(faulty(module, edited(module, negated), VALUE), [gru_gates]) == ["update gate"]


def test_other_faults_are_not_blamed_on_it() -> None:
    module = gru()
    for change in (lambda _, value: value * 1.1, lambda name, value: value + 0.1 * (name == "bias_ih_l0")):
        assert kinds(faulty(module, edited(module, change), VALUE), [gru_gates]) == []


def onnx_gru(module: Any, value: Tensor) -> Tensor:
    def rows(name: str) -> Any:
        reset, update, candidate = getattr(module, name).detach().chunk(3)
        return torch.cat([update, reset, candidate]).numpy()

    arrays = {
        "W": rows("weight_ih_l0")[None],
        "R": rows("weight_hh_l0")[None],
        "B": np.concatenate([rows("bias_ih_l0"), rows("bias_hh_l0")])[None],
    }
    node = helper.make_node("GRU", ["x", *arrays], ["y"], hidden_size=4, linear_before_reset=0)
    graph = helper.make_graph(
        [node],
        "gru",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [7, 3, 4])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [7, 1, 3, 4])],
        [numpy_helper.from_array(array, name) for name, array in arrays.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    (found,) = session.run(None, {"x": value.transpose(0, 1).contiguous().numpy()})
    return torch.from_numpy(found[:, 0]).transpose(0, 1)


@pytest.mark.parametrize("part", ["_l0", "_l1"])
def test_a_layer_of_the_stack(part: str) -> None:
    module = gru(num_layers=2, bidirectional=True)
    wrong = edited(module, lambda name, value: value * 0 if f"bias_hh{part}" in name else value)
    (found,) = fitting(faulty(module, wrong, VALUE), [gru_gates])
    assert found.statement == f"The hidden state's bias is missing in layer {int(part[-1]) + 1} of 2."
