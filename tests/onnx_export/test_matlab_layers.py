"""Which MATLAB layer each layer of a program is, with its settings; and why some have none."""

from typing import Any

import pytest
from captured_networks import Case, Make, attention, captured, conv_net, oddities, sequences
from torch.fx import Node

from xverify.layouts.table import LAYOUTS
from xverify.onnx_export.layers_by_arguments import _CHOICES
from xverify.onnx_export.matlab_layers import MATLAB_LAYERS, MatlabLayer, describe
from xverify.program.dims import axis_meanings


def described(make: Make) -> dict[str, MatlabLayer]:
    case = captured(make)
    arrays = {name: tensor.numpy() for name, tensor in case.network.program.state_dict.items()}
    dims = axis_meanings(case.network)
    values = {node: dims[node] for node in _values(case)}
    return {layer.id: describe(layer, case.network, arrays, values) for layer in case.network.layers}


def _values(case: Case) -> list[Node]:
    return [item.node for item in case.network.inputs] + [layer.node for layer in case.network.layers]


def test_the_layers_of_a_convolutional_network() -> None:
    assert {name: matlab.name for name, matlab in described(conv_net).items()} == {
        "stem_0": "convolution2dLayer", "stem_1": "batchNormalizationLayer", "relu": "reluLayer", "grouped": "groupedConvolution2dLayer",
        "relu_2": "reluLayer", "up": "transposedConv2dLayer", "relu_3": "reluLayer", "up_grouped": "", "pool": "maxPooling2dLayer",
        "mean": "averagePooling2dLayer", "mean_2": "globalAveragePooling2dLayer",
        "head_0": "", "head_1": "fullyConnectedLayer", "head_2": "softmaxLayer",
    }  # fmt: skip


def test_the_layers_of_a_recurrent_network() -> None:
    assert {name: matlab.name for name, matlab in described(sequences).items()} == {
        "embedding": "wordEmbeddingLayer", "lstm_0": "bilstmLayer", "lstm_2": "bilstmLayer", "gru_0": "gruLayer", "gru_1": "gruLayer",
        "norm": "layerNormalizationLayer", "wide": "fullyConnectedLayer", "prelu": "preluLayer", "head": "fullyConnectedLayer",
    }  # fmt: skip


def test_a_layer_without_a_counterpart_says_why() -> None:
    layers = described(conv_net)
    assert layers["up_grouped"].note == "MATLAB's transposed convolution has no groups"
    assert layers["head_0"].note == "no MATLAB layer for view"
    assert layers["stem_0"].note == ""
    assert all(
        bool(matlab.name) is not bool(matlab.note)
        for make in (oddities, attention)
        for matlab in described(make).values()
    )


def test_parameters_by_role() -> None:
    layers = described(conv_net)
    assert layers["stem_0"].roles == {"weight": "stem.0.weight"}
    assert layers["up"].roles == {"weight": "up.weight", "bias": "up.bias"}
    assert set(layers["stem_1"].roles) == {"weight", "bias", "running_mean", "running_var"}
    assert layers["relu"].roles == {}
    lstm = described(sequences)["lstm_0"].roles
    assert len(lstm) == 8
    assert lstm["bias_hh_l0_reverse"] == "lstm.bias_hh_l0_reverse"


def test_a_parameter_that_is_in_no_state_dict_has_no_role() -> None:
    assert described(oddities)["sub"].roles == {}


@pytest.mark.parametrize(
    ("make", "name", "settings"),
    [
        (conv_net, "grouped", {"stride": [1.0, 1.0], "padding": [0.0, 0.0], "dilation": [1.0, 1.0], "groups": 2.0}),
        (conv_net, "up", {"stride": [1.0, 2.0], "transposed": 1.0, "groups": 1.0}),
        (conv_net, "stem_1", {"eps": 1e-5}),
        (conv_net, "pool", {"kernel_size": [2.0, 3.0], "stride": [2.0, 3.0], "ceil_mode": 0.0}),
        (conv_net, "mean", {"kernel_size": [3.0, 2.0], "stride": [1.0, 1.0], "count_include_pad": 1.0}),
        (conv_net, "head_2", {"dim": 1.0}),
        (sequences, "lstm_0", {"bidirectional": 1.0, "batch_first": 1.0, "num_layers": 1.0, "has_biases": 1.0}),
        (oddities, "gelu", {"approximate": "none"}),
    ],
)
def test_settings_are_doubles_lists_of_doubles_and_texts(make: Make, name: str, settings: dict[str, Any]) -> None:
    attributes = described(make)[name].attributes
    assert {key: attributes[key] for key in settings} == settings
    for value in attributes.values():
        assert type(value) in {float, str, list}
        assert not isinstance(value, list) or all(type(item) is float for item in value)


def test_no_operation_is_in_both_tables() -> None:
    assert MATLAB_LAYERS.keys() & LAYOUTS.keys() == set()
    assert _CHOICES.keys() & (LAYOUTS.keys() | MATLAB_LAYERS.keys()) == set()
