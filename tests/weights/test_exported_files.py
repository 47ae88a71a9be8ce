"""What xverify.dlt.exportWeights writes: names, the order of columns, and everything that can be wrong with such a file."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.io
from hdf5_files import save_v73
from safetensors.numpy import load_file
from weights_networks import exported, layers_of, save_structs, state_of

from xverify.bundle.bundle import Bundle
from xverify.bundle.weights import write_weights
from xverify.errors import XverifyError
from xverify.weights.results import ParameterResult, WeightsComparison
from xverify.weights.stored_network import read_stored_network
from xverify.workflows.reimport import reimport
from xverify.workflows.weights import compare_weights

FLATTEN = "nnet.cnn.layer.FlattenLayer"
HEIGHT, WIDTH, CHANNELS = 4, 9, 5


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return exported("images", 1, tmp_path_factory.mktemp("exported") / "net")


@pytest.fixture(scope="module")
def tuned(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return exported("images", 2, tmp_path_factory.mktemp("tuned") / "net")


def built(layers: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The layers of a network that build_NAME.m made: flattenLayer joins height first, so the columns stand elsewhere."""
    weights = layers["head_1"]["Weights"]
    moved = np.empty_like(weights)
    for c in range(CHANNELS):
        for h in range(HEIGHT):
            for w in range(WIDTH):
                moved[:, h + HEIGHT * (w + WIDTH * c)] = weights[:, (c * HEIGHT + h) * WIDTH + w]
    return layers | {"head_1": layers["head_1"] | {"Weights": moved}}


def only(comparison: WeightsComparison, *statuses: str) -> list[ParameterResult]:
    return [item for item in comparison.parameters if item.status in statuses]


def test_a_network_that_was_imported(bundle: Bundle, tmp_path: Path) -> None:
    file = save_structs(tmp_path / "w.mat", layers_of(bundle), {"head_0": "nnet.onnx.layer.FlattenInto2dLayer"})
    comparison = compare_weights(bundle.path, file)
    assert comparison.passed
    assert comparison.producer == "MATLAB R2024b"
    assert {item.matched_by for item in comparison.parameters if item.where} == {"layer id"}
    assert [item.names for item in only(comparison, "kept")] == [
        (f"{name}.num_batches_tracked",) for name in ("features.1", "features.4", "head.2")
    ]


def test_a_network_that_was_built_has_other_columns(bundle: Bundle, tuned: Bundle, tmp_path: Path) -> None:
    file = save_structs(tmp_path / "w.mat", built(layers_of(bundle)), {"head_0": FLATTEN, "head_1": "x"})
    comparison = compare_weights(bundle.path, file)
    assert comparison.passed
    (weights,) = [item for item in comparison.parameters if item.layer == "head_1" and item.property == "Weights"]
    assert "columns taken back" in weights.note
    file = save_structs(tmp_path / "t.mat", built(layers_of(tuned)), {"head_0": FLATTEN})
    reimport(bundle.path, file, tmp_path / "state.safetensors")
    np.testing.assert_array_equal(
        load_file(tmp_path / "state.safetensors")["head.1.weight"], state_of("images", 2)["head.1.weight"]
    )


def test_the_wrong_order_of_columns_is_a_change(bundle: Bundle, tmp_path: Path) -> None:
    file = save_structs(tmp_path / "w.mat", layers_of(bundle), {"head_0": FLATTEN})
    (changed,) = only(compare_weights(bundle.path, file), "changed")
    assert (changed.layer, changed.property) == ("head_1", "Weights")
    assert changed.change is not None
    assert changed.change.relative > 1


