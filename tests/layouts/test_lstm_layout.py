"""LSTM: MATLAB's weights, run by MATLAB's equations in plain numpy, give PyTorch's output."""

from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from xverify.errors import XverifyError
from xverify.layouts.as_is import AsIs
from xverify.layouts.table import layout_for

Array = NDArray[Any]
INPUTS, HIDDEN, STEPS = 3, 5, 7


def parameters_of(module: torch.nn.Module) -> dict[str, Array]:
    return {role: tensor.numpy() for role, tensor in module.state_dict().items()}


def sigmoid(x: Array) -> Array:
    result: Array = 1 / (1 + np.exp(-x))
    return result


def lstm_layer(sequence: Array, input_weights: Array, recurrent_weights: Array, bias: Array) -> Array:
    """MATLAB's lstmLayer on a sequence (In, T): the gates' rows are input, forget, cell candidate, output."""
    hidden = recurrent_weights.shape[1]
    state, cell = np.zeros((hidden, 1)), np.zeros((hidden, 1))
    outputs = []
    for step in range(sequence.shape[1]):
        rows = input_weights @ sequence[:, [step]] + recurrent_weights @ state + bias
        i, f, g, o = (rows[gate * hidden : (gate + 1) * hidden] for gate in range(4))
        cell = sigmoid(f) * cell + sigmoid(i) * np.tanh(g)
        state = sigmoid(o) * np.tanh(cell)
        outputs.append(state)
    return np.concatenate(outputs, axis=1)


def bilstm_layer(sequence: Array, input_weights: Array, recurrent_weights: Array, bias: Array) -> Array:
    """MATLAB's bilstmLayer: the upper half of every property runs forward, the lower half backward in time."""
    half = len(bias) // 2
    forward = lstm_layer(sequence, input_weights[:half], recurrent_weights[:half], bias[:half])
    backward = lstm_layer(sequence[:, ::-1], input_weights[half:], recurrent_weights[half:], bias[half:])
    return np.concatenate([forward, backward[:, ::-1]])


def stored_arrays(module: torch.nn.LSTM) -> tuple[str, dict[str, Array]]:
    parameters = parameters_of(module)
    layout = layout_for("lstm", {}, parameters)
    return layout.matlab_layer, {name: stored.array for name, stored in layout.to_matlab(parameters).items()}


def run(module: torch.nn.LSTM) -> tuple[Array, Array]:
    """A random sequence (In, T), and PyTorch's output for it (H, T)."""
    sequence = torch.randn(STEPS, INPUTS, dtype=torch.float64)
    return sequence.numpy().T, module(sequence)[0].detach().numpy().T


def test_one_direction() -> None:
    torch.manual_seed(1)
    module = torch.nn.LSTM(INPUTS, HIDDEN, dtype=torch.float64)
    layer, stored = stored_arrays(module)
    assert layer == "lstmLayer"
    assert {name: array.shape for name, array in stored.items()} == {
        "InputWeights": (4 * HIDDEN, INPUTS),
        "RecurrentWeights": (4 * HIDDEN, HIDDEN),
        "Bias": (4 * HIDDEN, 1),
    }
    sequence, expected = run(module)
    actual = lstm_layer(sequence, stored["InputWeights"], stored["RecurrentWeights"], stored["Bias"])
    np.testing.assert_allclose(actual, expected, atol=1e-14, rtol=0)


def test_both_directions() -> None:
    torch.manual_seed(2)
    module = torch.nn.LSTM(INPUTS, HIDDEN, bidirectional=True, dtype=torch.float64)
    layer, stored = stored_arrays(module)
    assert layer == "bilstmLayer"
    assert {name: array.shape for name, array in stored.items()} == {
        "InputWeights": (8 * HIDDEN, INPUTS),
        "RecurrentWeights": (8 * HIDDEN, HIDDEN),
        "Bias": (8 * HIDDEN, 1),
    }
    sequence, expected = run(module)
    actual = bilstm_layer(sequence, stored["InputWeights"], stored["RecurrentWeights"], stored["Bias"])
    np.testing.assert_allclose(actual, expected, atol=1e-14, rtol=0)


