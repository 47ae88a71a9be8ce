import onnx
import pytest
from onnx import ModelProto, TensorProto
from onnx_graphs import model, node, relu, value, weight

from xverify.compat.graph_view import view_of
from xverify.compat.matlab_call import MatlabCall, matlab_call
from xverify.compat.releases import release


def call(proto: ModelProto, file: str = "model.onnx", name: str = "R2024b") -> MatlabCall:
    return matlab_call(view_of(proto), file, release(name))


def test_the_call_of_an_image_classifier() -> None:
    nodes = [node("Flatten", "x", "f", "flat"), node("Gemm", "f w", "y", "fc")]
    proto = model(nodes, [weight("w", 144, 5)])
    assert call(proto).lines == (
        'net = importNetworkFromONNX("model.onnx", ...',
        '    InputDataFormats="BCSS", ...',
        '    OutputDataFormats="BC", ...',
        '    Namespace="model");',
        "deepNetworkDesigner(net)",
    )
    assert call(proto).notes == ()


def test_the_call_of_an_older_release() -> None:
    lines = "\n".join(call(relu(), name="R2022b").lines)
    assert lines.startswith('net = importONNXNetwork("model.onnx"')
    assert 'PackageName="model"' in lines
    assert "Namespace" not in lines
    assert "R2021b" in call(relu(), name="R2021a").notes[0]


@pytest.mark.parametrize(
    ("shape", "expected"),
    [((2, 7), "BC"), ((1, 9, 4), "BTC"), ((1, 3, 8, 6), "BCSS"), ((1, 3, 2, 2, 2), "BCSSS"), ((4,), "U"), (None, "?")],
)
def test_formats_follow_from_the_number_of_axes(shape: tuple[int, ...] | None, expected: str) -> None:
    given = onnx.helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)
    found = call(model([node("Relu", "x", "y", "r")], inputs=[given]))
    assert f'    InputDataFormats="{expected}", ...' in found.lines
    assert bool(found.notes) == (expected not in {"BC", "BCSS", "BCSSS"})


def test_a_sequence_that_a_convolution_reads_has_its_channels_second() -> None:
    proto = model([node("Conv", "x w", "y", "c", kernel_shape=[3])], [weight("w", 4, 3, 3)], [value("x", (1, 3, 9))])
    found = call(proto)
    assert '    InputDataFormats="BCT", ...' in found.lines
    assert '    OutputDataFormats="BCT", ...' in found.lines
    assert any("only you know" in note for note in found.notes)


def test_several_inputs_are_a_list_and_their_order_is_to_be_checked() -> None:
    nodes = [
        node("GlobalAveragePool", "x", "p", "gap"),
        node("Flatten", "p", "f", "flat"),
        node("Add", "f z", "y", "a"),
    ]
    found = call(model(nodes, inputs=[value("x"), value("z", (1, 3))]))
    assert '    InputDataFormats=["BCSS" "BC"], ...' in found.lines
    assert any("net.InputNames" in note and "x, z" in note for note in found.notes)


def test_weights_that_are_listed_as_inputs_get_no_format() -> None:
    proto = model([node("Gemm", "x w", "y", "fc")], [weight("w", 4, 3)], [value("x", (2, 4)), value("w", (4, 3))])
    assert '    InputDataFormats="BC", ...' in call(proto).lines


def test_file_names_cannot_leave_the_string() -> None:
    lines = call(relu(), 'a"); delete("b\n.onnx').lines
    assert lines[0] == 'net = importNetworkFromONNX("a""); delete(""b.onnx", ...'
    assert lines[3] == '    Namespace="a___Delete__b");'
