"""Writes weights.mat: the network as MATLAB runs it, without any file format of Python's.

Variables: `bundle_id`, `format_version`, `model`, `classes`, `preprocessing` (where it is known), `inputs`, `outputs`, `layers`,
`tolerances`, `graph` (a cell of structs in execution order) and `parameters` (a struct; each array once, with its axes). Numbers are
doubles, texts are ASCII, lists are cells: what both MATLAB and Octave read without surprise.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xverify.bundle import matfile
from xverify.bundle.manifest import FORMAT_VERSION, Input, Layer, Model, Output, Preprocessing
from xverify.bundle.matfile import MatWriter, cell
from xverify.errors import XverifyError

Attribute = float | str | Sequence[float]


@dataclass(frozen=True)
class Operation:
    """One step of the network.

    Attributes:
        op: A MATLAB layer type such as 'convolution2dLayer', else the ONNX operator.
        layer: Id of the layer whose value it produces; '' for an internal step.
        inputs: Names of the values that it reads; a constant is read through `parameters`.
        outputs: Names of the values that it makes.
        attributes: Its settings.
        parameters: Property name -> key among the stored parameters.
        input_order: For each operand of an ONNX operator, 'value' or the parameter's property, in the operator's order.
    """

    op: str
    layer: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    input_order: tuple[str, ...] = ()


@dataclass(frozen=True)
class StoredParameter:
    """One array of weights.mat: its value in MATLAB's layout, its axes on both sides, and its PyTorch names."""

    key: str
    array: NDArray[Any]
    axes: str
    names: tuple[str, ...]


def write_weights(
    path: Path,
    bundle_id: str,
    model: Model,
    inputs: Sequence[Input],
    outputs: Sequence[Output],
    layers: Sequence[Layer],
    graph: Sequence[Operation],
    parameters: Sequence[StoredParameter],
    preprocessing: Preprocessing | None = None,
) -> None:
    """Writes the file.

    Raises:
        XverifyError: The parameters, one variable, are together larger than a MAT v5 variable may be.
    """
    _require_fit(parameters)
    with MatWriter(path) as writer:
        writer.write("bundle_id", bundle_id)
        writer.write("format_version", float(FORMAT_VERSION))
        writer.write("model", _model(model))
        writer.write("classes", cell([_ascii(name) for name in model.classes]))
        if preprocessing is not None:
            writer.write("preprocessing", _preprocessing(preprocessing))
        writer.write("inputs", cell([_value(item.id, item.name, item) for item in inputs]))
        writer.write("outputs", cell([{"name": _ascii(output.name), "layer": output.layer} for output in outputs]))
        writer.write("layers", cell([_layer(layer) for layer in layers]))
        writer.write("tolerances", {layer.id: _tolerance(layer) for layer in layers})
        writer.write("graph", cell([_operation(operation) for operation in graph]))
        writer.write("parameters", {item.key: _parameter(item) for item in parameters})


def _require_fit(parameters: Sequence[StoredParameter]) -> None:
    size = sum(item.array.nbytes for item in parameters)
    if size > matfile.MAX_VARIABLE_BYTES:
        raise XverifyError(
            f"The parameters have {size / 1e9:.2f} GB; weights.mat (MAT v5) holds at most {matfile.MAX_VARIABLE_BYTES / 1e9} GB.",
            "Export a part of the network, or a smaller one.",
        )


def _model(model: Model) -> dict[str, Any]:
    return {
        "name": _ascii(model.name),
        "release": model.release,
        "classes": cell([_ascii(name) for name in model.classes]),
    }


def _preprocessing(preprocessing: Preprocessing) -> dict[str, Any]:
    return {
        "channels": preprocessing.channels,
        "resize": _row(preprocessing.resize),
        "crop": _row(preprocessing.crop),
        "interpolation": preprocessing.interpolation,
        "scale": float(preprocessing.scale),
        "mean": _row(preprocessing.mean),
        "std": _row(preprocessing.std),
    }


def _value(identifier: str, name: str, value: Input | Layer) -> dict[str, Any]:
    stored = value.array
    return {
        "id": identifier,
        "name": _ascii(name),
        "dims": stored.matlab_dims,
        "permutation": _row([axis + 1 for axis in stored.permutation]),
        "shape": _row(value.shape),
        "dtype": stored.dtype,
        "file": stored.file,
    }


def _layer(layer: Layer) -> dict[str, Any]:
    return _value(layer.id, layer.module_path, layer) | {
        "alias_of": layer.alias_of,
        "operation": _ascii(layer.operation),
        "all_zero": float(layer.all_zero),
    }


def _tolerance(layer: Layer) -> dict[str, Any]:
    tolerance, channels = layer.tolerance, layer.tolerance.channels
    return {
        "local": tolerance.local,
        "accumulated": tolerance.accumulated,
        "ill_conditioned": float(tolerance.accumulated_ill_conditioned),
        "local_ill_conditioned": float(tolerance.local_ill_conditioned),
        "reason": _ascii(tolerance.reason),
        # PyTorch's axis from 1, and one tolerance a channel; 0 and empty where one holds for all.
        "channel_axis": float(channels.axis + 1 if channels else 0),
        "channel_local": _row(channels.local if channels else ()),
        "channel_accumulated": _row(channels.accumulated if channels else ()),
    }


def _operation(operation: Operation) -> dict[str, Any]:
    return {
        "op": operation.op,
        "layer": operation.layer,
        "inputs": cell(list(operation.inputs)),
        "outputs": cell(list(operation.outputs)),
        "attributes": {name: _attribute(value) for name, value in operation.attributes.items()},
        "parameters": dict(operation.parameters),
        "input_order": cell(list(operation.input_order)),
    }


def _parameter(item: StoredParameter) -> dict[str, Any]:
    return {
        "value": item.array,
        "shape": _row(item.array.shape),
        "axes": item.axes,
        "names": cell([_ascii(name) for name in item.names]),
    }


def _attribute(value: Attribute) -> Any:
    if isinstance(value, str):
        return _ascii(value)
    # Python's integers would become int64 in MATLAB, whose arithmetic with singles rounds.
    return float(value) if isinstance(value, (int, float)) else _row(value)


def _row(values: Sequence[float]) -> NDArray[np.float64]:
    return np.array(values, dtype=np.float64).reshape(1, -1)


def _ascii(text: str) -> str:
    """MAT v5 holds ASCII; other characters become '?'."""
    return text.encode("ascii", "replace").decode()
