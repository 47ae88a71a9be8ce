"""Small ONNX files derived from a bundle's model.onnx: its weights stay where they are, referred to by offset.

- all layers: every layer is an output;
- local: besides, each input of a node that is a layer is replaced by a graph input `ref__NAME`, so that one run computes
  every layer from the reference alone. Its price is that of a normal run (measured: 0.8 to 1.1).

Weights that a node needs as data at load time (shapes, pads, axes) are small or integers: those stay inline.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from xverify.bundle.onnxfile import ELEMENT_CODES, Field, Initializer, OnnxFile, fields, message, number

FEED_PREFIX = "ref__"
INLINE_BELOW = 1024
"""Bytes below which a weight is copied: onnxruntime's loader reads small constants itself."""

_EXTERNAL = 1  # TensorProto.DataLocation.EXTERNAL


class Tensor(NamedTuple):
    """Name, element type and shape of one value."""

    name: str
    dtype: str
    shape: tuple[int, ...]


def derive(model: OnnxFile, *, outputs: Iterable[Tensor], feeds: Mapping[str, Tensor] | None = None) -> bytes:
    """A model of the same nodes with other inputs and outputs.

    Args:
        model: The bundle's model.
        outputs: What the derived model gives.
        feeds: Tensor name -> its type, for values that nodes read from `ref__NAME` instead of from their producer.

    Returns:
        A serialised ModelProto; its external data is the file of `model`, by name: write it into the same folder, or into
        one where that name leads to the file.
    """
    graph = bytearray()
    for field in model.graph_fields:
        payload = model.data[field.start : field.end] if field.number != 5 else b""
        if field.number == 1:
            graph += message(1, _rewired(payload, feeds) if feeds else payload)
        elif field.number == 11:
            graph += message(11, payload)
    for initializer in model.initializers.values():
        graph += message(5, _weight(model, initializer))
    for tensor in (feeds or {}).values():
        graph += message(11, _value_info(tensor._replace(name=FEED_PREFIX + tensor.name)))
    for tensor in outputs:
        graph += message(12, _value_info(tensor))
    graph += message(2, b"derived")
    head = b"".join(
        _verbatim(model, field) for field in model.model_fields if field.number in {1, 8}
    )  # IR version, opsets
    return head + message(7, bytes(graph))


def _verbatim(model: OnnxFile, field: Field) -> bytes:
    return model.data[field.tag_start : field.end]


def _rewired(node: bytes, feeds: Mapping[str, Tensor]) -> bytes:
    """A NodeProto whose inputs are read from the feeds."""
    out = bytearray()
    for field in fields(node, 0, len(node)):
        name = node[field.start : field.end].decode() if field.number == 1 else ""
        out += message(1, (FEED_PREFIX + name).encode()) if name in feeds else node[field.tag_start : field.end]
    return bytes(out)


def _weight(model: OnnxFile, item: Initializer) -> bytes:
    """A TensorProto: as it is when small, else by reference into the model's own file."""
    if item.nbytes < INLINE_BELOW or not item.dtype.startswith("float"):
        return model.data[item.message[0] : item.message[1]]
    entries = {"location": model.path.name, "offset": str(item.offset), "length": str(item.nbytes)}
    external = b"".join(
        message(13, message(1, key.encode()) + message(2, text.encode())) for key, text in entries.items()
    )
    dims = b"".join(number(1, size) for size in item.shape)
    return (
        dims + number(2, ELEMENT_CODES[item.dtype]) + message(8, item.name.encode()) + external + number(14, _EXTERNAL)
    )


def _value_info(tensor: Tensor) -> bytes:
    """A ValueInfoProto of static shape."""
    shape = b"".join(message(1, number(1, size)) for size in tensor.shape)
    kind = number(1, ELEMENT_CODES[tensor.dtype]) + message(2, shape)
    return message(1, tensor.name.encode()) + message(2, message(1, kind))
