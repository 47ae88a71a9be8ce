"""weights.mat, read back: every parameter in MATLAB's layout by index arithmetic, and steps that can be run in order."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import onnx_ir as ir
import pytest
import scipy.io
from captured_networks import Case, Make, attention, captured, conv_net, oddities, ready, sequences
from numpy.typing import NDArray

from xverify.bundle.manifest import Model
from xverify.bundle.weights import Operation, write_weights
from xverify.onnx_export.matlab_weights import MatlabNetwork, _onnx_attributes, build
from xverify.program.dims import axis_meanings

Array = NDArray[Any]
NETWORKS = (conv_net, sequences, oddities, attention)
MODEL = Model(name="net", source="", weights="", opset=17, ir_version=8)
each_network = pytest.mark.parametrize("make", NETWORKS)


def state(case: Case) -> dict[str, Array]:
    return {name: tensor.numpy() for name, tensor in case.network.program.state_dict.items()}


def built(make: Make) -> MatlabNetwork:
    case = captured(make)
    return build(case.network, ready(make), state(case), axis_meanings(case.network))


def written(make: Make, path: Path) -> dict[str, Any]:
    """The variable `parameters` as scipy reads it: key -> value."""
    network = built(make)
    write_weights(path, "id", MODEL, [], [], [], network.graph, network.parameters)
    loaded = scipy.io.loadmat(path, struct_as_record=False)["parameters"][0, 0]
    return {name: getattr(loaded, name)[0, 0].value for name in loaded._fieldnames}


@each_network
def test_every_entry_of_the_state_dict_is_somewhere_with_its_axes(make: Make) -> None:
    network, parameters = built(make), state(captured(make))
    named = {name for stored in network.parameters for name in stored.names}
    assert named == set(parameters)
    keys = {stored.key: stored for stored in network.parameters}
    assert len(keys) == len(network.parameters)
    for name, homes in network.homes.items():
        assert homes
        for home in homes:
            assert name in keys[home.key].names
            assert home.axes == keys[home.key].axes


@each_network
def test_each_array_is_stored_once(make: Make) -> None:
    network = built(make)
    large = [stored for stored in network.parameters if stored.array.size > 8]
    for index, stored in enumerate(large):
        for other in large[:index]:
            same = stored.array.shape == other.array.shape and np.array_equal(stored.array, other.array)
            assert not same or set(stored.names) != set(other.names), (stored.key, other.key)


def require_places(stored: Array, original: Array, place: Any) -> None:
    """Every element of the original stands where `place` says."""
    assert stored.size == original.size
    for index in np.ndindex(*original.shape):
        assert stored[place(*index)] == original[index]


def test_convolutions_read_back_by_index_arithmetic(tmp_path: Path) -> None:
    stored, original = written(conv_net, tmp_path / "weights.mat"), state(captured(conv_net))
    assert stored["stem_0_Weights"].shape == (3, 2, 3, 6)
    require_places(stored["stem_0_Weights"], original["stem.0.weight"], lambda o, i, h, w: (h, w, i, o))
    assert "stem_0_Bias" not in stored
    assert stored["grouped_Weights"].shape == (2, 3, 3, 2, 2)
    require_places(stored["grouped_Weights"], original["grouped.weight"], lambda o, i, h, w: (h, w, i, o % 2, o // 2))
    require_places(stored["grouped_Bias"], original["grouped.bias"], lambda o: (0, 0, o % 2, o // 2))
    assert stored["up_Weights"].shape == (2, 3, 5, 4)
    require_places(stored["up_Weights"], original["up.weight"], lambda i, o, h, w: (h, w, o, i))
    require_places(stored["up_Bias"], original["up.bias"], lambda o: (0, 0, o))
    for name, key in (
        ("weight", "Scale"),
        ("bias", "Offset"),
        ("running_mean", "TrainedMean"),
        ("running_var", "TrainedVariance"),
    ):
        require_places(stored[f"stem_1_{key}"], original[f"stem.1.{name}"], lambda c: (0, 0, c))
    require_places(stored["head_1_Weights"], original["head.1.weight"], lambda o, i: (o, i))
    require_places(stored["head_1_Bias"], original["head.1.bias"], lambda o: (o, 0))


def test_a_convolution_that_matlab_has_not_keeps_pytorchs_axes(tmp_path: Path) -> None:
    network, original = built(conv_net), state(captured(conv_net))
    step = next(step for step in network.graph if step.layer == "up_grouped")
    assert (step.op, step.input_order) == ("ConvTranspose", ("value", "operand_2", "operand_3"))
    stored = written(conv_net, tmp_path / "weights.mat")
    np.testing.assert_array_equal(stored[step.parameters["operand_2"]], original["up_grouped.weight"], strict=True)
    assert network.homes["up_grouped.weight"][0].key == step.parameters["operand_2"]


def test_recurrent_layers_read_back_by_index_arithmetic(tmp_path: Path) -> None:
    stored, original = written(sequences, tmp_path / "weights.mat"), state(captured(sequences))
    hidden = 4
    assert stored["lstm_0_InputWeights"].shape == (8 * hidden, 5)
    for direction, suffix in enumerate(("", "_reverse")):
        rows = slice(direction * 4 * hidden, (direction + 1) * 4 * hidden)
        for name, key in (("ih", "Input"), ("hh", "Recurrent")):
            weights = stored[f"lstm_0_{key}Weights"][rows]
            np.testing.assert_array_equal(weights, original[f"lstm.weight_{name}_l0{suffix}"], strict=True)
        summed = original[f"lstm.bias_ih_l0{suffix}"] + original[f"lstm.bias_hh_l0{suffix}"]
        np.testing.assert_array_equal(stored["lstm_0_Bias"][rows, 0], summed, strict=True)
    assert stored["gru_0_Bias"].shape == (6 * 6, 1)
    np.testing.assert_array_equal(stored["gru_0_Bias"][:18, 0], original["gru.bias_ih_l0"], strict=True)
    np.testing.assert_array_equal(stored["gru_0_Bias"][18:, 0], original["gru.bias_hh_l0"], strict=True)
    np.testing.assert_array_equal(stored["gru_0_RecurrentWeights"], original["gru.weight_hh_l0"], strict=True)


def test_other_layers_read_back_by_index_arithmetic(tmp_path: Path) -> None:
    stored, original = written(sequences, tmp_path / "weights.mat"), state(captured(sequences))
    require_places(stored["embedding_Weights"], original["embedding.weight"], lambda e, d: (d, e))
    require_places(stored["norm_Scale"], original["norm.weight"], lambda c: (c, 0))
    require_places(
        stored["wide_Weights"], original["wide.weight"], lambda o, i: (o, i)
    )  # not the transposed one of model.onnx
    require_places(stored["head_Weights"], original["head.weight"], lambda o, i: (o, i))
    assert stored["prelu_Alpha"].ravel().tolist() == original["prelu.weight"].tolist()


def runnable(network: MatlabNetwork, inputs: set[str]) -> list[Operation]:
    """The steps, if each reads only what is there by then."""
    made = set(inputs)
    for step in network.graph:
        assert set(step.inputs) <= made, (step.op, step.layer, set(step.inputs) - made)
        assert not made & set(step.outputs) - {""}
        made |= set(step.outputs)
    return network.graph


@each_network
def test_steps_run_in_order_and_make_each_layer_once(make: Make) -> None:
    case, network = captured(make), built(make)
    steps = runnable(network, {item.id for item in case.network.inputs})
    produced = [name for step in steps for name in step.outputs if name in case.layers]
    assert sorted(produced) == sorted(set(case.layers) - set(ready(make).aliases))
    labels = [step.layer for step in steps if step.layer]
    assert len(labels) == len(set(labels))
    assert all(step.layer in step.outputs for step in steps if step.layer)


@each_network
def test_what_steps_refer_to_exists_and_is_of_types_that_matlab_has(make: Make) -> None:
    network = built(make)
    keys = {stored.key for stored in network.parameters}
    for step in network.graph:
        assert set(step.parameters.values()) <= keys
        assert step.input_order.count("value") == (len(step.inputs) if step.input_order else 0)
        assert (
            set(step.input_order) - {"value", ""} == set(step.parameters)
            or step.op.endswith("Layer")
            or step.op == "Constant"
        )
        for value in step.attributes.values():
            assert isinstance(value, (float, str)) or all(isinstance(item, float) for item in value)


def test_a_layer_of_matlab_is_one_step_however_many_onnx_nodes_it_takes() -> None:
    steps = built(sequences).graph
    assert [step.op for step in steps] == [
        "wordEmbeddingLayer", "bilstmLayer", "gruLayer", "layerNormalizationLayer", "fullyConnectedLayer", "preluLayer",
        "fullyConnectedLayer",
    ]  # fmt: skip
    assert [step.outputs for step in steps[1:3]] == [("lstm_0", "lstm_2"), ("gru_0", "gru_1")]


def test_a_step_with_several_results_says_which_elements_they_are() -> None:
    steps = {step.op: step for step in built(sequences).graph}
    assert list(steps["bilstmLayer"].attributes["elements"]) == [0.0, 2.0]  # type: ignore[arg-type]  # a list, not a number
    assert list(steps["gruLayer"].attributes["elements"]) == [0.0, 1.0]  # type: ignore[arg-type]
    assert "elements" not in steps["preluLayer"].attributes


def test_constant_outputs_are_steps_without_inputs() -> None:
    network, original = built(oddities), state(captured(oddities))
    constants = {step.layer: step for step in network.graph if step.op == "Constant"}
    assert set(constants) == {"mul_2", "identity"}
    arrays = {stored.key: stored for stored in network.parameters}
    np.testing.assert_array_equal(arrays[constants["mul_2"].parameters["value"]].array, original["anchors"] * 2)
    assert arrays[constants["mul_2"].parameters["value"]].names == ()  # made of a parameter, not one itself
    assert arrays[constants["identity"].parameters["value"]].names == ("scale",)


def test_inner_steps_belong_to_no_layer_and_an_alias_is_read_at_its_source() -> None:
    steps = built(attention).graph
    inner = [step for step in steps if not step.layer]
    assert {step.op for step in inner} >= {"Softmax", "MatMul"}
    assert next(step for step in steps if step.layer == "attention_select").inputs == ("attention_squeeze",)
    assert next(step for step in steps if step.layer == "view_2").inputs == ("permute",)


def test_all_kinds_of_onnx_attributes_become_doubles_and_texts() -> None:
    kinds: dict[str, Any] = {
        "i": 3,
        "f": 0.5,
        "s": "NOTSET",
        "ints": [1, 2],
        "floats": [0.25, 1.0],
        "strings": ["a", "b"],
    }
    node = ir.node("Test", [], kinds)
    assert dict(_onnx_attributes(node)) == {
        "i": 3.0, "f": 0.5, "s": "NOTSET", "ints": [1.0, 2.0], "floats": [0.25, 1.0], "strings": "a,b",
    }  # fmt: skip
    with pytest.raises(NotImplementedError, match="attribute t of Test"):
        dict(_onnx_attributes(ir.node("Test", [], {"t": ir.tensor([1.0])})))


OCTAVE = """
w = load('weights.mat');
p = w.parameters;
show = @(name) printf('%s %s %s\\n', name, mat2str(size(p.(name).value)), class(p.(name).value));
show('stem_0_Weights'); show('grouped_Weights'); show('up_Weights'); show('stem_1_Scale'); show('head_1_Weights'); show('head_1_Bias');
printf('%d %s %s\\n', numel(w.graph), w.graph{1}.op, w.graph{1}.outputs{1});
printf('%s\\n', mat2str(w.graph{6}.attributes.stride), class(w.graph{6}.attributes.stride));
printf('%.9g\\n', p.stem_0_Weights.value(3, 1, 2, 5));
"""


@pytest.mark.skipif(shutil.which("octave-cli") is None, reason="GNU Octave is not installed")
def test_octave_reads_the_same_sizes_and_values(tmp_path: Path) -> None:
    written(conv_net, tmp_path / "weights.mat")
    command = ["octave-cli", "-qf", "--no-history", "--eval", OCTAVE]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    weight = state(captured(conv_net))["stem.0.weight"]
    assert result.stdout.splitlines() == [
        "stem_0_Weights [3 2 3 6] single", "grouped_Weights [2 3 3 2 2] single", "up_Weights [2 3 5 4] single",
        "stem_1_Scale [1 1 6] single", "head_1_Weights [7 10] single", "head_1_Bias [7 1] single",
        "14 convolution2dLayer stem_0", "[1 2]", "double", f"{weight[4, 1, 2, 0]:.9g}",
    ]  # fmt: skip
