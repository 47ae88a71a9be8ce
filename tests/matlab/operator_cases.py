"""The onnx package's test models of a single node, as cases: nobody here chose their inputs or wrote their expected values."""

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import cache
from math import sqrt
from typing import Any

import numpy as np
from backend_models import backend_models
from onnx import ModelProto, NodeProto, TensorProto, ValueInfoProto, helper, numpy_helper
from operator_case import EXACT, FOLDER, Array, Case, attributes_of, evaluated, terms_of

LEFT_OUT: Mapping[str, str] = {
    "*float16*": "MATLAB has no class for half precision",
    "*FLOAT16*": "MATLAB has no class for half precision",
    "*FLOAT8*": "MATLAB has no class for eight bits",
    "*FLOAT4*": "MATLAB has no class for four bits",
    "*INT4*": "MATLAB has no class for four bits",
    "*INT2*": "MATLAB has no class for two bits",
    "test_equal_string*": "texts are no values of a network",
    "test_identity_sequence": "sequences are no values of a network",
    "test_identity_opt": "optional sequences are no values of a network",
    "test_training_dropout*": "a bundle holds a network in eval mode: xverify:Dropout:training",
    "test_batchnorm_*_training_mode": "a bundle holds a network in eval mode: xverify:BatchNormalization:training",
    "test_dropout_*_old": "operator set 11; a bundle has 13 or newer",
    "test_constant": "constants of a bundle are parameters, never attributes",
    "test_resize_downsample_scales_*_align_corners": "counts 2.4 elements where PyTorch and onnxruntime take the 2 of the result",
}
"""Pattern of the onnx package's test models that are not run -> why."""

ROUNDED: Mapping[str, float] = {
    "test_gridsample_bicubic": 6e-5,
    "test_averagepool_2d_ceil_last_window_starts_on_pad": 6e-5,
}
"""Test models whose expected values were typed with four decimals -> what that leaves."""


def implemented() -> list[str]:
    """The operators that have a MATLAB function."""
    return sorted(path.stem for path in FOLDER.glob("*.m"))


def left_out(name: str) -> list[str]:
    """The patterns that leave a test model out."""
    return [pattern for pattern in LEFT_OUT if fnmatchcase(name, pattern)]


@cache
def node_models() -> Mapping[str, list[str]]:
    """Operator -> names of the onnx package's test models that consist of one node of it."""
    found: dict[str, list[str]] = {}
    for name, item in backend_models("node").items():
        nodes = item.model().graph.node
        if len(nodes) == 1:
            found.setdefault(nodes[0].op_type, []).append(name)
    return found


def node_cases(name: str) -> Iterator[Case]:
    """The cases of one of the onnx package's test models."""
    item = backend_models("node")[name]
    model = item.model()
    node = model.graph.node[0]
    for given, expected in item.data_sets():
        arrays = {key: _array(value) for key, value in given.items()}
        results = [_array(value) for value in expected]
        if (
            "" in node.output
        ):  # MATLAB returns outputs in order: the model's own values do not say what the first one is
            results = evaluated(_with_all_outputs(model), arrays)
        inputs = [arrays[key] if key else None for key in node.input]
        yield Case(
            node.op_type, name, inputs, results, attributes_of(model), _node_atol(name, node.op_type, inputs, results)
        )


def _array(value: Any) -> Array:
    return numpy_helper.to_array(value) if isinstance(value, TensorProto) else np.asarray(value)


def _with_all_outputs(model: ModelProto) -> ModelProto:
    node = NodeProto()
    node.CopyFrom(model.graph.node[0])
    outputs = [name or f"left_out_{index}" for index, name in enumerate(node.output)]
    del node.output[:]
    node.output.extend(outputs)
    graph = helper.make_graph([node], "all", model.graph.input, [ValueInfoProto(name=name) for name in outputs])
    return helper.make_model(graph, opset_imports=model.opset_import)


def _node_atol(name: str, op: str, inputs: Sequence[Array | None], expected: Sequence[Array]) -> float:
    """What the package's values allow: it gives them in single precision only, mostly computed by NumPy in that precision.

    Its own tolerance, 1e-3 of each value, would pass a wrong approximation of erf. 1e-6 of the largest value is eight units
    in its last place, and more where many terms are summed, since NumPy's own sum has that error.
    """
    if op in EXACT:
        return 0.0
    largest = max((float(np.abs(item[np.isfinite(item)]).max(initial=0)) for item in expected), default=0.0)
    return max(ROUNDED.get(name, 0.0), 1e-6 * max(1.0, largest) * max(1.0, sqrt(terms_of(op, inputs, expected)) / 8))