def test_without_types_the_nearer_order_of_columns_holds(bundle: Bundle, tuned: Bundle, tmp_path: Path) -> None:
    assert compare_weights(bundle.path, save_structs(tmp_path / "a.mat", layers_of(bundle))).passed
    comparison = compare_weights(bundle.path, save_structs(tmp_path / "b.mat", built(layers_of(bundle))))
    assert comparison.passed
    assert any("nearer to the exported ones" in item.note for item in comparison.parameters)
    unlike = save_structs(tmp_path / "c.mat", layers_of(tuned))
    with pytest.raises(XverifyError, match="whether a flattenLayer ordered its columns cannot be told") as caught:
        reimport(bundle.path, unlike, tmp_path / "state.pt")
    # The hint's map says that they are in the bundle's own order.
    assert '--map FILE.toml with [head_1] and layer = "head_1"' in caught.value.hint
    (tmp_path / "map.toml").write_text('[head_1]\nlayer = "head_1"\n')
    reimport(bundle.path, unlike, tmp_path / "state.safetensors", mapping=tmp_path / "map.toml")
    np.testing.assert_array_equal(
        load_file(tmp_path / "state.safetensors")["head.1.weight"], state_of("images", 2)["head.1.weight"]
    )


def test_a_change_is_measured(bundle: Bundle, tmp_path: Path) -> None:
    layers = layers_of(bundle)
    exported_value = float(layers["features_3"]["Weights"][2, 0, 1, 3, 1])
    layers["features_3"]["Weights"][2, 0, 1, 3, 1] += 0.25
    file = save_structs(tmp_path / "w.mat", layers)
    comparison = compare_weights(bundle.path, file)
    (changed,) = only(comparison, "changed")
    assert changed.change is not None
    assert changed.change.index == (3, 1, 2, 4, 2)
    assert changed.change.elements == 1
    assert changed.change.exported == exported_value
    assert changed.change.max == pytest.approx(0.25)
    norm = float(np.linalg.norm(state_of("images", 1)["features.3.weight"]))
    assert changed.change.relative == pytest.approx(0.25 / norm, rel=1e-5)
    assert compare_weights(bundle.path, file, atol=0.26).passed


def test_missing_and_extra_layers(bundle: Bundle, tmp_path: Path) -> None:
    layers = layers_of(bundle)
    layers["renamed"] = layers.pop("features_3")
    layers["renamed"]["Weights"] = layers["renamed"]["Weights"] * np.float32(1.01)
    file = save_structs(tmp_path / "w.mat", layers)
    comparison = compare_weights(bundle.path, file)
    assert [(item.layer, item.property) for item in only(comparison, "missing")] == [
        ("features_3", "Weights"),
        ("features_3", "Bias"),
    ]
    assert [item.where for item in only(comparison, "extra")] == ["renamed.Weights", "renamed.Bias"]
    assert "it would fit renamed: --map" in only(comparison, "missing")[0].note
    with pytest.raises(XverifyError, match=r"has no values for features_3\.Weights, features_3\.Bias"):
        reimport(bundle.path, file, tmp_path / "state.safetensors")
    assert not (tmp_path / "state.safetensors").exists()
    record = reimport(bundle.path, file, tmp_path / "state.safetensors", partial=True)
    assert {"features.3.weight", "features.3.bias"} <= record.kept.keys()
    assert record.unused == ("renamed.Weights", "renamed.Bias")
    state = load_file(tmp_path / "state.safetensors")
    for name, value in state_of("images", 1).items():
        np.testing.assert_array_equal(state[name], value)


def test_a_layer_of_another_name_is_found_by_its_values(bundle: Bundle, tmp_path: Path) -> None:
    layers = layers_of(bundle)
    layers["conv"] = layers.pop("features_3")
    comparison = compare_weights(bundle.path, save_structs(tmp_path / "w.mat", layers))
    assert comparison.passed
    assert {item.where for item in comparison.parameters if item.matched_by == "equal values"} == {
        "conv.Weights",
        "conv.Bias",
    }
    assert any("features_3 is conv" in note for note in comparison.notes)


