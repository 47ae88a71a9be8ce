"""The name and the chain of operations of a constant, read off the raw graph; the expected bytes from the state_dict alone."""

from typing import Any

import numpy as np
import onnx
import onnx_ir as ir
import pytest
from numpy.typing import NDArray
from onnx import numpy_helper

from xverify.onnx_export.provenance import Origin, Provenance, as_array

WEIGHT = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
BIAS = np.array([5.0, 6.0, 7.0], np.float32)
PARAMETERS: dict[str, NDArray[Any]] = {"layer.weight": WEIGHT, "layer.bias": BIAS, "layer.count": np.array(7, np.int64)}

TEXT = """<ir_version: 10, opset_import: ["" : 20]> net (float[2,3] x) => (float[2,3] y) {
    turned = Transpose <perm = [0, 2, 1]> (weight)
    same = Identity(weight)
    again = Identity(turned)
    twice = Transpose <perm = [2, 0, 1]> (again)
    implicit = Transpose(weight)
    joined = Concat <axis = 0> (bias, bias)
    both = Mul(turned, bias_wide)
    shape = Shape(weight)
    filled = ConstantOfShape(shape)
    scaled = Mul(turned, filled)
    five = Constant <value = float {5.0}> ()
    loop = Add(five, five)
    made_of_x = Add(x, bias)
    y = Relu(x)
}"""


@pytest.fixture(scope="module")
def provenance() -> Provenance:
    return Provenance(ir.from_proto(_model()))


def _model() -> onnx.ModelProto:
    proto = onnx.parser.parse_model(TEXT)
    names = {"weight": "layer.weight", "bias": "layer.bias"}  # the text form has no dots
    for node in proto.graph.node:
        node.input[:] = [names.get(name, name) for name in node.input]
    for name, value in {"layer.weight": WEIGHT, "layer.bias": BIAS, "bias_wide": np.ones(1, np.float32)}.items():
        proto.graph.initializer.append(numpy_helper.from_array(value, name))
    return proto


def require(origin: Origin, sources: tuple[str, ...], derivation: str, expected: NDArray[Any] | None) -> None:
    assert (origin.sources, origin.derivation) == (sources, derivation)
    if expected is None:
        assert origin.expected is None
    else:
        np.testing.assert_array_equal(origin.expected, expected, strict=True)


def test_a_parameter_under_its_own_name_is_identical(provenance: Provenance) -> None:
    require(provenance.origin("layer.bias", PARAMETERS), ("layer.bias",), "identical", BIAS)


@pytest.mark.parametrize(
    ("name", "derivation", "expected"),
    [
        ("turned", "Transpose(0,2,1)", WEIGHT.transpose(0, 2, 1)),
        ("same", "identical", WEIGHT),
        ("again", "Transpose(0,2,1)", WEIGHT.transpose(0, 2, 1)),
        ("twice", "Transpose(0,2,1), Transpose(2,0,1)", WEIGHT.transpose(0, 2, 1).transpose(2, 0, 1)),
    ],
)
def test_transpositions_are_followed_and_computed_again(
    provenance: Provenance, name: str, derivation: str, expected: NDArray[Any]
) -> None:
    require(provenance.origin(name, PARAMETERS), ("layer.weight",), derivation, expected)


@pytest.mark.parametrize(
    ("name", "sources"),
    [
        ("joined", ("layer.bias",)),
        ("both", ("layer.weight",)),  # the other factor is no parameter
        ("implicit", ("layer.weight",)),
        ("scaled", ("layer.weight",)),
    ],
)
def test_any_other_computation_is_folded_and_names_its_parameters(
    provenance: Provenance, name: str, sources: tuple[str, ...]
) -> None:
    require(provenance.origin(name, PARAMETERS), sources, "folded", None)


@pytest.mark.parametrize("name", ["shape", "filled", "five", "loop", "bias_wide", "never_heard_of"])
def test_what_no_parameters_value_reaches_is_a_constant(provenance: Provenance, name: str) -> None:
    require(provenance.origin(name, PARAMETERS), (), "constant", None)


def test_several_parameters_are_named_once_each() -> None:
    proto = _model()
    proto.graph.node.append(onnx.helper.make_node("Concat", ["joined", "again", "layer.bias"], ["all"], axis=0))
    assert Provenance(ir.from_proto(proto)).origin("all", PARAMETERS).sources == ("layer.bias", "layer.weight")


def test_the_steps_are_remembered_when_the_graph_has_been_folded() -> None:
    model = ir.from_proto(_model())
    provenance = Provenance(model)
    for node in list(model.graph):
        if node.op_type == "Transpose":
            model.graph.remove(node)
    assert provenance.origin("turned", PARAMETERS).derivation == "Transpose(0,2,1)"


def test_as_array_reads_an_initializer() -> None:
    value = ir.from_proto(_model()).graph.initializers["layer.weight"]
    np.testing.assert_array_equal(as_array(value), WEIGHT, strict=True)
