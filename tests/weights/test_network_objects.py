"""Networks that MATLAB saved as objects: layer arrays and networks of both file versions, and what is no parameter in them."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matlab_objects import with_objects
from saved_networks import layer, layer_array, learnable, network, save
from weights_networks import exported, layers_of

from xverify.bundle.bundle import Bundle
from xverify.errors import MissingDependencyError, XverifyError
from xverify.workflows.weights import compare_weights

matio = pytest.importorskip("matio", reason="mat-io, which reads network objects, is not installed")
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return exported("folding", 1, tmp_path_factory.mktemp("objects") / "net")


def saved_layers(bundle: Bundle) -> list[Any]:
    leaky = layer("leaky", {}, {"Scale": np.array([[0.2]])})
    return [layer("input", {}), *(layer(name, arrays) for name, arrays in layers_of(bundle).items()), leaky]


@pytest.mark.parametrize("version", ["v7", "v7.3"])
@pytest.mark.parametrize("form", ["layers", "SeriesNetwork", "DAGNetwork"])
def test_layers_are_found_by_their_ids(bundle: Bundle, tmp_path: Path, version: str, form: str) -> None:
    layers = saved_layers(bundle)
    content = layer_array(layers) if form == "layers" else network(layers, form)
    comparison = compare_weights(bundle.path, save(tmp_path / "net.mat", {"net": content, "x": np.eye(2)}, version))
    assert comparison.passed
    assert comparison.form == "network"
    assert {item.matched_by for item in comparison.parameters if item.where} == {"layer id"}
    assert "leaky.Scale" not in {item.where for item in comparison.parameters}


def test_one_of_several_networks(bundle: Bundle, tmp_path: Path) -> None:
    layers = saved_layers(bundle)
    file = save(tmp_path / "nets.mat", {"first": network(layers), "second": network(layers[:2])})
    with pytest.raises(XverifyError, match=r"2 networks: first \(SeriesNetwork\), second") as error:
        compare_weights(bundle.path, file)
    assert "--variable first" in error.value.hint
    assert compare_weights(bundle.path, file, variable="first").passed
    assert not compare_weights(bundle.path, file, variable="second").passed
    with pytest.raises(XverifyError, match="has no network 'third'"):
        compare_weights(bundle.path, file, variable="third")


def test_a_network_without_weights(bundle: Bundle, tmp_path: Path) -> None:
    empty = layer("layer_0", {"Weights": np.zeros((0, 0), np.float32), "Bias": np.zeros((0, 0), np.float32)})
    with pytest.raises(XverifyError, match="no layer with parameters was found") as error:
        compare_weights(bundle.path, save(tmp_path / "net.mat", {"net": network([empty])}))
    assert "exportWeights" in error.value.hint


def test_objects_that_are_no_networks(bundle: Bundle, tmp_path: Path) -> None:
    file = with_objects(tmp_path / "a.mat", {"x": np.eye(2)}, {"y": "dlarray"})
    with pytest.raises(XverifyError, match=r"holds no network, but objects: y \(dlarray\)"):
        compare_weights(bundle.path, file)


def test_a_network_whose_data_is_gone(bundle: Bundle, tmp_path: Path) -> None:
    file = with_objects(tmp_path / "a.mat", {}, {"net": "dlnetwork"})
    with pytest.raises(XverifyError, match="net") as error:
        compare_weights(bundle.path, file)
    assert "exportWeights" in error.value.hint


def test_sparse_weights(bundle: Bundle, tmp_path: Path) -> None:
    import scipy.sparse

    bad = layer("layer_0", {}, {"Weights": learnable(scipy.sparse.csc_matrix(np.eye(3)))})
    with pytest.raises(XverifyError, match=r"layer_0\.Weights is sparse"):
        compare_weights(bundle.path, save(tmp_path / "net.mat", {"net": network([bad])}))


def test_without_mat_io(bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = save(tmp_path / "net.mat", {"net": network(saved_layers(bundle))})
    monkeypatch.setitem(sys.modules, "matio", None)
    monkeypatch.delitem(sys.modules, "xverify.weights.network_objects", raising=False)
    with pytest.raises(MissingDependencyError, match="mat-io"):
        compare_weights(bundle.path, file)
