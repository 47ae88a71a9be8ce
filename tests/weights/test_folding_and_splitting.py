"""What MATLAB's tools make of layers: a normalization folded into a convolution, a bias that became a layer of its own."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors.numpy import load_file
from weights_networks import exported, layers_of, save_structs, state_of

from xverify.bundle.bundle import Bundle
from xverify.errors import XverifyError
from xverify.workflows.reimport import reimport
from xverify.workflows.weights import compare_weights

Array = NDArray[Any]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return exported("folding", 1, tmp_path_factory.mktemp("folding") / "net")


@pytest.fixture(scope="module")
def sequences(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return exported("sequences", 1, tmp_path_factory.mktemp("splitting") / "net")


def folded(layers: dict[str, dict[str, Array]]) -> dict[str, dict[str, Array]]:
    normalization = {name: array.ravel() for name, array in layers["layer_1"].items()}
    factor = normalization["Scale"] / np.sqrt(normalization["TrainedVariance"] + 1e-5)
    bias = normalization["Offset"] - normalization["TrainedMean"] * factor
    weights = layers["layer_0"]["Weights"] * factor
    made = {"Weights": weights.astype(np.float32), "Bias": bias.reshape(1, 1, -1).astype(np.float32)}
    return {"layer_0": made, "layer_3": layers["layer_3"]}


def test_a_folded_normalization_is_recognised(bundle: Bundle, tmp_path: Path) -> None:
    file = save_structs(tmp_path / "w.mat", folded(layers_of(bundle)))
    comparison = compare_weights(bundle.path, file)
    assert not comparison.passed
    statuses = {(item.layer, item.property): item.status for item in comparison.parameters if item.layer}
    assert {key for key, status in statuses.items() if status == "equal"} == {
        ("layer_3", "Weights"),
        ("layer_3", "Bias"),
    }
    assert {status for key, status in statuses.items() if key[0] in {"layer_0", "layer_1"}} == {"folded"}
    assert any("folded into the layers before them: layer_0, layer_1" in note for note in comparison.notes)


def test_a_folded_normalization_needs_partial(bundle: Bundle, tmp_path: Path) -> None:
    file = save_structs(tmp_path / "w.mat", folded(layers_of(bundle)))
    with pytest.raises(XverifyError, match=r"has no values for layer_0\.Weights") as error:
        reimport(bundle.path, file, tmp_path / "state.safetensors")
    assert "before batch normalizations were folded" in error.value.hint
    reimport(bundle.path, file, tmp_path / "state.safetensors", partial=True)
    state = load_file(tmp_path / "state.safetensors")
    for name, value in state_of("folding", 1).items():
        np.testing.assert_array_equal(state[name], value)


def test_other_weights_are_no_folding(bundle: Bundle, tmp_path: Path) -> None:
    layers = folded(layers_of(bundle))
    layers["layer_0"]["Bias"][0, 0, 1] += 0.01
    comparison = compare_weights(bundle.path, save_structs(tmp_path / "w.mat", layers))
    assert {item.status for item in comparison.parameters if item.layer == "layer_1"} == {"missing"}


def imported(layers: dict[str, dict[str, Array]]) -> dict[str, dict[str, Array]]:
    """After an import a fully connected layer over time is two layers, and each of several recurrent layers has a name of its own."""
    head = layers["head"]
    deep = layers["deep"]
    ends = {
        end: {name.removesuffix(end): array for name, array in deep.items() if name.endswith(end)}
        for end in ("_l0", "_l1")
    }
    others = {name: layers[name] for name in ("both", "plain", "gated", "norm")}
    return {
        "deep_LSTM_2": ends["_l0"], "deep_LSTM": ends["_l1"], **others,
        "head_MatMul": {"Weights": head["Weights"], "Bias": np.zeros((2, 1), np.float32)},
        "head": {"Scale": np.ones((2, 1), np.float32), "Offset": head["Bias"] + np.float32(0.5)},
    }  # fmt: skip


def test_a_bias_that_became_a_layer(sequences: Bundle, tmp_path: Path) -> None:
    file = save_structs(tmp_path / "w.mat", imported(layers_of(sequences)))
    comparison = compare_weights(sequences.path, file)
    found = {(item.layer, item.property): item for item in comparison.parameters}
    assert [key for key, item in found.items() if item.status != "equal"] == [("head", "Bias")]
    assert found["head", "Bias"].where == "head.Offset"
    assert found["head", "Weights"].where == "head_MatMul.Weights"
    assert found["deep_layer1", "InputWeights"].where == "deep_LSTM_2.InputWeights"
    assert found["deep_layer1", "InputWeights"].matched_by == "importer's naming rule"
    reimport(sequences.path, file, tmp_path / "state.safetensors")
    np.testing.assert_array_equal(
        load_file(tmp_path / "state.safetensors")["head.bias"], state_of("sequences", 1)["head.bias"] + np.float32(0.5)
    )


def test_a_bias_in_two_places_is_their_sum(sequences: Bundle, tmp_path: Path) -> None:
    layers = imported(layers_of(sequences))
    layers["head_MatMul"]["Bias"] = np.array([[-0.5], [-0.5]], np.float32)
    comparison = compare_weights(sequences.path, save_structs(tmp_path / "w.mat", layers))
    (bias,) = [item for item in comparison.parameters if item.names == ("head.bias",)]
    assert bias.change is None or bias.change.max < 1e-6


def test_a_layer_that_scales_too_is_not_read_as_a_bias(sequences: Bundle, tmp_path: Path) -> None:
    layers = imported(layers_of(sequences))
    layers["head"]["Scale"][1] = 2
    comparison = compare_weights(sequences.path, save_structs(tmp_path / "w.mat", layers))
    assert {item.where for item in comparison.parameters if item.status == "extra"} == {"head.Scale", "head.Offset"}
