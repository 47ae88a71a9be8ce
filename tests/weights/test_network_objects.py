"""Networks that MATLAB saved as objects: layer arrays and networks of both file versions, and what is no parameter in them."""

import re
import struct
import sys
import zlib
from pathlib import Path
from typing import Any

import h5py  # type: ignore[import-untyped]
import numpy as np
import pytest
from matlab_objects import with_objects
from saved_networks import layer, layer_array, learnable, network, save
from weights_networks import exported, layers_of

from xverify.bundle.bundle import Bundle
from xverify.errors import MissingDependencyError, XverifyError
from xverify.workflows.reimport import reimport
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


@pytest.mark.parametrize("version", ["v7", "v7.3"])
def test_a_file_of_a_newer_matlab(bundle: Bundle, tmp_path: Path, version: str) -> None:
    """The data of objects begins with a version, which mat-io checks."""
    file = save(tmp_path / "net.mat", {"net": network(saved_layers(bundle))}, version)
    if version == "v7.3":
        with h5py.File(file, "r+") as content:
            data = content[content["#subsystem#/MCOS"][0, 0]]
            data[0, 0] = 99
    else:
        content_bytes = _decompressed(file.read_bytes())
        place = content_bytes.index(b"FileWrapper__")
        first = re.search(rb"\x04\x00\x00\x00.\x00\x00\x00.{2}\x00\x00", content_bytes[place:], re.DOTALL)
        assert first is not None
        start = place + first.start()
        file.write_bytes(content_bytes[:start] + b"\x63" + content_bytes[start + 1 :])
    with pytest.raises(XverifyError, match="cannot be decoded") as error:
        compare_weights(bundle.path, file)
    assert "exportWeights" in error.value.hint


def _decompressed(data: bytes) -> bytes:
    """A MAT v5 file with each compressed element as it is without compression."""
    result, position = data[:128], 128
    while position < len(data):
        kind, size = struct.unpack_from("<II", data, position)
        body = data[position + 8 : position + 8 + size]
        result += zlib.decompress(body) if kind == 15 else data[position : position + 8 + size]
        position += 8 + size
    return result


@pytest.mark.parametrize("version", ["v7", "v7.3"])
def test_a_network_that_was_cut_short_or_encrypted(bundle: Bundle, tmp_path: Path, version: str) -> None:
    content = save(tmp_path / "net.mat", {"net": network(saved_layers(bundle))}, version).read_bytes()
    for bad in (content[: len(content) // 2], content[:128] + bytes(byte ^ 0x5A for byte in content[128:])):
        (tmp_path / "bad.mat").write_bytes(bad)
        with pytest.raises(XverifyError, match=r"bad\.mat") as error:
            compare_weights(bundle.path, tmp_path / "bad.mat")
        assert error.value.hint


def test_a_layer_class_of_ones_own(bundle: Bundle, tmp_path: Path) -> None:
    """Its plain Weights are weights; a learnable parameter of another name is reported, and can be mapped."""
    layers = layers_of(bundle)
    first = layer("layer_0", {}, {"Weights": layers["layer_0"]["Weights"]})
    last = layer("layer_3", {"Kernel": layers["layer_3"]["Weights"] * np.float32(2), "Bias": layers["layer_3"]["Bias"]})
    objects = [first, layer("layer_1", layers["layer_1"]), last]
    file = save(tmp_path / "net.mat", {"net": network(objects)})
    comparison = compare_weights(bundle.path, file)
    statuses = {item.where or f"{item.layer}.{item.property}": item.status for item in comparison.parameters}
    assert statuses["layer_0.Weights"] == "equal"
    assert (statuses["layer_3.Weights"], statuses["layer_3.Kernel"]) == ("missing", "extra")
    assert not comparison.passed
    with pytest.raises(XverifyError, match=r"layer_3\.Kernel"):
        reimport(bundle.path, file, tmp_path / "state.safetensors")
    mapping = tmp_path / "map.toml"
    mapping.write_text('[layer_3.Weights]\nlayer = "layer_3"\nproperty = "Kernel"\n', encoding="utf-8")
    record = reimport(bundle.path, file, tmp_path / "state.safetensors", mapping=mapping)
    assert record.changed == ("3.weight",)


def test_weights_of_a_network_object_that_are_quantised_or_not_finite(bundle: Bundle, tmp_path: Path) -> None:
    layers = layers_of(bundle)
    for value, message in ((np.full_like(layers["layer_3"]["Weights"], np.nan), "NaN"), (None, "quantised")):
        wrong = value if value is not None else np.full(layers["layer_3"]["Weights"].shape, 7, np.int8)
        objects = [
            layer(name, arrays)
            for name, arrays in (layers | {"layer_3": layers["layer_3"] | {"Weights": wrong}}).items()
        ]
        file = save(tmp_path / "net.mat", {"net": network(objects)})
        assert not compare_weights(bundle.path, file).passed
        with pytest.raises(XverifyError, match=message):
            reimport(bundle.path, file, tmp_path / "state.pt")
        assert not (tmp_path / "state.pt").exists()
