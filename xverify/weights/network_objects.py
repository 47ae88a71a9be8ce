"""Network objects that MATLAB saved with `save`, decoded without MATLAB through mat-io.

Verified on DAGNetworks of two releases and on layer arrays: each layer's `saveobj` is a struct with `Name`, and a learnable
parameter in it is a struct whose field `Value` is the array. That a dlnetwork is stored alike is not established: where its
layers are not found, the message says how to write them out in MATLAB.
"""

import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xverify.errors import MissingDependencyError, XverifyError
from xverify.weights.exported_file import numbers_of
from xverify.weights.file_layer import PARAMETERS, FileLayer

try:
    import matio  # type: ignore[import-untyped]
except ModuleNotFoundError as error:
    raise MissingDependencyError("mat-io", "matlab", "Reading a network that MATLAB saved as an object") from error

Array = NDArray[Any]

_DEPTH = 6
"""How deep layers are looked for in what a network's saveobj returns."""

_PLAIN = frozenset({"TrainedMean", "TrainedVariance", "Weights", "Bias", "InputWeights", "RecurrentWeights"})
"""What is a parameter even where it is plain numbers: statistics, and the learnable properties of somebody's own layer classes."""

_LEARNABLE = "LearnRateFactor"
"""A field that only a learnable parameter has, whatever its name: layers of one's own give theirs other names."""

_VALUES = ("Value", "data", "Data")
"""Fields that hold the array of a learnable parameter, or of a dlarray."""

_HINT = "In MATLAB: xverify.dlt.exportWeights(net, 'tuned.mat') writes plain arrays, which need no decoding."


def read_network(path: Path, variable: str) -> tuple[FileLayer, ...]:
    """The layers with parameters of one network object.

    Args:
        path: A .mat file, v5 to v7.3.
        variable: The network.

    Raises:
        XverifyError: It cannot be decoded, or a parameter is no array of real numbers.
    """
    content = _decoded(path, variable)
    named = f"{path}: {variable}"
    layers = [layer for item in _layers(content, _DEPTH) if (layer := _file_layer(item, named)).parameters]
    return tuple(_with_table(layers, content, named))


def _decoded(path: Path, variable: str) -> Any:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            content = matio.load_from_mat(path, variable_names=[variable])[variable]
        except Exception as error:  # what it raises on files that it does not know is not documented
            raise XverifyError(f"{path}: '{variable}' cannot be decoded: {error}", _HINT) from error
    # Other warnings are about parts of the file whose meaning mat-io does not know, and which hold no parameters.
    for text in (str(item.message) for item in caught):
        if text.startswith(("Failed to parse", "Unreadable")):
            raise XverifyError(f"{path}: '{variable}' cannot be decoded: {text}", _HINT)
    return content


def _layers(value: Any, depth: int) -> list[Mapping[str, Any]]:
    """The records of the layers, in the network's order: the first list of things with names."""
    if isinstance(value, np.ndarray) and value.dtype == object:
        records = [_fields(item) for item in value.ravel(order="F")]
        if records and all("Name" in record for record in records):
            return records
        return next((found for item in value.ravel() if (found := _deeper(item, depth))), [])
    record = _fields(value)
    if "Name" in record and not {"Layers", "LayerGraph"} & record.keys():
        return [record]
    ordered = sorted(record, key=lambda name: name not in {"Layers", "LayerGraph"})
    return next((found for name in ordered if (found := _deeper(record[name], depth))), [])


def _deeper(value: Any, depth: int) -> list[Mapping[str, Any]]:
    return _layers(value, depth - 1) if depth else []


def _fields(value: Any) -> Mapping[str, Any]:
    """The properties of an object, or the fields of a struct; of an object with a saveobj those of what it returned."""
    if isinstance(value, np.ndarray) and value.size == 1:
        return _fields(value.flat[0])
    if isinstance(value, np.void) and value.dtype.names:
        return {name: value[name] for name in value.dtype.names}
    properties = value if isinstance(value, dict) else getattr(value, "properties", None)
    if not isinstance(properties, dict):
        return {}
    # What a saveobj returned lies under 'any', maybe beside the class's own defaults.
    return {**properties, **_fields(properties["any"])} if "any" in properties else properties


def _file_layer(record: Mapping[str, Any], where: str) -> FileLayer:
    name = _text(record["Name"])
    found = {}
    own = [key for key in record if key not in PARAMETERS and _LEARNABLE in _fields(record[key])]
    for key in (*PARAMETERS, *own):
        if key in record and (_is_learnable(record, key) or key in _PLAIN):
            array = _array(record[key], f"{where}: {name}.{key}")
            if array is not None:
                found[key] = array
    return FileLayer(name, found)


def _is_learnable(record: Mapping[str, Any], key: str) -> bool:
    """A struct or an object with a value; plain numbers only where they are an affine layer's, for leakyReluLayer has a Scale too."""
    return bool(_fields(record[key])) or {"Scale", "Offset"} <= record.keys()


def _array(value: Any, where: str) -> Array | None:
    """The numbers of a parameter; None where it has not been initialised."""
    fields = _fields(value)
    for name in _VALUES:
        if name in fields:
            return _array(fields[name], where)
    if hasattr(value, "tocsc"):
        raise XverifyError(f"{where} is sparse.", _HINT)
    if fields or not isinstance(value, np.ndarray) or value.size == 0:
        return None
    return numbers_of(value, where)


def _text(value: Any) -> str:
    flat = np.asarray(value).ravel()
    return str(flat[0]) if flat.size else ""


def _with_table(layers: list[FileLayer], content: Any, where: str) -> list[FileLayer]:
    """The layers with what tables of learnables and states say, which a dlnetwork has in place of values in its layers."""
    found = {layer.name: dict(layer.parameters) for layer in layers}
    for table in _tables(content, _DEPTH):
        columns = (table[name].tolist() for name in ("Layer", "Parameter", "Value"))
        for layer, parameter, value in zip(*columns, strict=True):
            array = _array(value, f"{where}: {_text(layer)}.{_text(parameter)}")
            if _text(parameter) in PARAMETERS and array is not None:
                found.setdefault(_text(layer), {})[_text(parameter)] = array
    return [FileLayer(name, parameters) for name, parameters in found.items()]


def _tables(value: Any, depth: int) -> Iterator[Any]:
    if hasattr(value, "columns") and {"Layer", "Parameter", "Value"} <= set(value.columns):
        yield value
    elif depth:
        for item in _fields(value).values():
            yield from _tables(item, depth - 1)
