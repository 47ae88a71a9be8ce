"""Which values of a program are layers, what they are called, and what they read."""

import re
from pathlib import Path
from typing import Any

import pytest
import torch
from captured_networks import Make, attention, captured, case_of, conv_net, oddities, sequences
from handmade_programs import ladder
from torch import Tensor, nn

from xverify.errors import XverifyError
from xverify.program.layers import find_layers


def test_layers_in_topological_order_with_readable_ids() -> None:
    assert list(captured(conv_net).layers) == [
        "stem_0", "stem_1", "relu", "grouped", "relu_2", "up", "relu_3", "up_grouped", "pool", "mean", "mean_2", "head_0", "head_1",
        "head_2",
    ]  # fmt: skip


def test_a_module_used_three_times_is_three_layers_of_one_path() -> None:
    layers = captured(conv_net).layers
    relus = [layer for layer in layers.values() if layer.module_path == "relu"]
    assert [layer.id for layer in relus] == ["relu", "relu_2", "relu_3"]
    assert {layer.module_type for layer in relus} == {"torch.nn.modules.activation.ReLU"}
    assert [layer.inputs for layer in relus] == [("stem_1",), ("grouped",), ("up",)]


def test_paths_types_operations_and_shapes() -> None:
    layers = captured(conv_net).layers
    found = [
        (layers[name].module_path, layers[name].operation, layers[name].shape)
        for name in ("stem_1", "up", "head_0", "mean_2")
    ]
    assert found == [
        ("stem.1", "batch_norm", (2, 6, 9, 13)),
        ("up", "convolution", (2, 5, 9, 23)),
        ("head.0", "view", (2, 10)),
        ("", "mean", (2, 10, 1, 1)),
    ]


def test_parameters_that_a_layer_reads_are_named_as_in_the_state_dict() -> None:
    layers = captured(conv_net).layers
    assert layers["stem_0"].parameters == ("stem.0.weight",)
    assert layers["stem_1"].parameters == ("stem.1.weight", "stem.1.bias", "stem.1.running_mean", "stem.1.running_var")
    assert layers["up_grouped"].parameters == ("up_grouped.weight", "up_grouped.bias")
    assert layers["relu"].parameters == ()


def test_elements_of_a_tuple_carry_their_position_and_unread_ones_are_no_layers() -> None:
    layers = captured(oddities).layers
    assert [name for name in layers if name.startswith("split")] == [
        "split_0",
        "split_1",
        "split_with_sizes_0",
        "split_with_sizes_2",
    ]
    assert layers["split_with_sizes_2"].shape == (3, 3)
    assert layers["split_with_sizes_2"].inputs == ("split_1",)
    assert [layers[name].inputs for name in ("topk_0", "topk_1")] == [("add",), ("add",)]


def test_a_recurrent_layer_is_one_layer_an_element_and_reads_its_parameters_through_the_tuple() -> None:
    layers = captured(sequences).layers
    assert [name for name in layers if name.startswith(("lstm", "gru"))] == ["lstm_0", "lstm_2", "gru_0", "gru_1"]
    assert layers["lstm_2"].shape == (2, 3, 4)
    assert layers["lstm_0"].inputs == ("embedding",)
    assert len(layers["lstm_0"].parameters) == 8
    assert "lstm.bias_hh_l0_reverse" in layers["lstm_0"].parameters
    assert layers["gru_0"].inputs == ("lstm_0",)


def test_a_single_element_that_is_read_needs_no_position() -> None:
    assert captured(conv_net).layers["stem_1"].node.name == "getitem"


def test_functions_at_the_root_have_no_path_and_digits_of_nested_sequentials_stay() -> None:
    layers = captured(oddities).layers
    assert (layers["gelu"].module_path, layers["gelu"].module_type.rpartition(".")[2]) == ("", "Oddities")
    assert [name for name in layers if name.startswith("blocks")] == ["blocks_0_0", "blocks_0_1", "blocks_1_0"]
    assert layers["blocks_1_0"].module_path == "blocks.1.0"


def test_a_mask_built_from_a_shape_is_no_layer_and_its_tensor_is_not_read() -> None:
    case = captured(oddities)
    assert not [layer for layer in case.layers.values() if layer.operation == "new_zeros"]
    assert case.layers["add"].inputs == ("mul",)


def test_an_input_named_like_a_constant_of_the_exporter_is_an_input() -> None:
    case = captured(oddities)
    assert [item.id for item in case.network.inputs] == ["c_state", "extra"]
    assert case.layers["blocks_0_0"].inputs == ("c_state",)


def test_a_parameter_is_found_through_a_constant_computation() -> None:
    layers = captured(oddities).layers
    assert layers["matmul"].parameters == ("weight",)
    assert layers["matmul"].inputs == ("tanh",)


def test_tied_weights_have_one_name_at_both_layers() -> None:
    layers = captured(oddities).layers
    assert layers["blocks_1_0"].parameters[0] == layers["twin"].parameters[0]
    assert layers["blocks_1_0"].parameters[1:] == ("blocks.1.0.bias",)


