"""Batch, layer, group and instance normalization, and PReLU: vectors with one value a channel."""

import numpy as np
import pytest

from xverify.errors import XverifyError
from xverify.layouts.as_is import AsIs
from xverify.layouts.table import layout_for

C = 6
STATISTICS = {
    "weight": np.linspace(0.5, 1.5, C, dtype=np.float32),
    "bias": np.linspace(-1, 1, C, dtype=np.float32),
    "running_mean": np.linspace(3, 4, C, dtype=np.float32),
    "running_var": np.linspace(5, 9, C, dtype=np.float32),
    "num_batches_tracked": np.array(17),
}
AFFINE = {role: STATISTICS[role] for role in ("weight", "bias")}
PROPERTIES = {"Scale": "weight", "Offset": "bias", "TrainedMean": "running_mean", "TrainedVariance": "running_var"}


@pytest.mark.parametrize("operation", ["batch_norm", "_native_batch_norm_legit_no_training"])
@pytest.mark.parametrize(("rank", "shape"), [(0, (C, 1)), (1, (1, C)), (2, (1, 1, C)), (3, (1, 1, 1, C))])
def test_batch_normalization(operation: str, rank: int, shape: tuple[int, ...]) -> None:
    layout = layout_for(operation, {"spatial_rank": rank}, STATISTICS)
    stored = layout.to_matlab(STATISTICS)
    assert layout.matlab_layer == "batchNormalizationLayer"
    assert {name: parameter.sources for name, parameter in stored.items()} == {
        name: (role,) for name, role in PROPERTIES.items()
    }
    for name, role in PROPERTIES.items():
        assert stored[name].array.shape == shape
        assert stored[name].array.ravel().tolist() == STATISTICS[role].tolist()


def test_images_are_the_default() -> None:
    assert layout_for("batch_norm", {}, STATISTICS).to_matlab(STATISTICS)["Scale"].array.shape == (1, 1, C)


def test_the_step_counter_is_neither_stored_nor_returned() -> None:
    layout = layout_for("batch_norm", {}, STATISTICS)
    back = layout.to_pytorch({name: parameter.array for name, parameter in layout.to_matlab(STATISTICS).items()})
    assert back.keys() == STATISTICS.keys() - {"num_batches_tracked"}
    for role, array in back.items():
        np.testing.assert_array_equal(array, STATISTICS[role], strict=True)


def test_without_affine_parameters_matlabs_neutral_ones_are_ignored() -> None:
    statistics = {role: STATISTICS[role] for role in ("running_mean", "running_var")}
    layout = layout_for("batch_norm", {}, statistics)
    stored = {name: parameter.array for name, parameter in layout.to_matlab(statistics).items()}
    assert stored.keys() == {"TrainedMean", "TrainedVariance"}
    ones, zeros = np.ones((1, 1, C), np.float32), np.zeros((1, 1, C), np.float32)
    assert layout.to_pytorch(stored | {"Scale": ones, "Offset": zeros}).keys() == statistics.keys()
    with pytest.raises(XverifyError, match=r"Scale has values other than 1\.0"):
        layout.to_pytorch(stored | {"Scale": zeros, "Offset": zeros})


def test_batch_normalization_without_statistics_is_none_of_matlabs() -> None:
    layout = layout_for("batch_norm", {}, AFFINE)
    assert isinstance(layout, AsIs)
    assert "needs running_mean, running_var" in layout.reason


@pytest.mark.parametrize("operation", ["layer_norm", "native_layer_norm"])
def test_layer_normalization_is_a_column(operation: str) -> None:
    layout = layout_for(operation, {}, AFFINE)
    stored = layout.to_matlab(AFFINE)
    assert layout.matlab_layer == "layerNormalizationLayer"
    assert stored["Scale"].array.shape == stored["Offset"].array.shape == (C, 1)
    assert stored["Offset"].array[:, 0].tolist() == AFFINE["bias"].tolist()


def test_layer_normalization_of_several_axes_keeps_its_order() -> None:
    parameters = {"weight": np.arange(12.0).reshape(3, 4), "bias": np.zeros((3, 4))}
    layout = layout_for("layer_norm", {}, parameters)
    assert isinstance(layout, AsIs)
    assert "this one has one an element" in layout.reason
    assert layout.to_matlab(parameters)["weight"].array.tolist() == parameters["weight"].tolist()


@pytest.mark.parametrize(
    ("operation", "layer"),
    [
        ("group_norm", "groupNormalizationLayer"),
        ("native_group_norm", "groupNormalizationLayer"),
        ("instance_norm", "instanceNormalizationLayer"),
    ],
)
@pytest.mark.parametrize(("rank", "shape"), [(1, (1, C)), (2, (1, 1, C)), (3, (1, 1, 1, C))])
def test_group_and_instance_normalization(operation: str, layer: str, rank: int, shape: tuple[int, ...]) -> None:
    layout = layout_for(operation, {"spatial_rank": rank}, AFFINE)
    stored = layout.to_matlab(AFFINE)
    assert layout.matlab_layer == layer
    assert stored["Scale"].array.shape == stored["Offset"].array.shape == shape
    assert stored["Scale"].array.ravel().tolist() == AFFINE["weight"].tolist()
    assert stored["Offset"].array.ravel().tolist() == AFFINE["bias"].tolist()


@pytest.mark.parametrize("operation", ["layer_norm", "group_norm", "instance_norm"])
def test_scale_one_and_offset_zero_are_ignored_where_pytorch_has_none(operation: str) -> None:
    layout = layout_for(operation, {}, {})
    ones, zeros = np.ones((1, 1, C), np.float32), np.zeros((1, 1, C), np.float32)
    assert layout.to_pytorch({"Scale": ones, "Offset": zeros}) == {}
    with pytest.raises(XverifyError, match=r"Offset has values other than 0\.0"):
        layout.to_pytorch({"Scale": ones, "Offset": ones})


def test_instance_normalization_with_statistics_keeps_its_order() -> None:
    layout = layout_for("instance_norm", {}, STATISTICS)
    assert isinstance(layout, AsIs)
    assert "running_mean" in layout.reason


@pytest.mark.parametrize("operation", ["prelu", "_prelu_kernel"])
@pytest.mark.parametrize("channels", [C, 1])
def test_prelu(operation: str, channels: int) -> None:
    weight = np.linspace(0.1, 0.9, channels, dtype=np.float32)
    layout = layout_for(operation, {"spatial_rank": 2}, {"weight": weight})
    stored = layout.to_matlab({"weight": weight})
    assert layout.matlab_layer == "preluLayer"
    assert stored["Alpha"].array.shape == (1, 1, channels)
    assert stored["Alpha"].array[0, 0].tolist() == weight.tolist()


def test_a_transposed_vector_is_refused() -> None:
    layout = layout_for("prelu", {}, {"weight": AFFINE["weight"]})
    with pytest.raises(XverifyError, match=r"Alpha has the shape \(6, 1\); expected \(1, 1, 6\)"):
        layout.to_pytorch({"Alpha": AFFINE["weight"][:, None]})
