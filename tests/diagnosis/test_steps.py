"""How PyTorch computes a layer, read back from weights.mat: settings, and parameters in PyTorch's own axis order."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from captured_networks import Make, attention, conv_net, oddities, sequences
from numpy.typing import NDArray
from torch import nn

import xverify
from xverify.bundle.bundle import Bundle
from xverify.diagnosis.steps import Steps


def exported(make: Make, folder: Path) -> tuple[nn.Module, Bundle]:
    torch.manual_seed(0)
    model, inputs = make()
    return model, xverify.export(model, inputs, folder / make.__name__)


def parameter(model: nn.Module, name: str) -> NDArray[Any]:
    value: NDArray[Any] = model.state_dict()[name].numpy()
    return value


@pytest.mark.parametrize("make", [conv_net, attention, oddities, sequences])
def test_every_parameter_of_its_own_comes_back_as_pytorch_has_it(make: Make, tmp_path: Path) -> None:
    model, bundle = exported(make, tmp_path)
    steps = Steps(bundle)
    found = {name: steps.parameter(name) for name in model.state_dict()}
    shared = {name for name, array in found.items() if array is None}
    assert all("lstm.bias" in name or "gru.bias" in name or "lstm.weight" in name or tied(name) for name in shared), (
        shared
    )
    for name in found.keys() - shared:
        array = found[name]
        assert array is not None
        np.testing.assert_array_equal(array, parameter(model, name), strict=True)


def tied(name: str) -> bool:
    """Parameters that are one tensor under two names."""
    return name in {"embedding.weight", "head.weight", "blocks.1.0.weight", "twin.weight"}


def test_a_convolution_has_its_settings_parameters_and_inputs(tmp_path: Path) -> None:
    model, bundle = exported(conv_net, tmp_path)
    steps = Steps(bundle)
    step = steps.of(bundle.layers["up"])
    assert step is not None
    assert (step.op, step.settings["stride"], step.settings["transposed"], step.output) == (
        "transposedConv2dLayer",
        (1.0, 2.0),
        1.0,
        0,
    )
    np.testing.assert_array_equal(step.parameters["weight"], parameter(model, "up.weight"), strict=True)
    assert step.names["weight"] == "up.weight"
    assert step.stored["Weights"].shape == (2, 3, 5, 4)
    assert steps.inputs(bundle.layers["up"]) == ("relu_2",)


def test_an_operator_has_its_constants(tmp_path: Path) -> None:
    model, bundle = exported(conv_net, tmp_path)
    step = Steps(bundle).of(bundle.layers["up_grouped"])
    assert step is not None
    assert step.op == "ConvTranspose"
    np.testing.assert_array_equal(step.constants[1], parameter(model, "up_grouped.weight"))


def test_an_element_of_a_tuple_says_which(tmp_path: Path) -> None:
    _, bundle = exported(sequences, tmp_path)
    steps = Steps(bundle)
    found = [steps.of(bundle.layers[name]) for name in ("lstm_0", "lstm_2", "gru_1")]
    assert [step.output for step in found if step] == [0, 2, 1]


def test_a_layer_of_several_steps_has_no_step_of_its_own(tmp_path: Path) -> None:
    _, bundle = exported(attention, tmp_path)
    steps = Steps(bundle)
    several = [layer.id for layer in bundle.manifest.layers if layer.operation == "scaled_dot_product_attention"]
    assert several
    assert all(steps.of(bundle.layers[name]) is None for name in several)


class Named(nn.Module):
    """Linear layers whose parameters have names of their own, and recurrent layers of which weights.mat holds no pair of biases."""

    def __init__(self) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)
        self.cell = nn.RNNCell(8, 5)
        self.lstm = nn.LSTM(5, 4, num_layers=2, batch_first=True)
        self.gru = nn.GRU(4, 3, bidirectional=True)

    def forward(self, x: torch.Tensor, state: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        y = self.attention(x, x, x)[0]
        first = self.cell(y[:, 0], state)
        rows = torch.stack([first, self.cell(y[:, 1], first)], 1)
        return rows, self.gru(self.lstm(rows)[0])[0]


def named() -> tuple[nn.Module, Any]:
    return Named().eval(), (torch.randn(3, 6, 8), torch.randn(3, 5))


def test_parameters_of_linear_layers_have_their_roles_whatever_their_names(tmp_path: Path) -> None:
    model, bundle = exported(named, tmp_path)
    steps = Steps(bundle)
    found = {layer.parameters: steps.of(layer) for layer in bundle.manifest.layers if layer.operation == "linear"}
    for names in (("attention.in_proj_weight", "attention.in_proj_bias"), ("cell.weight_hh", "cell.bias_hh")):
        step = found[names]
        assert step is not None
        assert step.names == dict(zip(("weight", "bias"), names, strict=True))
        np.testing.assert_array_equal(step.parameters["weight"], parameter(model, names[0]), strict=True)


def test_a_parameter_is_read_from_the_model_where_weights_mat_has_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Transposed, stacked or in ONNX's order of gates."""
    model, bundle = exported(named, tmp_path)
    monkeypatch.setattr(Steps, "_homes", {})
    steps = Steps(bundle)
    names = ["cell.weight_hh", *(name for name in model.state_dict() if name.startswith(("lstm.", "gru.")))]
    for name in names:
        array = steps.parameter(name)
        assert array is not None, name
        np.testing.assert_array_equal(array, parameter(model, name), strict=True)