def test_a_buffer_that_is_in_no_state_dict_is_named() -> None:
    case = captured(oddities)
    assert case.layers["sub"].parameters == ("shift",)
    assert "shift" not in case.network.program.state_dict


def test_outputs_are_named_by_structure_and_are_layers_whatever_they_depend_on() -> None:
    case = captured(oddities)
    ids = {layer.node: layer.id for layer in case.network.layers} | {item.node: item.id for item in case.network.inputs}
    assert [(output.name, ids[output.node]) for output in case.network.outputs] == [
        ("pair.0", "topk_0"), ("pair.1", "topk_1"), ("mixed", "matmul"), ("edges", "add_2"), ("label", "argmax"), ("anchors", "mul_2"),
        ("scale", "identity"), ("extra", "extra"),
    ]  # fmt: skip
    assert case.layers["mul_2"].parameters == ("anchors",)
    assert (case.layers["mul_2"].inputs, case.layers["identity"].parameters) == ((), ("scale",))


def test_the_raw_onnx_model_has_a_tensor_of_every_layers_name() -> None:
    for make in (conv_net, sequences, oddities, attention):
        case = captured(make)
        graph = case.captured.onnx_model.graph
        names = {value.name for node in graph for value in node.outputs} | set(graph.initializers)
        assert [layer.id for layer in case.network.layers if case.network.tensor_name(layer.node) not in names] == []


def source_lines(make: Make) -> set[str]:
    """Of a capture made now: the cached one knows the working directory of the test that made it."""
    layers = captured.__wrapped__(make).network.layers
    return {layer.source_line for layer in layers if layer.node.op == "call_function"}


def test_source_lines_name_the_users_code_from_the_working_directory_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(Path(__file__).parents[2])
    lines = source_lines(conv_net)
    assert all(re.match(r"tests/captured_networks\.py:\d+: \S", line) for line in lines), lines
    assert any(line.endswith("y = self.mean(self.pool(self.up_grouped(y)))") for line in lines)


def test_source_lines_outside_the_working_directory_name_no_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for make in (conv_net, oddities, attention):
        lines = source_lines(make)
        assert all(re.match(r"captured_networks\.py:\d+: \S", line) for line in lines), lines


def test_a_users_folder_named_torch_is_not_torchs_own(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "torch"
    folder.mkdir()
    code = "import torch\n\n\nclass Model(torch.nn.Module):\n    def forward(self, x):\n        return torch.sin(x).abs()\n"
    (folder / "model_in_a_torch_folder.py").write_text(code)
    monkeypatch.syspath_prepend(folder)
    module: Any = __import__("model_in_a_torch_folder")
    case = case_of(module.Model(), torch.randn(2, 3))
    assert {layer.source_line for layer in case.network.layers} == {
        "model_in_a_torch_folder.py:6: return torch.sin(x).abs()"
    }


def test_thousands_of_layers_and_constants_that_share_their_sources_take_no_time() -> None:
    network = find_layers(ladder(torch.ones(2, 3), rungs=1500))
    assert len(network.layers) == 3001
    last = network.layers[-1]
    assert (last.id, last.inputs, last.parameters) == ("mul", (network.layers[-2].id,), ("weight",))
    assert network.layers[-2].id == "add_1500"


class Writes(nn.Module):
    """Parts of a constant are overwritten: what was there before gives the shape, and only what is written is read."""

    def forward(self, x: Tensor) -> Tensor:
        y = torch.zeros(3, 4)
        y[:, 1] = x[:, 0]
        y[1] = 2.0
        return y.cumsum(dim=1)


def test_a_value_that_is_only_overwritten_is_not_read() -> None:
    layers = case_of(Writes(), torch.randn(3, 4)).layers
    assert {name: layer.inputs for name, layer in layers.items()} == {
        "select": ("x",), "copy": ("select",), "select_scatter": ("copy",), "select_scatter_2": ("select_scatter",),
        "cumsum": ("select_scatter_2",),
    }  # fmt: skip


class CountsAsItGoes(nn.Module):
    """Updates a buffer that no output needs."""

    total: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(4, 3)
        self.register_buffer("total", torch.zeros(3))

    def forward(self, x: Tensor) -> Tensor:
        y = self.linear(x)
        self.total.add_(y.mean(dim=0))
        return torch.relu(y)


def test_a_value_that_only_updates_a_buffer_is_no_layer() -> None:
    assert list(case_of(CountsAsItGoes(), torch.randn(5, 4)).layers) == ["linear", "relu"]


class Selects(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x[x > 0].sum()


def test_a_shape_that_depends_on_the_data_is_refused() -> None:
    with pytest.raises(XverifyError, match=r"shape of a result of index depends on the data\.\n.*static shapes"):
        case_of(Selects(), torch.randn(5, 4))


def test_outputs_are_numbered_where_no_names_are_given() -> None:
    names = [output.name for output in find_layers(captured(oddities).captured.program).outputs]
    assert names == ["output", *(f"output_{index}" for index in range(1, 8))]
