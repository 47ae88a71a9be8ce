"""Reads any ONNX file with care: what cannot be read is an XverifyError that says what to do.

A file may come from anywhere. It may be no ONNX at all, half of one, or keep its weights in other files: those must lie in
its own folder, because a file that names /etc/passwd as its weights must not make us read it.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import onnx
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import DecodeError, Message
from onnx import GraphProto, ModelProto, TensorProto

from xverify.errors import XverifyError
from xverify.onnx_export.onnx_faults import STANDARD, Fault, opset_of, structural_faults

__all__ = [
    "STANDARD",
    "Fault",
    "external_locations",
    "load_weights",
    "opset_of",
    "parse_onnx",
    "read_onnx",
    "structural_faults",
]

LIMIT = 2**31 - 1
"""Bytes of the largest message that protobuf reads."""

_GIVE_ONNX = "Give an ONNX file, as torch.onnx.export writes it."
_EXPORT_AGAIN = "Copy or export the file again; compare its size with the original's."
_OUTSIDE = "Such a file could make xverify read anything on this machine: keep the weights in the model's own folder."
_COPY_WEIGHTS = "Copy the file with the weights beside the model, or export again with external_data=False."


def read_onnx(path: Path) -> ModelProto:
    """Reads a model with all its weights.

    Raises:
        XverifyError: There is no such file, it is no whole ONNX model, or its weights are missing or outside its folder.
    """
    model = parse_onnx(path)
    load_weights(model, path)
    return model


def parse_onnx(path: Path) -> ModelProto:
    """Reads a model, its external weights left where they are (`external_locations` names them, `load_weights` reads them).

    Raises:
        XverifyError: There is no such file, or it is no whole ONNX model.
    """
    data = _bytes_of(path)
    model = ModelProto()
    try:
        model.ParseFromString(data)
    except DecodeError:
        raise _unreadable(path, data) from None
    if not _is_text(model):
        raise XverifyError(f"{path} is damaged: a name in it is no text (UTF-8).", _EXPORT_AGAIN)
    if not model.HasField("graph") or not (model.graph.node or model.graph.output or model.graph.input):
        if model.ir_version or model.opset_import:
            raise XverifyError(f"{path} holds no graph.", "It is an ONNX file without a network: export it again.")
        raise XverifyError(f"{path} is not an ONNX file.", _GIVE_ONNX)
    return model


def external_locations(model: ModelProto) -> list[str]:
    """Files that hold weights outside the model, as the model names them, each once."""
    return list(dict.fromkeys(_entries(tensor).get("location", "") for tensor in _external_tensors(model.graph)))


def load_weights(model: ModelProto, path: Path) -> None:
    """Reads the weights that lie beside the model, having looked where they lie.

    Raises:
        XverifyError: They are not there, incomplete, or not in the model's own folder.
    """
    folder = path.parent
    for location in external_locations(model):
        _require_inside(folder, location, path.name)
    for tensor in _external_tensors(model.graph):
        _require_whole(folder, tensor, path.name)
    try:
        onnx.load_external_data_for_model(model, str(folder))
    except (OSError, ValueError, RuntimeError, onnx.checker.ValidationError) as error:
        text = " ".join(str(error).split())[:300]
        raise XverifyError(f"The weights of {path.name} cannot be read: {text}", _COPY_WEIGHTS) from error


def _bytes_of(path: Path) -> bytes:
    try:
        if path.stat().st_size > LIMIT and path.is_file():
            raise XverifyError(
                f"{path} is too large: an ONNX file holds 2 GB at most.",
                "Keep large weights in a file beside it (external data), or export a part of the network.",
            )
        data = path.read_bytes()
    except FileNotFoundError:
        raise XverifyError(f"{path} does not exist.", _GIVE_ONNX) from None
    except IsADirectoryError:
        raise XverifyError(f"{path} is a folder, not an ONNX file.", "Give the .onnx file, or a bundle.") from None
    except (OSError, ValueError) as error:
        raise XverifyError(f"{path} cannot be read: {getattr(error, 'strerror', error)}.", _GIVE_ONNX) from error
    if not data:
        raise XverifyError(f"{path} is empty.", _EXPORT_AGAIN)
    return data


def _unreadable(path: Path, data: bytes) -> XverifyError:
    """Half a file, or another kind of file? A model begins with its IR version, a small number in field 1."""
    if len(data) > 1 and data[0] == 0x08 and data[1] < 0x40:
        return XverifyError(f"{path} is damaged: it begins as an ONNX file and ends too early.", _EXPORT_AGAIN)
    if data.startswith(b"PK\x03\x04"):
        return XverifyError(
            f"{path} is not an ONNX file, but a zip archive.",
            "A PyTorch file (.pt, .pt2) is one: export it to ONNX first, e.g. with `xverify export`.",
        )
    return XverifyError(f"{path} is not an ONNX file.", _GIVE_ONNX)


def _is_text(message: Message) -> bool:
    """Whether all names are UTF-8. Protobuf gives the others as bytes, or raises, wherever one of them is looked at."""
    try:
        for field, value in message.ListFields():
            items = value if isinstance(value, Sequence) and not isinstance(value, str | bytes) else [value]
            if field.type == FieldDescriptor.TYPE_MESSAGE and not all(_is_text(item) for item in items):
                return False
            if field.type == FieldDescriptor.TYPE_STRING and not all(isinstance(item, str) for item in items):
                return False
    except UnicodeDecodeError:
        return False
    return True


def _external_tensors(graph: GraphProto) -> Iterator[TensorProto]:
    for tensor in _tensors(graph):
        if tensor.data_location == TensorProto.EXTERNAL:
            yield tensor


def _tensors(graph: GraphProto) -> Iterator[TensorProto]:
    yield from graph.initializer
    for node in graph.node:
        for attribute in node.attribute:
            yield from [attribute.t] if attribute.HasField("t") else []
            yield from attribute.tensors
            for inner in [*([attribute.g] if attribute.HasField("g") else []), *attribute.graphs]:
                yield from _tensors(inner)


def _entries(tensor: TensorProto) -> dict[str, str]:
    return {entry.key: entry.value for entry in tensor.external_data}


def _require_inside(folder: Path, location: str, model: str) -> None:
    """A location is a file in the model's folder, also after symbolic links are followed."""
    try:
        home, target = folder.resolve(), (folder / location).resolve()
        inside = target.is_relative_to(home) and not Path(location).is_absolute() and ".." not in Path(location).parts
        present = inside and target.is_file()
    except (OSError, ValueError, RuntimeError):  # a null character, a loop of links
        inside = present = False
    if not location or not inside:
        raise XverifyError(f"{model} keeps weights in '{location}', outside its own folder.", _OUTSIDE)
    if not present:
        raise XverifyError(f"{model} keeps weights in '{location}', which is not there.", _COPY_WEIGHTS)


def _require_whole(folder: Path, tensor: TensorProto, model: str) -> None:
    entries = _entries(tensor)
    size = (folder / entries["location"]).stat().st_size
    try:
        offset, length = int(entries.get("offset", 0)), int(entries.get("length", 0))
    except ValueError:
        raise XverifyError(f"{model} does not say where the weight '{tensor.name}' lies.", _EXPORT_AGAIN) from None
    if min(offset, length) < 0 or offset + length > size:
        raise XverifyError(
            f"'{entries['location']}' is too short: the weight '{tensor.name}' of {model} ends at byte "
            f"{offset + length}, the file at {size}.",
            _COPY_WEIGHTS,
        )