@pytest.mark.parametrize("bidirectional", [False, True])
def test_several_layers_carry_their_number(bidirectional: bool) -> None:
    torch.manual_seed(3)
    module = torch.nn.LSTM(INPUTS, HIDDEN, num_layers=3, bidirectional=bidirectional, dtype=torch.float64)
    _, stored = stored_arrays(module)
    values, expected = run(module)
    for layer in range(3):
        properties = [stored.pop(f"{name}_l{layer}") for name in ("InputWeights", "RecurrentWeights", "Bias")]
        values = (bilstm_layer if bidirectional else lstm_layer)(values, *properties)
    assert not stored
    np.testing.assert_allclose(values, expected, atol=1e-14, rtol=0)


def test_sources_and_axes() -> None:
    module = torch.nn.LSTM(INPUTS, HIDDEN, bidirectional=True)
    parameters = parameters_of(module)
    stored = layout_for("lstm", {}, parameters).to_matlab(parameters)
    assert stored["InputWeights"].sources == ("weight_ih_l0", "weight_ih_l0_reverse")
    assert stored["InputWeights"].axes == "D G I -> (D G) I"
    assert stored["Bias"].sources == ("bias_ih_l0", "bias_hh_l0", "bias_ih_l0_reverse", "bias_hh_l0_reverse")


def test_the_split_of_the_bias_is_lost_its_sum_is_not() -> None:
    torch.manual_seed(4)
    parameters = parameters_of(torch.nn.LSTM(INPUTS, HIDDEN))
    layout = layout_for("lstm", {}, parameters)
    stored = layout.to_matlab(parameters)
    assert stored["Bias"].sources == ("bias_ih_l0", "bias_hh_l0")
    back = layout.to_pytorch({name: parameter.array for name, parameter in stored.items()})
    assert back.keys() == parameters.keys()
    assert not back["bias_hh_l0"].any()
    np.testing.assert_array_equal(back["bias_ih_l0"], parameters["bias_ih_l0"] + parameters["bias_hh_l0"], strict=True)


def test_without_a_bias() -> None:
    parameters = parameters_of(torch.nn.LSTM(INPUTS, HIDDEN, bias=False))
    layout = layout_for("lstm", {}, parameters)
    stored = {name: parameter.array for name, parameter in layout.to_matlab(parameters).items()}
    assert stored.keys() == {"InputWeights", "RecurrentWeights"}
    assert layout.to_pytorch(stored | {"Bias": np.zeros((4 * HIDDEN, 1))}).keys() == parameters.keys()


def test_a_missing_bias_is_refused_before_it_is_added() -> None:
    parameters = parameters_of(torch.nn.LSTM(INPUTS, HIDDEN))
    layout = layout_for("lstm", {}, parameters)
    del parameters["bias_hh_l0"]
    with pytest.raises(XverifyError, match="'bias_hh_l0' has the shape none"):
        layout.to_matlab(parameters)


def test_one_directions_weights_are_refused_for_two() -> None:
    parameters = parameters_of(torch.nn.LSTM(INPUTS, HIDDEN, bidirectional=True))
    layout = layout_for("lstm", {}, parameters)
    stored = {name: parameter.array for name, parameter in layout.to_matlab(parameters).items()}
    with pytest.raises(XverifyError, match=r"RecurrentWeights has the shape \(20, 5\); expected \(40, 5\)"):
        layout.to_pytorch(stored | {"RecurrentWeights": stored["RecurrentWeights"][: 4 * HIDDEN]})


def test_projections_keep_their_order() -> None:
    parameters = parameters_of(torch.nn.LSTM(INPUTS, HIDDEN, proj_size=2))
    layout = layout_for("lstm", {}, parameters)
    assert isinstance(layout, AsIs)
    assert layout.reason == "lstmLayer has no property for weight_hr_l0"
    assert layout.to_matlab(parameters).keys() == parameters.keys()
