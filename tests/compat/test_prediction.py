"""Networks whose import is documented, and what is predicted of them."""

import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import ModelProto
from onnx_graphs import convolution, model, node, torch_2_9_style, value, weight
from torch import nn

from xverify.compat.graph_view import view_of
from xverify.compat.prediction import PredictedLayer, Prediction, predict
from xverify.compat.releases import release


def predicted(proto: ModelProto, name: str = "R2024b") -> Prediction:
    return predict(view_of(proto), release(name))


def layers_of(proto: ModelProto, name: str = "R2024b") -> list[PredictedLayer]:
    """The layers that come from nodes."""
    return [layer for layer in predicted(proto, name).layers if layer.nodes]


def only(proto: ModelProto, name: str = "R2024b") -> tuple[str, str, str]:
    """Kind, class and confidence of the one layer that comes from nodes."""
    (layer,) = layers_of(proto, name)
    return layer.kind, layer.matlab_class.rpartition(".")[2], layer.confidence


# --- files of torch ------------------------------------------------------------------------------------------------


class Small(nn.Module):
    """Layers whose import is documented: Conv, Sigmoid, Mul, Add, Concat, MaxPool natively, Gemm with its bias."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)
        self.pool = nn.MaxPool2d(2)
        self.head = nn.Linear(8 * 4 * 3, 5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.conv(x)
        y = y * torch.sigmoid(y)
        y = self.pool(torch.cat([y, y + y], 1))
        result: torch.Tensor = self.head(torch.flatten(y, 1))
        return result


@pytest.fixture(scope="module")
def dynamo(tmp_path_factory: pytest.TempPathFactory) -> ModelProto:
    return exported(tmp_path_factory.mktemp("dynamo") / "a.onnx", dynamo=True)


@pytest.fixture(scope="module")
def torchscript(tmp_path_factory: pytest.TempPathFactory) -> ModelProto:
    return exported(tmp_path_factory.mktemp("script") / "a.onnx", dynamo=False)


def exported(path: Path, *, dynamo: bool) -> ModelProto:
    torch.manual_seed(0)
    options = {"external_data": False, "verbose": False} if dynamo else {"opset_version": 13}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(Small().eval(), (torch.randn(1, 3, 8, 6),), path, dynamo=dynamo, **options)
    return onnx.load(path)


def test_a_torchscript_file_imports_natively(torchscript: ModelProto) -> None:
    found = {layer.operators[0]: (layer.kind, layer.confidence) for layer in layers_of(torchscript)}
    native = dict.fromkeys(["Conv", "Sigmoid", "Mul", "Add", "Concat", "MaxPool"], ("built-in", "verified"))
    assert found == native | {"Flatten": ("helper", "cited"), "Gemm": ("built-in", "cited")}
    score = predicted(torchscript).score
    assert (score.nodes, score.built_in, score.built_in_assumed, score.helper) == (8, 7, 0, 1)
    (gemm,) = [layer for layer in layers_of(torchscript) if layer.operators == ("Gemm",)]
    assert gemm.matlab_class == "nnet.cnn.layer.FullyConnectedLayer"


def test_layers_that_come_from_no_node(torchscript: ModelProto) -> None:
    """The batch is fixed. Names of tensors that are numbers get an x."""
    layers = predicted(torchscript).layers
    added = [layer.name for layer in layers if not layer.nodes]
    (output,) = torchscript.graph.output
    assert output.name.isdigit()
    name = torchscript.graph.input[0].name.replace(".", "_")
    assert added == [name, f"{name}_BatchSizeVerifier", f"x{output.name}Output"]
    assert [layer.name for layer in layers[:2]] == added[:2]
    assert layers[-1].name == added[-1]


def test_a_dynamic_batch_has_no_verifier() -> None:
    proto = model([node("Relu", "x", "y", "relu")], inputs=[value("x", ("batch", 3, 8, 6))])
    assert [layer.name for layer in predicted(proto).layers] == ["x", "relu", "yOutput"]


def test_a_file_of_the_present_exporter_is_in_doubt(dynamo: ModelProto) -> None:
    """torch 2.14 writes kernel_shape, and still auto_pad: whether that matters is not established."""
    by_operator = {layer.operators[0]: layer for layer in layers_of(dynamo)}
    assert by_operator["Conv"].kind == "unknown"
    assert "not established" in by_operator["Conv"].source
    assert by_operator["Reshape"].kind == "custom"
    assert by_operator["Reshape"].name == "ReshapeLayer1000"
    assert predicted(dynamo).score.unknown == 1


def test_convolutions_of_torch_2_9_become_custom_layers() -> None:
    layers = layers_of(torch_2_9_style())
    assert [layer.name for layer in layers] == ["ConvLayer1000", "node_relu", "ConvLayer1001"]
    assert [layer.kind for layer in layers] == ["custom", "built-in", "custom"]
    assert layers[0].confidence == "verified"
    assert layers[0].nodes == ("node_conv2d",)


# --- convolutions --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("proto", "expected"),
    [
        (convolution(), ("built-in", "Convolution2DLayer", "verified")),
        (convolution(kernel=False), ("custom", "ConvLayer1000", "assumed")),
        (convolution(kernel=False, auto_pad=True), ("custom", "ConvLayer1000", "assumed")),
        (convolution(kernel=False, auto_pad=True, symbolic=True), ("custom", "ConvLayer1000", "verified")),
        (convolution(auto_pad=True), ("unknown", "", "unknown")),
        (convolution(symbolic=True), ("unknown", "", "unknown")),
        (convolution(auto_pad=True, symbolic=True), ("unknown", "", "unknown")),
        (convolution(group=2), ("unknown", "", "unknown")),
    ],
)
def test_convolutions(proto: ModelProto, expected: tuple[str, str, str]) -> None:
    assert only(proto) == expected


@pytest.mark.parametrize(("axes", "layer"), [(1, "Convolution1DLayer"), (3, "Convolution3DLayer")])
def test_convolutions_of_other_dimensions_are_assumed(axes: int, layer: str) -> None:
    size = [9] * axes
    proto = model(
        [node("Conv", "x w", "y", "conv", kernel_shape=[3] * axes)],
        [weight("w", 4, 3, *[3] * axes)],
        [value("x", (1, 3, *size))],
    )
    assert only(proto) == ("built-in", layer, "assumed")


# --- products, sums, flattening ------------------------------------------------------------------------------------


def dense(*operators: str, shape: Sequence[int] = (2, 4)) -> ModelProto:
    nodes = {
        "Gemm": node("Gemm", "x w b", "y", "gemm"),
        "MatMul": node("MatMul", "x w", "m", "matmul"),
        "Add": node("Add", "b m", "y", "bias"),
    }
    weights = [weight("w", 4, 3), weight("b", 3)]
    return model([nodes[operator] for operator in operators], weights, [value("x", shape)])


def test_gemm_keeps_its_bias_and_matmul_does_not() -> None:
    assert only(dense("Gemm")) == ("built-in", "FullyConnectedLayer", "cited")
    for name, bias in (("R2024b", "nnet.onnx.layer.ElementwiseAffineLayer"), ("R2025b", "nnet.cnn.layer.ScalingLayer")):
        layers = layers_of(dense("MatMul", "Add"), name)
        assert [layer.matlab_class for layer in layers] == ["nnet.cnn.layer.FullyConnectedLayer", bias]
        assert {layer.confidence for layer in layers} == {"cited"}


def test_a_product_of_another_rank_is_assumed() -> None:
    assert layers_of(dense("MatMul", "Add", shape=(2, 7, 4)))[0].confidence == "assumed"


def test_a_product_of_two_values_is_unknown() -> None:
    assert only(model([node("MatMul", "x x", "y", "scores")], inputs=[value("x", (1, 3, 3))]))[0] == "unknown"


@pytest.mark.parametrize("operator", ["Add", "Mul"])
def test_a_constant_operand_makes_another_layer(operator: str) -> None:
    of_two = only(model([node(operator, "x x", "y", "op")]))
    constant = only(model([node("Constant", "", "c", value=weight("t", 1)), node(operator, "x c", "y", "op")]))
    assert of_two[0] == "built-in"
    assert of_two[2] == "verified"
    assert constant == ("helper", "ElementwiseAffineLayer", "assumed")


def test_a_value_that_is_computed_from_weights_is_a_weight() -> None:
    nodes = [node("Transpose", "w", "t", "turn", perm=[1, 0]), node("MatMul", "x t", "y", "product")]
    turn, product = layers_of(model(nodes, [weight("w", 3, 4)], [value("x", (2, 4))]))
    assert product.kind == "built-in"
    assert turn.kind == "unknown"


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((1, 3, 8, 6), ("helper", "FlattenInto2dLayer", "cited")),
        ((1, 3), ("custom", "FlattenLayer1000", "cited")),
        (None, ("unknown", "", "unknown")),
    ],
)
def test_flatten(shape: Sequence[int] | None, expected: tuple[str, str, str]) -> None:
    given = onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, shape)
    assert only(model([node("Flatten", "x", "y", "flat")], inputs=[given])) == expected


def test_clip_is_a_helper_layer() -> None:
    assert only(model([node("Clip", "x", "y", "relu6")])) == ("helper", "ClipLayer", "cited")


@pytest.mark.parametrize("operator", ["Gelu", "HardSwish", "LogSoftmax"])
def test_what_is_not_established_never_counts_as_built_in(operator: str) -> None:
    score = predicted(model([node(operator, "x", "y", "op")], opset=20)).score
    assert (score.built_in, score.built_in_assumed, score.unknown) == (0, 0, 1)


def test_an_operator_of_another_domain_is_unsupported() -> None:
    assert only(model([node("Fast", "x", "y", "f", domain="com.acme")]))[0] == "unsupported"


# --- custom layers -------------------------------------------------------------------------------------------------


def test_neighbours_become_one_custom_layer_and_the_grouping_is_said_to_be_assumed() -> None:
    nodes = [
        node("Transpose", "x", "a", "t1", perm=[0, 1, 3, 2]),
        node("Unsqueeze", "a axes", "b", "u"),
        node("Squeeze", "b axes", "c", "s"),
        node("Sigmoid", "c", "d", "sig"),
        node("Transpose", "d", "y", "t2", perm=[0, 1, 3, 2]),
    ]
    axes = onnx.numpy_helper.from_array(np.array([0]), "axes")
    first, middle, last = layers_of(model(nodes, [axes]))
    assert (first.name, middle.name, last.name) == ("Transpose_To_SqueezeLayer1000", "sig", "TransposeLayer1001")
    assert first.nodes == ("t1", "u", "s")
    assert "assumed" in first.note
    assert last.note == ""


def test_custom_nodes_that_do_not_read_each_other_stay_apart() -> None:
    nodes = [
        node("Transpose", "x", "a", "t1"), node("Transpose", "x", "b", "t2"), node("Add", "a b", "y", "sum"),
    ]  # fmt: skip
    assert [layer.name for layer in layers_of(model(nodes))] == ["TransposeLayer1000", "TransposeLayer1001", "sum"]
