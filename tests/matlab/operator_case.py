"""One call of a MATLAB operator function, and who says what it gives.

The onnx package's reference evaluator gives the values where an operator moves elements; PyTorch gives them where it computes,
because its layers are what the operators stand for.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod, sqrt
from pathlib import Path
from typing import Any

import numpy as np
import onnx_ir as ir
import torch
from numpy.typing import NDArray
from onnx import ModelProto, ValueInfoProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator
from torch import Tensor

from xverify.bundle.matfile import cell
from xverify.bundle.weights import _attribute
from xverify.onnx_export.matlab_weights import _onnx_attributes

Array = NDArray[Any]

MATLAB = Path(__file__).parents[2] / "matlab"
FOLDER = MATLAB / "+xverify" / "+operators"

EPS = float(np.finfo(np.float32).eps)

EXACT = frozenset(
    """
    Abs Add And ArgMax ArgMin Cast CastLike Ceil Clip Concat Constant ConstantOfShape DepthToSpace Dropout Equal Expand
    Flatten Floor Gather GatherElements GatherND GlobalMaxPool Greater GreaterOrEqual Identity IsInf IsNaN Less LessOrEqual
    Max MaxPool Min Mul Neg NonZero Not OneHot Or Pad Range ReduceMax ReduceMin Relu Reshape Round ScatterElements ScatterND
    Shape Sign Size Slice SpaceToDepth Split Squeeze Sub Tile TopK Transpose Trilu Unsqueeze Where Xor
    """.split()  # noqa: SIM905
)
"""Operators that move elements, or round at most once as IEEE 754 says: any difference is an error."""


@dataclass(frozen=True)
class Case:
    """One call of an operator, and what it gives."""

    op: str
    name: str
    inputs: Sequence[Array | None]
    """The operands in order; None is one left out."""
    expected: Sequence[Array]
    attributes: Mapping[str, Any] = field(default_factory=dict)
    atol: float = 0.0

    def struct(self) -> dict[str, Any]:
        """The case as check_cases.m reads it."""
        return {
            "name": self.name,
            "kind": "operators",
            "op": self.op,
            "attributes": dict(self.attributes),
            "parameters": {},
            "rank": 0.0,
            "inputs": cell([np.zeros((0, 0)) if item is None else _value(item) for item in self.inputs]),
            "expected": cell([_value(item.astype(np.uint8) if item.dtype == bool else item) for item in self.expected]),
            "atol": float(self.atol),
        }


def _value(array: Array) -> dict[str, Any]:
    """xverify.internal.value: the axes turned around, two dimensions at least, and the rank."""
    return {"data": array.reshape(-1, 1) if array.ndim < 2 else array.T, "rank": float(array.ndim)}


def numbers(*shape: int) -> Array:
    """Normal single-precision numbers, the same for one shape; a mean off 0 shows what is left out."""
    return (np.random.default_rng(prod(shape) + len(shape)).normal(size=shape) + 0.1).astype(np.float32)


def ints(*values: int) -> Array:
    """A vector of int64, such as a shape or indices."""
    return np.array(values, np.int64)


def scalar(value: float) -> Array:
    """A single-precision array without axes."""
    return np.array(value, np.float32)


def shape(text: str) -> tuple[int, ...]:
    """'2 3 4' -> (2, 3, 4); '' is a scalar's."""
    return tuple(map(int, text.split()))


def by_torch(
    op: str,
    name: str,
    compute: Callable[..., Tensor | tuple[Tensor, ...]],
    inputs: Sequence[Array | None],
    attributes: Mapping[str, Any] | None = None,
    *,
    terms: float = 1,
    shown: Sequence[int] | None = None,
) -> Case:
    """A case whose values PyTorch computes from the operands `shown` (all that are given), with its own rounding as tolerance."""
    seen = [item for index, item in enumerate(inputs) if item is not None and (shown is None or index in shown)]
    single = _results(compute(*[torch.from_numpy(item) for item in seen]))
    double = _results(compute(*[torch.from_numpy(_double(item)) for item in seen]))
    settings = {key: _setting(value) for key, value in (attributes or {}).items()}
    return Case(op, name, inputs, single, settings, 0.0 if op in EXACT else allowed(single, double, terms))


