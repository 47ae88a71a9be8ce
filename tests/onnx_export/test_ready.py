"""The passes together, on whole programs: a valid model of the same values whose nodes are the layers."""

from collections import Counter
from pathlib import Path

import numpy as np
import onnx
import onnx_ir as ir
import onnxruntime
import pytest
from captured_networks import TARGET, Make, attention, captured, conv_net, oddities, ready, sequences
from onnx import numpy_helper

from xverify.errors import XverifyError
from xverify.onnx_export import ready as ready_module
from xverify.onnx_export.ready import adopt_constants, make_ready, write_model
from xverify.program.execution import run_float32

NETWORKS = (conv_net, sequences, oddities, attention)
each_network = pytest.mark.parametrize("make", NETWORKS)


@each_network
def test_the_model_is_valid_and_gives_the_programs_outputs_in_order(make: Make) -> None:
    case = captured(make)
    proto = ir.to_proto(ready(make).model)
    onnx.checker.check_model(proto, full_check=True)
    session = onnxruntime.InferenceSession(proto.SerializeToString(), providers=["CPUExecutionProvider"])
    inputs = zip(case.network.inputs, case.inputs.tensors, strict=True)
    actual = session.run(None, {item.node.name: tensor.numpy() for item, tensor in inputs})
    expected = run_float32(case.network, case.inputs)
    assert len(actual) == len(expected)
    for one, other in zip(actual, expected, strict=True):
        np.testing.assert_allclose(one, other.numpy(), rtol=1e-4, atol=1e-5)


@each_network
def test_every_layer_is_a_tensor_or_an_alias_of_one(make: Make) -> None:
    case, model = captured(make), ready(make)
    present = {value.name for node in model.model.graph for value in node.outputs} | set(model.model.graph.initializers)
    inputs = {value.name for value in model.model.graph.inputs}
    assert list(model.tensors) == list(case.layers)
    for identifier, tensor in model.tensors.items():
        assert (tensor == "") is (identifier in model.aliases)
        assert tensor in present or model.aliases[identifier] in present | inputs


def test_aliases_name_the_tensor_that_is_left() -> None:
    assert ready(attention).aliases == {"attention_clone": "squeeze", "clone": "permute_1"}
    assert ready(conv_net).aliases == {}


@each_network
def test_node_names_are_the_layers_ids_unique_and_short(make: Make) -> None:
    model = ready(make)
    ids = {tensor: identifier for identifier, tensor in model.tensors.items() if tensor}
    names = [node.name or "" for node in model.model.graph]
    assert [name for name, count in Counter(names).items() if count > 1] == []
    assert max(map(len, names)) <= 20
    for node in model.model.graph:
        made = [ids[value.name] for value in node.outputs if value.name in ids]
        assert node.name == made[0] if made else node.name not in ids.values()


@each_network
def test_only_operations_that_depend_on_the_input_are_left(make: Make) -> None:
    graph = ready(make).model.graph
    reached = set(graph.inputs)
    for node in graph:
        assert reached.intersection(value for value in node.inputs if value is not None), node.name
        reached.update(node.outputs)
    assert not [node for node in graph if node.op_type in {"Identity", "Constant", "Dropout", "SequenceAt"}]


@each_network
def test_no_path_and_no_foreign_operator_set_is_in_the_file(make: Make, tmp_path: Path) -> None:
    model = ready(make)
    write_model(model.model, tmp_path / "model.onnx")
    data = (tmp_path / "model.onnx").read_bytes()
    for trace in (b"captured_networks", b".py", b"site-packages", b"nn_module_stack", str(Path.cwd()).encode()):
        assert trace not in data
    assert model.model.opset_imports == {"": model.opset}
    assert not model.model.functions


def test_batch_normalization_survives_with_the_parameters_of_the_state_dict() -> None:
    graph = ready(conv_net).model.graph
    norm = next(node for node in graph if node.op_type == "BatchNormalization")
    names = [value.name for value in norm.inputs if value is not None]
    assert names[1:] == ["stem_1_weight", "stem_1_bias", "stem_1_running_mean", "stem_1_running_var"]


def test_a_convolution_has_a_bias_only_if_the_model_has_one() -> None:
    counts = {node.name: len(node.inputs) for node in ready(conv_net).model.graph if "Conv" in node.op_type}
    assert counts == {"stem_0": 2, "grouped": 3, "up": 3, "up_grouped": 3}


