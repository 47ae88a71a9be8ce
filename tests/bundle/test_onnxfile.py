"""What `OnnxFile` reads from a file's bytes against what the onnx package reads."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.typing import NDArray
from onnx import GraphProto, ModelProto, TensorProto, helper, numpy_helper

from xverify.bundle.bundle import Bundle
from xverify.bundle.onnxfile import ELEMENT_TYPES, OnnxFile, encode_varint, fields, message, number
from xverify.errors import XverifyError

PACKAGE_DATA = Path(onnx.__file__).parent / "backend" / "test" / "data"


def element_type(tensor: TensorProto) -> str:
    return ELEMENT_TYPES.get(tensor.data_type, f"type {tensor.data_type}")


def require_same(path: Path, graph: GraphProto) -> None:
    with OnnxFile(path) as model:
        assert [(n.name, n.operation, n.inputs, n.outputs) for n in model.nodes] == [
            (n.name, n.op_type, tuple(n.input), tuple(n.output)) for n in graph.node
        ]
        assert model.inputs == [value.name for value in graph.input]
        assert model.outputs == [value.name for value in graph.output]
        expected = {tensor.name: tensor for tensor in graph.initializer}
        assert list(model.initializers) == list(expected)
        for name, item in model.initializers.items():
            assert (item.dtype, item.shape) == (element_type(expected[name]), tuple(expected[name].dims))
            assert model.data[item.offset : item.offset + item.nbytes] == expected[name].raw_data
        assert [onnx.NodeProto.FromString(model.data[slice(*n.message)]) for n in model.nodes] == list(graph.node)


def written(path: Path, graph: GraphProto) -> Path:
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    path.write_bytes(model.SerializeToString())
    return path


def graph_of(*initializers: TensorProto, nodes: list[onnx.NodeProto] | None = None) -> GraphProto:
    value = helper.make_tensor_value_info("x", TensorProto.FLOAT, [2, 3])
    return helper.make_graph(nodes or [], "g", [value], [value], list(initializers))


def package_models() -> list[Path]:
    return sorted(PACKAGE_DATA.rglob("*.onnx"))


def test_models_of_the_onnx_package() -> None:
    """About 150 files: single operations, converted PyTorch networks, whole networks without weights."""
    if not package_models():
        pytest.skip("this onnx package comes without its backend test data")
    refused = []
    for path in package_models():
        graph = onnx.load(path, load_external_data=False).graph
        try:
            require_same(path, graph)
        except XverifyError:
            refused.append(path)
        raw = all(tensor.HasField("raw_data") or not tensor.ByteSize() for tensor in graph.initializer)
        assert raw == (path not in refused)
    assert len(refused) < len(package_models()) / 10


@pytest.mark.parametrize("name", ["cnn_bundle", "choices_bundle", "aliases_bundle"])
def test_models_that_xverify_wrote(name: str, request: pytest.FixtureRequest) -> None:
    bundle: Bundle = request.getfixturevalue(name)
    graph = onnx.load(bundle.model_path).graph
    require_same(bundle.model_path, graph)
    with OnnxFile(bundle.model_path) as model:
        for tensor in graph.initializer:
            array = model.array(model.initializers[tensor.name])
            np.testing.assert_array_equal(array, numpy_helper.to_array(tensor), strict=True)


ARRAYS: dict[str, NDArray[Any]] = {
    "scalar": np.array(2.5, np.float32),
    "matrix": np.arange(6, dtype=np.float32).reshape(2, 3),
    "empty": np.zeros((3, 0, 2), np.float32),
    "integers": np.array([[-1, 2**62]], np.int64),
    "flags": np.array([True, False]),
    "half": np.array([[1.5], [-2.0]], np.float16),
    "double": np.array([1e300, -0.0]),
    "bytes": np.array([[0, 255]], np.uint8),
    "größe_µ": np.array([1], np.int32),
}


def test_every_element_type_and_shape(tmp_path: Path) -> None:
    graph = graph_of(*(numpy_helper.from_array(array, name) for name, array in ARRAYS.items()))
    path = written(tmp_path / "m.onnx", graph)
    require_same(path, graph)
    with OnnxFile(path) as model:
        for name, array in ARRAYS.items():
            np.testing.assert_array_equal(model.array(model.initializers[name]), array, strict=True)
        arrays = [model.array(item) for item in model.initializers.values()]
    assert arrays[1][1, 2] == 5  # copies: they outlive the mapping


def test_dims_that_are_packed_or_not(tmp_path: Path) -> None:
    raw = bytes(24)
    tails = message(8, b"w") + number(2, TensorProto.FLOAT) + message(9, raw)
    unpacked = b"".join(number(1, size) for size in (300, 1)) + tails
    packed = message(1, encode_varint(300) + encode_varint(1)) + tails
    for tensor in (unpacked, packed):
        path = tmp_path / "m.onnx"
        path.write_bytes(message(7, message(5, tensor)))
        with OnnxFile(path) as model:
            assert model.initializers["w"].shape == (300, 1)


def test_a_type_that_numpy_does_not_have_is_named_by_its_number(tmp_path: Path) -> None:
    tensor = TensorProto(name="w", data_type=TensorProto.BFLOAT16, dims=[2], raw_data=b"1234")
    with OnnxFile(written(tmp_path / "m.onnx", graph_of(tensor))) as model:
        assert model.initializers["w"].dtype == "type 16"


def test_subgraphs_and_unknown_fields_are_passed_over(tmp_path: Path) -> None:
    inner = graph_of(numpy_helper.from_array(ARRAYS["matrix"], "inner"))
    node = helper.make_node("If", ["x"], ["y"], name="choice", then_branch=inner, else_branch=inner)
    graph = graph_of(numpy_helper.from_array(ARRAYS["matrix"], "w"), nodes=[node])
    path = written(tmp_path / "m.onnx", graph)
    path.write_bytes(
        path.read_bytes() + message(999, b"later") + number(998, 7) + encode_varint(997 << 3 | 5) + bytes(4)
    )
    require_same(path, graph)


def test_a_file_with_two_graphs_is_refused(tmp_path: Path) -> None:
    """protobuf merges appended messages: another reader of the file would see what this one does not."""
    path = written(tmp_path / "m.onnx", graph_of(numpy_helper.from_array(ARRAYS["matrix"], "w")))
    later = ModelProto(graph=GraphProto(initializer=[numpy_helper.from_array(ARRAYS["double"], "w2")]))
    path.write_bytes(path.read_bytes() + later.SerializeToString())
    assert len(onnx.load(path).graph.initializer) == 2
    with pytest.raises(XverifyError, match="2 graphs"):
        OnnxFile(path)


@given(st.integers(0, 2**64 - 1))
@example(0)
@example(127)
@example(128)
@example(2**63)
def test_numbers_survive_the_encoding(value: int) -> None:
    encoded = number(5, value)
    (field,) = fields(encoded, 0, len(encoded))
    assert (field.number, field.value, field.end) == (5, value, len(encoded))
    assert len(encode_varint(value)) == max(1, (value.bit_length() + 6) // 7)


@given(st.lists(st.tuples(st.integers(1, 2**29 - 1), st.binary(max_size=300)), max_size=5))
def test_messages_survive_the_encoding(parts: list[tuple[int, bytes]]) -> None:
    encoded = b"".join(message(tag, payload) for tag, payload in parts)
    found = [(field.number, encoded[field.start : field.end]) for field in fields(encoded, 0, len(encoded))]
    assert found == parts


def test_the_mapping_is_closed_at_the_end(cnn_bundle: Bundle) -> None:
    with OnnxFile(cnn_bundle.model_path) as model:
        pass
    assert model.data.closed
