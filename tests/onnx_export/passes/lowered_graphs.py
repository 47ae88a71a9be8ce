"""A pass for a target, on a handmade graph, and how near its values must stay."""

from collections.abc import Iterable, Mapping

import numpy as np
import onnx
import onnx_ir as ir
import onnxruntime
from handmade_graphs import Array, state_of

from xverify.errors import XverifyError
from xverify.onnx_export.passes.graph_state import Pass
from xverify.onnx_export.passes.lowering import LOWERING
from xverify.onnx_export.target import Form, Target


def lower(
    model: ir.Model, *steps: Pass, opset: int = 17, decompose: Iterable[str] = (), layers: Iterable[str] = ()
) -> ir.Model:
    """Runs passes (all of LOWERING, if none is given) on a model for a target; returns that model."""
    state = state_of(model, layers)
    forms: Mapping[str, Form] = dict.fromkeys(decompose, "decompose")
    state.target = Target("R2024b", opset=opset, ir_version=8, forms=forms)
    for step in steps or LOWERING:
        step(state)
    return model


def refusal(model: ir.Model, opset: int = 13) -> str:
    """Why a model cannot be lowered; '' if it can."""
    try:
        lower(model, opset=opset)
    except XverifyError as error:
        return error.message
    return ""


def operators(model: ir.Model) -> list[str]:
    """The operators in order."""
    return [node.op_type for node in model.graph]


def require_near(actual: Iterable[Array], expected: Iterable[Array], ulp: int) -> None:
    """Within some units in the last place of the expected output's largest value, and not all zero."""
    for one, other in zip(actual, expected, strict=True):
        assert one.dtype == other.dtype
        assert np.any(other)
        spacing = float(np.spacing(np.abs(other).max()))
        np.testing.assert_allclose(one, other, rtol=0, atol=ulp * spacing, strict=True)


def require_untouched(model: ir.Model, *steps: Pass, opset: int = 17, decompose: Iterable[str] = ()) -> None:
    """The passes leave every node, attribute, operand and weight as it is."""
    before = ir.to_proto(model).graph.SerializeToString(deterministic=True)
    lower(model, *steps, opset=opset, decompose=decompose)
    assert ir.to_proto(model).graph.SerializeToString(deterministic=True) == before


def run_on(proto: onnx.ModelProto, feeds: Mapping[str, Array]) -> list[Array]:
    """The outputs in onnxruntime, without its own fusions."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(proto.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return [np.asarray(value) for value in session.run(None, dict(feeds))]


def with_constant_operands(
    proto: onnx.ModelProto, feeds: Mapping[str, Array]
) -> tuple[onnx.ModelProto, dict[str, Array]]:
    """A copy whose inputs after the first are initializers, and the one feed that is left."""
    copy = onnx.ModelProto()
    copy.CopyFrom(proto)
    first = copy.graph.input[0].name
    for name, value in feeds.items():
        if name != first:
            copy.graph.initializer.append(onnx.numpy_helper.from_array(value, name))
    del copy.graph.input[1:]
    return copy, {first: feeds[first]}
