"""The onnx package's own models, lowered: each keeps the outputs that the package expects, or is refused for a known reason.

Each model is taken twice: as it is, and with every input but the first as a constant, which is how networks use them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import onnx
import onnx_ir as ir
import pytest
from backend_models import BackendModel, backend_models
from handmade_graphs import Array
from lowered_graphs import lower, run_on, with_constant_operands
from onnx.numpy_helper import to_array
from onnxruntime.capi import onnxruntime_pybind11_state as onnxruntime_errors

from xverify.errors import XverifyError
from xverify.onnx_export.passes.fold_constants import fold_constants
from xverify.onnx_export.passes.lowering import LOWERING

FAMILIES = {
    "gelu": (4, 4),
    "hardswish": (1, 1),
    "hardsigmoid": (3, 3),
    "mish": (1, 1),
    "swish": (1, 1),
    "layer_normalization": (38, 38),
    "group_normalization": (2, 2),
    "reduce_": (100, 100),
    "split_equal": (6, 6),
    "split_variable": (12, 12),
    "split_1d": (1, 1),
    "split_2d": (1, 1),
    "split_zero": (4, 4),
    "resize_": (46, 46),
    "center_crop_pad": (0, 0),
    "constant_pad": (4, 4),
    "edge_pad": (2, 2),
    "reflect_pad": (2, 2),
    "wrap_pad": (0, 0),
    "gridsample": (28, 0),
    "averagepool": (13, 13),
    "maxpool": (18, 18),
    "lppool": (7, 7),
    "batchnorm": (8, 4),
    "lstm": (10, 10),
    "gru": (10, 10),
    "simple_rnn": (8, 8),
    "reshape": (20, 18),
    "roialign": (6, 4),
    "clip": (22, 22),
    "instancenorm": (4, 4),
    "scatternd": (6, 2),
    "scatter_elements": (10, 6),
    "softplus": (2, 2),
    "mod_": (26, 26),
    "cast_FLOAT_to": (2, 2),
    "cast_FLOAT16_to": (2, 2),
    "dropout": (6, 6),
    "add": (16, 8),
    "pow": (20, 20),
    "relu": (1, 1),
    "prelu": (4, 4),
    "equal": (16, 16),
    "top_k": (12, 12),
    "softmax": (7, 7),
}
"""Beginning of the models' names -> how many of them keep their outputs at opset 17 and at opset 13, with onnx 1.23 and
onnxruntime 1.32. Older versions of these packages have fewer models and kernels."""

REASONS = {
    17: (
        r"opset 17 has no operator (GroupNormalization|CenterCropPad)",
        r"Reduce\w+ of opset 17 has fewer inputs than 2",
        r"(Reduce\w+|Cast|Equal|Mod|Pow) of opset 17 has no (in|out)puts of type tensor\((bool|string|float\de\w+|u?int[24])\)",
        r"Pad of opset 17 has fewer inputs than 4",
        r"Pad has mode 'wrap'",
        r"Resize has coordinate_transformation_mode 'half_pixel_symmetric'",
        r"Resize of opset 17 has no (antialias|axes|keep_aspect_ratio_policy)",
        r"GridSample takes more than images",
        r"Scatter\w+ has reduction '(max|min)'",
        r"DFT takes its axis as an input",
        r"Mod without fmod takes whole numbers alone",
        r"(AveragePool|LpPool) of opset 17 has no dilations, which is \([123, ]*[23][23, ]*\)",
        r"(AveragePool|MaxPool) ignores windows in the padding",
        r"AveragePool counts only padding that is there",
        r"Cast of opset 17 has no saturate, which is 0",
    ),
    13: (
        r"opset 13 has no operator (LayerNormalization|GroupNormalization|CenterCropPad|GridSample|DFT)",
        r"Reshape of opset 13 has no allowzero, which is 1",
        r"(LSTM|GRU|RNN) of opset 13 has no layout, which is 1",
        r"BatchNormalization of opset 13 has no training_mode, which is 1",
        r"RoiAlign of opset 13 has no coordinate_transformation_mode, which is half_pixel",
        r"Scatter\w+ of opset 13 has no reduction, which is (add|mul)",
        r"(Add|Pow|Shape|Relu) of opset 13 has no (in|out)puts of type tensor\(u?int(8|16)\)",
    ),
}
"""What may be refused for each opset, and nothing else; opset 13 also for the reasons of 17."""


REFUSALS = (
    *(getattr(onnxruntime_errors, name) for name in ("Fail", "InvalidArgument", "InvalidGraph", "NotImplemented")),
    *(onnxruntime_errors.RuntimeException, RuntimeError),
)
"""What onnxruntime raises for models and types that it does not know."""


@dataclass(frozen=True)
class Example:
    """A model with its inputs and the outputs that the package expects, and whether onnxruntime has its operator."""

    case: BackendModel
    model: onnx.ModelProto
    feeds: dict[str, Array]
    expected: list[Array]
    runs: bool


def lowered(proto: onnx.ModelProto, opset: int) -> onnx.ModelProto:
    model = ir.from_proto(onnx.shape_inference.infer_shapes(proto))
    return ir.to_proto(
        lower(model, fold_constants, *LOWERING, opset=opset, decompose=["HardSwish", "HardSigmoid", "Gelu"])
    )


def agree(actual: list[Array], expected: list[Array], case: BackendModel) -> bool:
    rtol, atol = max(case.case.rtol, 1e-5), max(case.case.atol, 2e-6)
    return all(
        one.dtype == other.dtype
        and one.shape == other.shape
        and np.allclose(one.astype(np.float64), other.astype(np.float64), rtol=rtol, atol=atol, equal_nan=True)
        for one, other in zip(actual, map(np.asarray, expected), strict=True)
    )


def outputs(proto: onnx.ModelProto, feeds: dict[str, Array]) -> list[Array] | None:
    """What onnxruntime makes of a model; None where it has no such operator."""
    try:
        return run_on(proto, feeds)
    except REFUSALS:
        return None


def as_array(value: object) -> Array:
    return to_array(value) if isinstance(value, onnx.TensorProto) else np.asarray(value)


def examples(family: str) -> Iterator[Example]:
    """The models of a family on which onnxruntime does not contradict the package."""
    for case in backend_models("node").values():
        proto = case.model()
        if not case.name.startswith(f"test_{family}") or "expanded" in case.name or proto.opset_import[0].version < 13:
            continue
        stored, results = next(iter(case.data_sets()))
        feeds, expected = (
            {name: as_array(value) for name, value in stored.items()},
            [as_array(item) for item in results],
        )
        if case.name.startswith("test_layer_normalization"):  # with its value alone, as networks have it
            del proto.graph.output[1:]
            del expected[1:]
        forms = [(proto, feeds)] + ([with_constant_operands(proto, feeds)] if len(feeds) > 1 else [])
        for model, given in forms:
            before = outputs(model, given)
            if before is None or agree(before, expected, case):
                yield Example(case, model, given, expected, runs=before is not None)


def refused_for(proto: onnx.ModelProto, opset: int) -> tuple[onnx.ModelProto | None, str]:
    try:
        return lowered(proto, opset), ""
    except XverifyError as error:
        return None, error.message


@pytest.mark.parametrize(
    ("family", "opset", "least"),
    [(name, opset, least) for name, both in FAMILIES.items() for opset, least in zip((17, 13), both, strict=True)],
)
def test_each_keeps_its_outputs_or_is_refused_for_a_known_reason(family: str, opset: int, least: int) -> None:
    reasons = REASONS[17] if opset == 17 else REASONS[13] + tuple(reason.replace("17", "13") for reason in REASONS[17])
    kept = 0
    for example in examples(family):
        result, message = refused_for(example.model, opset)
        if result is None:
            assert any(re.search(reason, message) for reason in reasons), f"{example.case.name}: {message}"
            continue
        assert [item.version for item in result.opset_import] == [min(opset, example.model.opset_import[0].version)]
        assert [item.name for item in result.graph.output] == [item.name for item in example.model.graph.output]
        onnx.checker.check_model(result, full_check=True)
        actual = outputs(result, example.feeds)
        assert actual is not None or not example.runs, example.case.name
        assert actual is None or agree(actual, example.expected, example.case), example.case.name
        kept += actual is not None
    assert kept >= (least + 1) // 2
