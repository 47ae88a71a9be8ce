"""The passes that bring a model to the target's operator set and forms, in order."""

from collections.abc import Sequence

from xverify.onnx_export.passes.decompose_gelu import decompose_gelu
from xverify.onnx_export.passes.decompose_group_normalization import decompose_group_normalization
from xverify.onnx_export.passes.decompose_hardsigmoid import decompose_hardsigmoid
from xverify.onnx_export.passes.decompose_hardswish import decompose_hardswish
from xverify.onnx_export.passes.decompose_layer_normalization import decompose_layer_normalization
from xverify.onnx_export.passes.decompose_mish import decompose_mish
from xverify.onnx_export.passes.graph_state import Pass
from xverify.onnx_export.passes.lower_attributes import lower_attributes
from xverify.onnx_export.passes.lower_grid_sample import lower_grid_sample
from xverify.onnx_export.passes.lower_opset import lower_opset
from xverify.onnx_export.passes.lower_pad import lower_pad
from xverify.onnx_export.passes.lower_reductions import lower_reductions
from xverify.onnx_export.passes.lower_resize import lower_resize
from xverify.onnx_export.passes.lower_split import lower_split

LOWERING: Sequence[Pass] = (
    decompose_hardswish,
    decompose_hardsigmoid,
    decompose_gelu,
    decompose_mish,
    decompose_layer_normalization,
    decompose_group_normalization,
    lower_reductions,
    lower_split,
    lower_pad,
    lower_resize,
    lower_grid_sample,
    lower_attributes,
    lower_opset,
)
"""Decompositions first (one of them makes reductions), then operands and attributes; lower_opset refuses what is left."""