def test_properties_that_do_nothing_are_no_difference(bundle: Bundle, tmp_path: Path) -> None:
    layers = layers_of(bundle)
    layers["features_0"]["Bias"] = np.zeros((1, 1, 6), np.float32)
    layers["features_4"] |= {"Scale": np.ones((1, 1, 8), np.float32), "Offset": np.zeros((1, 1, 8), np.float32)}
    assert compare_weights(bundle.path, save_structs(tmp_path / "w.mat", layers)).passed
    layers["features_0"]["Bias"][0, 0, 2] = 0.5
    file = save_structs(tmp_path / "w.mat", layers)
    (extra,) = only(compare_weights(bundle.path, file), "extra")
    assert (extra.layer, extra.where) == ("features_0", "features_0.Bias")
    with pytest.raises(XverifyError, match="PyTorch's layer has no such parameter"):
        reimport(bundle.path, file, tmp_path / "state.pt")


def test_a_vector_may_lie_along_any_axis(bundle: Bundle, tmp_path: Path) -> None:
    layers = {
        layer: {
            name: array.reshape(-1, 1) if sum(size > 1 for size in array.shape) == 1 else array
            for name, array in arrays.items()
        }
        for layer, arrays in layers_of(bundle).items()
    }
    assert compare_weights(bundle.path, save_structs(tmp_path / "w.mat", layers)).passed


def test_another_shape_says_what_would_fit(bundle: Bundle, tmp_path: Path) -> None:
    layers = layers_of(bundle)
    layers["features_0"]["Weights"] = layers["features_0"]["Weights"].transpose(3, 2, 0, 1)  # PyTorch's order
    file = save_structs(tmp_path / "w.mat", layers)
    (other,) = only(compare_weights(bundle.path, file), "other shape")
    assert (other.shape, other.found_shape) == ((3, 2, 3, 6), (6, 3, 3, 2))
    assert other.note == 'permute(..., [3 4 2 1]) would fit: equal to the exported values, axes = "O I H W" in a map'
    with pytest.raises(XverifyError, match=r"features_0\.Weights \(6x3x3x2\) is not what PyTorch's layer"):
        reimport(bundle.path, file, tmp_path / "state.pt")


@pytest.mark.parametrize(("value", "message"), [(np.nan, "holds NaN or Inf"), (np.inf, "holds NaN or Inf")])
def test_weights_that_are_not_finite(bundle: Bundle, tmp_path: Path, value: float, message: str) -> None:
    layers = layers_of(bundle)
    layers["head_3"]["Weights"][1, 2] = value
    file = save_structs(tmp_path / "w.mat", layers)
    (changed,) = only(compare_weights(bundle.path, file), "changed")
    assert changed.change is not None
    assert changed.change.index == (2, 3)
    with pytest.raises(XverifyError, match=message):
        reimport(bundle.path, file, tmp_path / "state.pt")


def test_doubles_are_rounded_and_said(bundle: Bundle, tmp_path: Path) -> None:
    layers = layers_of(bundle)
    layers["head_3"]["Weights"] = layers["head_3"]["Weights"].astype(np.float64) + 1e-12
    record = reimport(bundle.path, save_structs(tmp_path / "w.mat", layers), tmp_path / "state.safetensors")
    assert any("head.3.weight: float64 was rounded to PyTorch's float32" in note for note in record.notes)
    assert load_file(tmp_path / "state.safetensors")["head.3.weight"].dtype == np.float32


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (np.ones((3, 4), np.complex64), "is complex"),
        (scipy.sparse.csc_matrix(np.eye(3, 4)), "is sparse"),
        ("text", "is no array of numbers"),
    ],
)
def test_what_is_no_array_of_real_numbers(bundle: Bundle, tmp_path: Path, value: Any, message: str) -> None:
    layers = layers_of(bundle)
    layers["head_3"]["Weights"] = value
    with pytest.raises(XverifyError, match=message):
        compare_weights(bundle.path, save_structs(tmp_path / "w.mat", layers))


