"""GRU: MATLAB's weights, run by MATLAB's equations in plain numpy, give PyTorch's output."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from xverify.layouts.table import layout_for

Array = NDArray[Any]
INPUTS, HIDDEN, STEPS = 3, 5, 7


def sigmoid(x: Array) -> Array:
    result: Array = 1 / (1 + np.exp(-x))
    return result


def gru_layer(sequence: Array, input_weights: Array, recurrent_weights: Array, bias: Array) -> Array:
    """MATLAB's gruLayer on a sequence (In, T), reset gate applied after multiplication, with a recurrent bias.

    The rows are reset, update, candidate; the bias has these three for the input, then for the recurrence.
    """
    hidden = recurrent_weights.shape[1]
    state = np.zeros((hidden, 1))
    outputs = []
    for step in range(sequence.shape[1]):
        fed = input_weights @ sequence[:, [step]] + bias[: 3 * hidden]
        recurred = recurrent_weights @ state + bias[3 * hidden :]
        reset, update = (sigmoid(fed[g * hidden :][:hidden] + recurred[g * hidden :][:hidden]) for g in range(2))
        candidate = np.tanh(fed[2 * hidden :] + reset * recurred[2 * hidden :])
        state = (1 - update) * candidate + update * state
        outputs.append(state)
    return np.concatenate(outputs, axis=1)


def stored_arrays(module: torch.nn.GRU) -> dict[str, Array]:
    parameters = {role: tensor.numpy() for role, tensor in module.state_dict().items()}
    layout = layout_for("gru", {}, parameters)
    assert layout.matlab_layer == "gruLayer"
    return {name: stored.array for name, stored in layout.to_matlab(parameters).items()}


def test_one_direction() -> None:
    torch.manual_seed(1)
    module = torch.nn.GRU(INPUTS, HIDDEN, dtype=torch.float64)
    stored = stored_arrays(module)
    assert {name: array.shape for name, array in stored.items()} == {
        "InputWeights": (3 * HIDDEN, INPUTS),
        "RecurrentWeights": (3 * HIDDEN, HIDDEN),
        "Bias": (6 * HIDDEN, 1),
    }
    sequence = torch.randn(STEPS, INPUTS, dtype=torch.float64)
    actual = gru_layer(sequence.numpy().T, stored["InputWeights"], stored["RecurrentWeights"], stored["Bias"])
    np.testing.assert_allclose(actual, module(sequence)[0].detach().numpy().T, atol=1e-14, rtol=0)


def test_two_layers_of_two_directions_are_four_layers() -> None:
    torch.manual_seed(2)
    module = torch.nn.GRU(INPUTS, HIDDEN, num_layers=2, bidirectional=True, dtype=torch.float64)
    stored = stored_arrays(module)
    sequence = torch.randn(STEPS, INPUTS, dtype=torch.float64)
    values = sequence.numpy().T
    for layer in range(2):
        forward, backward = (
            [stored.pop(f"{name}_l{layer}{suffix}") for name in ("InputWeights", "RecurrentWeights", "Bias")]
            for suffix in ("", "_reverse")
        )
        values = np.concatenate([gru_layer(values, *forward), gru_layer(values[:, ::-1], *backward)[:, ::-1]])
    assert not stored
    np.testing.assert_allclose(values, module(sequence)[0].detach().numpy().T, atol=1e-14, rtol=0)


def test_both_biases_are_kept() -> None:
    parameters = {role: tensor.numpy() for role, tensor in torch.nn.GRU(INPUTS, HIDDEN).state_dict().items()}
    layout = layout_for("gru", {}, parameters)
    stored = layout.to_matlab(parameters)
    assert stored["Bias"].sources == ("bias_ih_l0", "bias_hh_l0")
    assert stored["Bias"].axes == "S G -> (S G) 1"
    back = layout.to_pytorch({name: parameter.array for name, parameter in stored.items()})
    for role, array in parameters.items():
        np.testing.assert_array_equal(back[role], array, strict=True)
