"""manifest.json: written and read back alike; what does not fit the records is refused."""

import json
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from handmade_bundles import handmade
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from xverify.bundle.bundle import MANIFEST, Bundle, load_bundle
from xverify.bundle.manifest import LAYER_ID, BaseName, Input, Layer, LayerId, Manifest, encode
from xverify.errors import XverifyError


@pytest.fixture
def bundle(tmp_path: Path) -> Bundle:
    value = np.ones((2, 3), np.float32)
    changes = {"twin": {"alias_of": "first", "onnx_tensor": ""}}
    layers = {"first": value, "twin": value, "last": 2 * value}
    return handmade(tmp_path / "net", layers, dims={"first": "NC"}, changes=changes)


def test_it_comes_back_as_it_was_written(bundle: Bundle) -> None:
    assert msgspec.json.decode(encode(bundle.manifest), type=Manifest) == bundle.manifest
    assert load_bundle(bundle.path).manifest == bundle.manifest


@pytest.mark.parametrize("name", ["cnn_bundle", "choices_bundle", "aliases_bundle"])
def test_an_exports_manifest_comes_back(name: str, request: pytest.FixtureRequest) -> None:
    bundle: Bundle = request.getfixturevalue(name)
    assert (bundle.path / MANIFEST).read_bytes() == encode(bundle.manifest)


def test_it_is_indented_utf_8_json_with_a_newline_at_the_end(bundle: Bundle) -> None:
    content = encode(msgspec.structs.replace(bundle.manifest, warnings=("größer",)))
    assert "größer" in content.decode("utf-8")
    assert content.endswith(b"}\n")
    assert content.count(b"\n") > 50


def recorded_values(bundle: Bundle) -> list[Input | Layer]:
    return [*bundle.manifest.inputs, *bundle.manifest.layers]


def edited(bundle: Bundle, *path: str | int, value: Any) -> None:
    """Writes the manifest with one entry changed; `value` may be a function of the old one."""
    content = json.loads((bundle.path / MANIFEST).read_bytes())
    place = content
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value(place.get(path[-1])) if callable(value) else value
    (bundle.path / MANIFEST).write_text(json.dumps(content))


