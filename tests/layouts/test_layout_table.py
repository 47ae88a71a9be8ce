"""Which operation gets which layer: the whole table, spelled out a second time."""

import numpy as np
import pytest

from xverify.layouts.table import LAYOUTS, layout_for

CHANNELS: dict[str, tuple[int, ...]] = {"weight": (4,), "bias": (4,)}
RECURRENT: dict[str, tuple[int, ...]] = {"weight_ih_l0": (12, 2), "weight_hh_l0": (12, 3)}
EXPECTED: dict[str, tuple[str, dict[str, tuple[int, ...]]]] = {
    "conv1d": ("convolution1dLayer", {"weight": (4, 3, 2)}),
    "conv2d": ("convolution2dLayer", {"weight": (4, 3, 2, 5)}),
    "conv3d": ("convolution3dLayer", {"weight": (4, 3, 2, 5, 6)}),
    "convolution": ("convolution2dLayer", {"weight": (4, 3, 2, 5)}),
    "linear": ("fullyConnectedLayer", {"weight": (4, 3)}),
    "addmm": ("fullyConnectedLayer", {"weight": (4, 3), "bias": (4,)}),
    "batch_norm": ("batchNormalizationLayer", {"running_mean": (4,), "running_var": (4,)}),
    "_native_batch_norm_legit_no_training": ("batchNormalizationLayer", {"running_mean": (4,), "running_var": (4,)}),
    "layer_norm": ("layerNormalizationLayer", CHANNELS),
    "native_layer_norm": ("layerNormalizationLayer", CHANNELS),
    "group_norm": ("groupNormalizationLayer", CHANNELS),
    "native_group_norm": ("groupNormalizationLayer", CHANNELS),
    "instance_norm": ("instanceNormalizationLayer", CHANNELS),
    "prelu": ("preluLayer", {"weight": (4,)}),
    "_prelu_kernel": ("preluLayer", {"weight": (4,)}),
    "embedding": ("wordEmbeddingLayer", {"weight": (7, 4)}),
    "lstm": ("lstmLayer", RECURRENT),
    "gru": ("gruLayer", RECURRENT),
}


def test_the_table_is_complete() -> None:
    assert LAYOUTS.keys() == EXPECTED.keys()


@pytest.mark.parametrize("operation", EXPECTED)
def test_every_operation_has_its_layer(operation: str) -> None:
    layer, shapes = EXPECTED[operation]
    assert layout_for(operation, {}, {role: np.zeros(shape) for role, shape in shapes.items()}).matlab_layer == layer


@pytest.mark.parametrize("operation", ["relu", "add", "conv_tbc", "mm", ""])
def test_other_operations_have_none(operation: str) -> None:
    assert layout_for(operation, {}, {"weight": np.zeros((4, 3))}).matlab_layer == ""


def test_an_operation_without_parameters_has_nothing_to_store() -> None:
    layout = layout_for("layer_norm", {}, {})
    assert layout.to_matlab({}) == {}
    assert layout.to_pytorch({"Scale": np.ones((4, 1)), "Offset": np.zeros((4, 1))}) == {}