@each_network
def test_parameters_stand_under_their_names_bit_for_bit(make: Make, tmp_path: Path) -> None:
    write_model(ready(make).model, tmp_path / "model.onnx")
    state, originals = captured(make).model.state_dict(), ready(make).renamed
    proto = onnx.load(tmp_path / "model.onnx", load_external_data=False)
    named = {
        origin: item for item in proto.graph.initializer if (origin := originals.get(item.name, item.name)) in state
    }
    assert len(named) >= 3
    for item in proto.graph.initializer:
        assert item.data_location == onnx.TensorProto.DEFAULT  # inline
    for origin, item in named.items():
        np.testing.assert_array_equal(numpy_helper.to_array(item), state[origin].numpy(), strict=True)


@each_network
def test_the_same_program_gives_the_same_bytes(make: Make) -> None:
    first, second = (
        ir.to_proto(model).SerializeToString() for model in (ready(make).model, captured(make).make_ready().model)
    )
    assert first == second


def test_unread_elements_keep_the_position_of_the_read_ones() -> None:
    split = next(node for node in ready(oddities).model.graph if node.name == "split_with_sizes_0")
    names = [value.name for value in split.outputs]
    assert (names[0], names[2]) == ("getitem_2", "getitem_4")


def raw(text: str) -> ir.Model:
    return ir.from_proto(onnx.parser.parse_model(f'<ir_version: 10, opset_import: ["" : 20]> {text}'))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("net (float[2,3] x) => (int64[2,N] y) { y = NonZero(x) }", "y"),
        ("net (float[B,3] x) => (float[B,3] y) { y = Relu(x) }", "x"),
        ("net (float[2,3] x) => (float y) { y = ReduceSum <keepdims = 0> (x) }", ""),
    ],
)
def test_shapes_that_depend_on_the_data_are_refused(text: str, name: str) -> None:
    if not name:
        assert make_ready(raw(text), {"y": "total"}, TARGET).tensors == {"total": "y"}  # a scalar is static
        return
    with pytest.raises(XverifyError, match=f"The shape of {name} depends on the data"):
        make_ready(raw(text), {"y": "layer"}, TARGET)


def test_a_graph_inside_a_node_is_refused() -> None:
    branches = (
        "then_branch = a () => (float[2,3] z) { z = Exp(x) }, else_branch = b () => (float[2,3] z) { z = Neg(x) }"
    )
    text = f"net (float[2,3] x, bool c) => (float[2,3] y) {{ y = If <{branches}> (c) }}"
    with pytest.raises(XverifyError, match=r"holds a If with a graph inside \(at y\)"):
        make_ready(raw(text), {"y": "layer"}, TARGET)


def test_constants_are_adopted_where_shape_and_type_agree() -> None:
    weights = "<float[3] w = {1.0, 2.0, 3.0}, float[3] v = {1.0, 2.0, 3.0}>"
    text = f"net (float[2,3] x) => (float[2,3] y) {weights} {{ a = Add(x, w) y = Mul(a, v) }}"
    model = raw(text)
    ours = np.array([1.0, 2.0, 3.0000002], np.float32)
    adopt_constants(model, [("w", ours), ("v", ours.astype(np.float64)), ("v", ours[None])])
    values = {name: item.const_value.numpy() for name, item in model.graph.initializers.items() if item.const_value}
    np.testing.assert_array_equal(values["w"], ours, strict=True)
    np.testing.assert_array_equal(values["v"], np.array([1.0, 2.0, 3.0], np.float32), strict=True)


def test_a_model_beyond_the_limit_of_protobuf_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    model = ready(conv_net).model
    size = sum(value.const_value.nbytes for value in model.graph.initializers.values() if value.const_value is not None)
    monkeypatch.setattr(ready_module, "PROTOBUF_LIMIT", size + 2**20)
    write_model(model, tmp_path / "fits.onnx")
    monkeypatch.setattr(ready_module, "PROTOBUF_LIMIT", size + 2**20 - 1)
    with pytest.raises(XverifyError, match="an ONNX file with inline weights holds at most 2 GB"):
        write_model(model, tmp_path / "too_large.onnx")
    assert [path.name for path in tmp_path.iterdir()] == ["fits.onnx"]
