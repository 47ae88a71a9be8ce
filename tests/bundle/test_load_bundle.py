"""Opening a bundle: what is no bundle, and files that are not those that were exported."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from conftest import Copy

from xverify.bundle.bundle import MANIFEST, Bundle, load_bundle, rehash
from xverify.bundle.manifest import Input, Layer
from xverify.errors import XverifyError

FILES = ["manifest.json", "model.onnx", "weights.mat", "reference.mat"]


def refused(path: Path) -> str:
    with pytest.raises(XverifyError) as caught:
        load_bundle(path)
    assert caught.value.hint
    return caught.value.message


def test_an_export_opens(cnn_bundle: Bundle) -> None:
    bundle = load_bundle(str(cnn_bundle.path))
    assert bundle.manifest == cnn_bundle.manifest
    assert repr(bundle) == f"Bundle('{cnn_bundle.path}', 7 layers)"
    assert set(FILES) <= {path.name for path in bundle.path.iterdir()}
    assert set(bundle.manifest.files) == {path.name for path in bundle.path.iterdir()} - {MANIFEST}


def test_what_is_no_bundle_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    assert refused(tmp_path / "nowhere") == f"{tmp_path / 'nowhere'} does not exist."
    assert "is not a bundle: it has no manifest.json" in refused(tmp_path / "file")
    assert "is not a bundle: it has no manifest.json" in refused(tmp_path)


def test_a_manifest_that_is_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / MANIFEST).mkdir()
    assert "cannot be read" in refused(tmp_path)


@pytest.mark.parametrize("name", FILES[1:])
def test_a_changed_file_is_refused_by_name(name: str, cnn_bundle: Bundle, copied: Copy) -> None:
    path = copied(cnn_bundle).path
    content = bytearray((path / name).read_bytes())
    content[len(content) // 2] ^= 1
    (path / name).write_bytes(content)
    assert refused(path).startswith(f"{path / name} is not the file that was exported")
    assert load_bundle(path, verify=False).manifest == cnn_bundle.manifest
    rehash(path)
    load_bundle(path)


@pytest.mark.parametrize("name", FILES[1:])
def test_a_missing_file_is_refused_by_name(name: str, cnn_bundle: Bundle, copied: Copy) -> None:
    path = copied(cnn_bundle).path
    (path / name).unlink()
    assert refused(path) == f"{path / name} is missing from the bundle."
    (path / name).mkdir()
    assert refused(path).startswith(f"{path / name} cannot be read")


def test_only_the_named_files_are_checked_where_names_are_given(cnn_bundle: Bundle, copied: Copy) -> None:
    bundle = copied(cnn_bundle)
    (bundle.path / "weights.mat").write_bytes(b"other")
    bundle.verify_files(["model.onnx", "reference.mat"])
    with pytest.raises(XverifyError, match=r"weights\.mat"):
        bundle.verify_files(["model.onnx", "weights.mat"])


def test_files_that_the_manifest_does_not_list_do_no_harm(cnn_bundle: Bundle, copied: Copy) -> None:
    path = copied(cnn_bundle).path
    (path / "activations.mat").write_bytes(b"what MATLAB wrote")
    load_bundle(path)


def test_a_bundle_may_lie_behind_a_symlink_and_have_any_name(cnn_bundle: Bundle, tmp_path: Path) -> None:
    odd = shutil.copytree(cnn_bundle.path, tmp_path / "mein Netz (größer) 你好")
    (tmp_path / "link").symlink_to(odd)
    for path in (odd, tmp_path / "link"):
        bundle = load_bundle(path)
        layer = bundle.manifest.layers[0]
        np.testing.assert_array_equal(bundle.reference(layer), cnn_bundle.reference(layer))


def test_references_have_the_shapes_and_types_that_the_manifest_says(
    cnn_bundle: Bundle, choices_bundle: Bundle, aliases_bundle: Bundle
) -> None:
    for bundle in (cnn_bundle, choices_bundle, aliases_bundle):
        values: list[Input | Layer] = [*bundle.manifest.inputs, *bundle.manifest.layers]
        for value in values:
            array = bundle.reference(value)
            assert (array.shape, str(array.dtype)) == (value.shape, value.dtype)
    assert {layer.dtype for layer in choices_bundle.manifest.layers} == {"float32", "bool", "int64"}
    assert {len(layer.shape) for layer in choices_bundle.manifest.layers} == {0, 1, 2}


def test_the_survivor_of_an_alias_holds_the_same_value(aliases_bundle: Bundle) -> None:
    aliases = [layer for layer in aliases_bundle.manifest.layers if layer.alias_of]
    survivors = [aliases_bundle.survivor(layer) for layer in aliases]
    assert any(isinstance(item, Input) for item in survivors)
    assert {item.id for item in survivors} & {output.layer for output in aliases_bundle.manifest.outputs} == set()
    for alias, survivor in zip(aliases, survivors, strict=True):
        assert survivor.id == alias.alias_of
        np.testing.assert_array_equal(aliases_bundle.reference(alias), aliases_bundle.reference(survivor), strict=True)
    whole = next(layer for layer in aliases_bundle.manifest.layers if not layer.alias_of)
    assert aliases_bundle.survivor(whole) is whole