def _results(values: Tensor | tuple[Tensor, ...]) -> list[Array]:
    return [value.detach().numpy() for value in (values if isinstance(values, tuple) else (values,))]


def _setting(value: Any) -> Any:
    return value if isinstance(value, str) else np.array(value, np.float64).reshape(1, -1)


def calling(function: Callable[..., Any], **options: Any) -> Callable[..., Any]:
    """The function with some keyword arguments: what by_torch calls with the operands."""
    return lambda *arrays: function(*arrays, **options)


def by_reference(op: str, *inputs: Array | None, outputs: int = 1, opset: int = 21, **attributes: Any) -> Case:
    """A case whose values the onnx package's reference evaluator computes, in double precision where rounding matters."""
    names = ["" if item is None else f"x{index}" for index, item in enumerate(inputs)]
    results = [f"y{index}" for index in range(outputs)]
    given = {name: item for name, item in zip(names, inputs, strict=True) if item is not None}
    infos = [
        helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(item.dtype), item.shape)
        for name, item in given.items()
    ]
    node = helper.make_node(op, names, results, **attributes)
    graph = helper.make_graph([node], "one", infos, [ValueInfoProto(name=name) for name in results])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    expected = evaluated(model, given)
    name = f"{' '.join(str(list(item.shape)) for item in given.values())} {attributes}"
    if op in EXACT:
        return Case(op, name, inputs, expected, attributes_of(model))
    precise = evaluated(model, {key: _double(item) for key, item in given.items()})
    atol = allowed(expected, precise, terms_of(op, inputs, expected))
    return Case(op, name, inputs, expected, attributes_of(model), atol)


def attributes_of(model: ModelProto) -> dict[str, Any]:
    """The only node's attributes as weights.mat has them; a tensor of one element, which the exporter refuses, as an array."""
    proto = model.graph.node[0]
    tensors = {item.name: numpy_helper.to_array(item.t) for item in proto.attribute if item.HasField("t")}
    for item in [item for item in proto.attribute if item.name in tensors]:
        proto.attribute.remove(item)
    (node,) = ir.from_proto(model).graph
    return tensors | {name: _attribute(value) for name, value in _onnx_attributes(node)}


def evaluated(model: ModelProto, given: Mapping[str, Array]) -> list[Array]:
    """What the onnx package's reference evaluator computes."""
    with np.errstate(all="ignore"):  # some cases are about NaN and Inf
        return [np.asarray(value) for value in ReferenceEvaluator(model).run(None, dict(given))]


def _double(array: Array) -> Array:
    return array.astype(np.float64) if array.dtype == np.float32 else array


def terms_of(op: str, inputs: Sequence[Array | None], expected: Sequence[Array]) -> float:
    """How many numbers are summed for one element of the result, at most."""
    sizes = [item.size for item in inputs if item is not None]
    if op in {"Conv", "ConvTranspose", "LSTM", "GRU", "RNN"}:
        return sizes[1]  # the weights
    if op.startswith(("Reduce", "Global")) or op.endswith(("MatMul", "Gemm", "Einsum", "Normalization", "Pool")):
        return max(sizes)
    return 1


def allowed(single: Sequence[Array], double: Sequence[Array], terms: float) -> float:
    """Six times the rounding that single precision shows, or one unit in the last place of the largest value, more for long sums."""
    with np.errstate(invalid="ignore"):  # Inf - Inf
        shown = max(_largest(a.astype(np.float64) - b) for a, b in zip(single, double, strict=True))
    return max(6 * shown, EPS * max(map(_largest, double)) * max(1.0, sqrt(terms) / 8))


def _largest(array: Array) -> float:
    return float(np.abs(array[np.isfinite(array)]).max(initial=0))
