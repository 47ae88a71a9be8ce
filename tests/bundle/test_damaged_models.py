"""Damaged ONNX files are refused with a message: no other exception, and no hang."""

import contextlib
from pathlib import Path

import pytest
from conftest import Copy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from xverify.bundle.bundle import Bundle
from xverify.bundle.onnxfile import OnnxFile, encode_varint, message, number
from xverify.comparison.parameters import check_interface, check_parameters
from xverify.errors import XverifyError
from xverify.runtimes.derived_graph import Tensor, derive


def read_all(bundle: Bundle) -> None:
    """All that a comparison reads from the file, before onnxruntime sees it."""
    with contextlib.suppress(XverifyError):
        check_parameters(bundle)
        check_interface(bundle)
        with OnnxFile(bundle.model_path) as model:
            derive(model, outputs=[Tensor("y", "float32", (2, 3))], feeds={"x": Tensor("x", "float32", (2, 3))})


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_bytes_changed_anywhere(cnn_bundle: Bundle, tmp_path: Path, data: st.DataObject) -> None:
    content = bytearray(cnn_bundle.model_path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(
            st.sampled_from([0, 1, 0x7F, 0x80, 0xFF, 0x0A])
        )
    (tmp_path / "model.onnx").write_bytes(content)
    read_all(Bundle(tmp_path, cnn_bundle.manifest))


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_the_structure_changed(cnn_bundle: Bundle, tmp_path: Path, data: st.DataObject) -> None:
    """As above, but only where names, tags and lengths are: most bytes of a model are weights."""
    with OnnxFile(cnn_bundle.model_path) as model:
        content = bytearray(model.data[:])
        weights = [range(item.offset, item.offset + item.nbytes) for item in model.initializers.values()]
    places = [i for i in range(len(content)) if not any(i in weight for weight in weights)]
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.sampled_from(places))] = data.draw(st.integers(0, 255))
    (tmp_path / "model.onnx").write_bytes(content)
    read_all(Bundle(tmp_path, cnn_bundle.manifest))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_truncated_file_is_refused(cnn_bundle: Bundle, tmp_path: Path, data: st.DataObject) -> None:
    content = cnn_bundle.model_path.read_bytes()
    (tmp_path / "model.onnx").write_bytes(content[: data.draw(st.integers(0, len(content) - 30))])
    with pytest.raises(XverifyError):
        OnnxFile(tmp_path / "model.onnx")


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=200))
def test_bytes_that_never_were_a_model(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "m.onnx").write_bytes(message(7, content))
    with contextlib.suppress(XverifyError):
        OnnxFile(tmp_path / "m.onnx")


BROKEN = {
    "empty": (b"", "is empty"),
    "no graph": (number(1, 8), "0 graphs"),
    "text": (b"this is not a model at all", "is not an ONNX model"),
    "a number without end": (b"\xff" * 1_000_000, "more than ten bytes"),
    "a length beyond the file": (encode_varint(7 << 3 | 2) + encode_varint(2**60) + b"x", "passes the end"),
    "a field beyond its message": (message(7, message(1, b"")[:-1] + b"\x05"), "passes the end"),
    "a group": (b"\x0b", "wire type 3"),
    "a node without an operation": (message(7, message(1, message(1, b"x"))), "IndexError"),
    "an input without a name": (message(7, message(11, b"")), "StopIteration"),
    "a name that is no text": (message(7, message(12, message(1, b"\xff\xfe"))), "UnicodeDecodeError"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_broken_files_are_refused_with_their_path(kind: str, tmp_path: Path) -> None:
    content, reason = BROKEN[kind]
    path = tmp_path / "m.onnx"
    path.write_bytes(content)
    with pytest.raises(XverifyError, match=reason) as caught:
        OnnxFile(path)
    assert str(path) in caught.value.message
    assert caught.value.hint


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(XverifyError, match="does not exist"):
        OnnxFile(tmp_path / "m.onnx")
    with pytest.raises(XverifyError, match="cannot be read"):
        OnnxFile(tmp_path)


def test_a_model_that_was_truncated_in_transfer_is_named_by_its_bundle(cnn_bundle: Bundle, copied: Copy) -> None:
    bundle = copied(cnn_bundle)
    bundle.model_path.write_bytes(bundle.model_path.read_bytes()[:-100])
    with pytest.raises(XverifyError, match="is not the file that was exported"):
        bundle.verify_files()