def test_quantised_weights_are_refused(bundle: Bundle, tmp_path: Path) -> None:
    layers = layers_of(bundle)
    layers["head_3"]["Weights"] = np.arange(12, dtype=np.int8).reshape(3, 4)
    file = save_v73(tmp_path / "w.mat", {name: dict(arrays) for name, arrays in layers.items()})
    with pytest.raises(XverifyError, match="a quantised network"):
        reimport(bundle.path, file, tmp_path / "state.pt")


def test_version_7_3_and_structs_without_a_label(bundle: Bundle, tmp_path: Path) -> None:
    content = {name: dict(arrays) for name, arrays in layers_of(bundle).items()}
    assert compare_weights(bundle.path, save_v73(tmp_path / "w.mat", content | {"other": np.eye(3)})).passed


def test_other_variables_are_left_alone(bundle: Bundle, tmp_path: Path) -> None:
    """A description of the preprocessing, options of the training: no layer, whatever they hold."""
    file = save_structs(tmp_path / "w.mat", layers_of(bundle))
    content = {name: value for name, value in scipy.io.loadmat(file).items() if not name.startswith("__")}
    more = {"preprocessing": {"channels": "RGB", "mean": np.ones(3)}, "options": {"solver": "adam"}, "x": np.eye(2)}
    scipy.io.savemat(file, content | more, long_field_names=True)
    assert compare_weights(bundle.path, file).passed


def test_activations_are_no_weights(bundle: Bundle, tmp_path: Path) -> None:
    scipy.io.savemat(
        tmp_path / "a.mat", {"features_0": np.eye(3), "xverify_info": {"producer": "MATLAB", "bundle_id": "x"}}
    )
    with pytest.raises(XverifyError, match="holds activations"):
        compare_weights(bundle.path, tmp_path / "a.mat")


def test_another_network_is_refused(bundle: Bundle, tmp_path: Path) -> None:
    file = save_structs(tmp_path / "w.mat", {"fc": {"Weights": np.random.default_rng(0).normal(size=(2, 3))}})
    with pytest.raises(XverifyError, match=r"No layer of .* is one of this bundle") as error:
        compare_weights(bundle.path, file)
    assert "Its layers with parameters: fc." in error.value.hint


def test_a_layer_that_pytorch_uses_twice_must_not_be_trained_apart(tmp_path: Path) -> None:
    bundle = exported("shared", 1, tmp_path / "net")
    layers = layers_of(bundle)
    layers["first_2"]["Weights"] = layers["first_2"]["Weights"] + np.float32(0.5)
    file = save_structs(tmp_path / "w.mat", layers)
    with pytest.raises(XverifyError, match=r"differ, and both are PyTorch's"):
        reimport(bundle.path, file, tmp_path / "state.pt", partial=True)


def test_parameters_that_no_layer_holds_are_missing(tmp_path: Path) -> None:
    bundle = exported("shared", 1, tmp_path / "net")
    comparison = compare_weights(bundle.path, save_structs(tmp_path / "w.mat", layers_of(bundle)))
    assert sorted(name for item in only(comparison, "missing") for name in item.names) == ["folded", "scale"]


def test_whole_numbers_that_are_stored_as_integers(bundle: Bundle, tmp_path: Path) -> None:
    network, manifest = read_stored_network(bundle.path / "weights.mat"), bundle.manifest
    numbers = np.arange(12, dtype=np.uint8).reshape(3, 4)
    parameters = [
        replace(item, array=numbers) if key == "head_3_Weights" else item for key, item in network.parameters.items()
    ]
    about = (network.bundle_id, manifest.model, manifest.inputs, manifest.outputs, manifest.layers)
    write_weights(tmp_path / "w.mat", *about, network.steps, parameters)
    reimport(bundle.path, tmp_path / "w.mat", tmp_path / "state.safetensors")
    weight = load_file(tmp_path / "state.safetensors")["head.3.weight"]
    np.testing.assert_array_equal(weight, np.arange(12, dtype=np.float32).reshape(3, 4))
