"""ONNX graphs written by hand, and what onnxruntime makes of them before and after a pass."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import onnx
import onnx_ir as ir
import onnxruntime
from numpy.typing import NDArray
from onnx import numpy_helper

from xverify.onnx_export.passes.graph_state import GraphState

Array = NDArray[Any]


def parsed(text: str, weights: Mapping[str, Array] | None = None, opset: int = 20) -> ir.Model:
    """A model from ONNX's own text form: `net (float[2,3] x) => (float[2,3] y) { y = Relu(x) }`."""
    proto = onnx.parser.parse_model(f'<ir_version: 10, opset_import: ["" : {opset}]> {text}')
    for name, value in (weights or {}).items():
        proto.graph.initializer.append(numpy_helper.from_array(value, name))
    onnx.checker.check_model(proto, full_check=True)
    return ir.from_proto(onnx.shape_inference.infer_shapes(proto, strict_mode=True))


def normal(*shape: int) -> Array:
    """Seeded normal numbers; the same shape gives the same ones."""
    return np.random.default_rng(sum(shape) + 7 * len(shape)).normal(size=shape).astype(np.float32)


def state_of(model: ir.Model, layers: Iterable[str] | Mapping[str, str] = ()) -> GraphState:
    """A state whose layers are these tensors; each has its own name as its id, if no other is given."""
    return GraphState(model, dict(layers) if isinstance(layers, Mapping) else {name: name for name in layers})


def run(model: ir.Model, seed: int = 3) -> list[Array]:
    """The outputs in order, on seeded inputs."""
    rng = np.random.default_rng(seed)
    proto = ir.to_proto(model)
    onnx.checker.check_model(proto, full_check=True)
    session = onnxruntime.InferenceSession(proto.SerializeToString(), providers=["CPUExecutionProvider"])
    feeds = {item.name: rng.normal(size=item.shape).astype(np.float32) for item in session.get_inputs()}
    return list(session.run(None, feeds))


def require_equal(actual: list[Array], expected: list[Array]) -> None:
    """The same outputs in the same order, bit for bit."""
    for one, other in zip(actual, expected, strict=True):
        np.testing.assert_array_equal(one, other, strict=True)


def nodes(model: ir.Model) -> list[str]:
    """Operators and what they make: 'Relu -> y'."""
    return [f"{node.op_type} -> {', '.join(value.name or '' for value in node.outputs)}" for node in model.graph]


def outputs(model: ir.Model) -> list[str]:
    """Names of the outputs, in order."""
    return [value.name or "" for value in model.graph.outputs]