def refused(bundle: Bundle) -> str:
    with pytest.raises(XverifyError) as caught:
        load_bundle(bundle.path)
    assert str(bundle.path) in caught.value.message
    assert caught.value.hint
    return caught.value.message


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("surprise",), 1, "unknown field"),
        (("layers", 0, "surprise"), 1, "unknown field"),
        (("layers", 0, "id"), "1st", "Expected `str` matching regex"),
        (("layers", 0, "id"), "first\n", "Expected `str` matching regex"),
        (("layers", 0, "id"), "a" * 21, "Expected `str` matching regex"),
        (("layers", 0, "id"), "größe", "Expected `str` matching regex"),
        (("layers", 0, "dtype"), "object", "Expected `str` matching regex"),
        (("layers", 0, "dtype"), "float16", "Expected `str` matching regex"),
        (("layers", 0, "shape"), [2, -3], "Expected `int` >= 0"),
        (("layers", 0, "shape"), [2, 3.5], "Expected `int`"),
        (("layers", 0, "magnitude"), -1, "Expected `float` >= 0"),
        (("layers", 0, "magnitude"), None, "Expected `float`"),
        (("layers", 0, "all_zero"), "no", "Expected `bool`"),
        (("layers", 0, "tolerance", "local"), -1e-9, "Expected `float` >= 0"),
        (("layers", 0, "tolerance", "local"), "1e-9", "Expected `float`"),
        (("layers", 0, "array", "offset"), -1, "Expected `int` >= 0"),
        (("layers", 0, "array", "file"), "../reference.mat", "Expected `str` matching regex"),
        (("layers", 0, "array", "file"), "/etc/passwd", "Expected `str` matching regex"),
        (("layers", 0, "array", "file"), "a/b.mat", "Expected `str` matching regex"),
        (("layers", 0, "array", "file"), "a\\b.mat", "Expected `str` matching regex"),
        (("layers", 0, "array", "file"), "..", "Expected `str` matching regex"),
        (("layers", 0, "array", "file"), "C:reference.mat", "Expected `str` matching regex"),
        (("layers", 0, "array", "file"), "", "Expected `str` matching regex"),
        (("files", "../outside"), "0" * 64, "Expected `str` matching regex"),
        (("files", "model.onnx"), "0" * 63, "Expected `str` matching regex"),
        (("files", "model.onnx"), "0" * 64 + "\n", "Expected `str` matching regex"),
        (("bundle_id",), 3, "Expected `str`"),
        (("format_version",), 0, "is damaged"),
        (("format_version",), "1", "Expected `int`"),
        (("layers",), [], "lists no layers"),
        (("layers", 1, "id"), "first", "'first' names two values"),
        (("layers", 0, "id"), "x", "'x' names two values"),
        (("layers", 2, "inputs"), ["nobody"], "refers to 'nobody'"),
        (("layers", 1, "alias_of"), "nobody", "refers to 'nobody'"),
        (("layers", 0, "alias_of"), "twin", "is an alias of another alias"),
        (("layers", 1, "alias_of"), "twin", "is an alias of another alias"),
        (("layers", 0, "shape"), [3, 2], "'first' has two shapes"),
        (("inputs", 0, "shape"), [3, 2], "'x' has two shapes"),
        (("outputs", 0, "layer"), "nobody", "refers to 'nobody'"),
        (("layers", 0, "array", "file"), "other.mat", "other.mat is not in its list of files"),
        (("files",), lambda files: {k: v for k, v in files.items() if k != "weights.mat"}, "weights.mat is not in its list"),
        (("files",), lambda files: {k: v for k, v in files.items() if k != "model.onnx"}, "model.onnx is not in its list"),
        (("layers", 0, "array", "permutation"), [0, 0], "has no valid permutation"),
        (("layers", 0, "tolerance", "channels"), {"axis": 1, "local": [1, 1], "accumulated": [1, 1]}, "channels of layer first"),
        (("layers", 0, "tolerance", "channels"), {"axis": 0, "local": [1, 1], "accumulated": [1]}, "channels of layer first"),
        (("layers", 0, "tolerance", "channels"), {"axis": 2, "local": [], "accumulated": []}, "channels of layer first"),
        (("layers", 0, "tolerance", "channels"), {"axis": -1, "local": [1] * 3, "accumulated": [1] * 3}, "channels of layer first"),
        (("layers", 0, "array", "permutation"), [1, 2], "has no valid permutation"),
        (("layers", 0, "array", "permutation"), [0], "has no valid permutation"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused(bundle: Bundle, path: tuple[str | int, ...], value: Any, message: str) -> None:
    edited(bundle, *path, value=value)
    assert message in refused(bundle)


def test_a_newer_format_is_refused_with_what_to_do(bundle: Bundle) -> None:
    edited(bundle, "format_version", value=2)
    edited(bundle, "a_field_of_version_2", value={"anything": [1, 2]})
    with pytest.raises(XverifyError, match="has format version 2; this xverify reads up to 1") as caught:
        load_bundle(bundle.path)
    assert "newer xverify" in caught.value.hint


CORRUPT = {
    "empty": b"",
    "null": b"null",
    "list": b"[]",
    "open": b"{",
    "nothing": b"{}",
    "utf-16": b"\xff\xfe{}",
    "version only": b'{"format_version": 1}',
    "deep lists": b"[" * 100_000,
    "deep objects": b'{"a":' * 100_000,
    "huge number": b'{"format_version": 1e400}',
}


@pytest.mark.parametrize("content", CORRUPT.values(), ids=CORRUPT)
def test_corrupt_json_is_refused(bundle: Bundle, content: bytes) -> None:
    (bundle.path / MANIFEST).write_bytes(content)
    assert "manifest.json is damaged" in refused(bundle)


def test_invalid_utf_8_inside_a_text_is_refused(bundle: Bundle) -> None:
    content = (bundle.path / MANIFEST).read_bytes()
    (bundle.path / MANIFEST).write_bytes(content.replace(b'"handmade"', b'"hand\xff\xc3"'))
    assert "manifest.json is damaged" in refused(bundle)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_bytes_changed_anywhere_are_refused_or_harmless(bundle: Bundle, data: st.DataObject) -> None:
    whole = encode(bundle.manifest)
    content = bytearray(whole[: data.draw(st.just(len(whole)) | st.integers(0, len(whole)))])
    for _ in range(data.draw(st.integers(0, 3))):
        if content:
            content[data.draw(st.integers(0, len(content) - 1))] = data.draw(
                st.sampled_from(b'0-9{}[]",:e.\x00\xff\\n')
            )
    (bundle.path / MANIFEST).write_bytes(content)
    try:
        opened = load_bundle(bundle.path)
        for value in recorded_values(opened):
            opened.reference(value)
    except XverifyError:
        pass


@given(st.text(max_size=25))
def test_the_patterns_say_what_the_exporter_is_held_to(text: str) -> None:
    def accepted(kind: Any) -> bool:
        try:
            msgspec.json.decode(msgspec.json.encode(text), type=kind)
        except msgspec.ValidationError:
            return False
        return True

    assert accepted(LayerId) == bool(LAYER_ID.match(text))
    assert not accepted(BaseName) or Path(text).name == text
