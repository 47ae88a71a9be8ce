"""Bundles with their generated MATLAB code, for tests: what `weights.mat` holds, as the generator takes it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.io import loadmat

from xverify.bundle.bundle import Bundle
from xverify.bundle.weights import Attribute, Operation, StoredParameter
from xverify.matlab_code.generated_files import generated_files


def write_code(bundle: Bundle) -> None:
    """Writes the generated files into a bundle's folder."""
    graph, parameters = steps_of(bundle.path / "weights.mat")
    for name, text in generated_files(bundle.manifest, graph, parameters).items():
        (bundle.path / name).write_text(text, encoding="utf-8")


def steps_of(file: Path) -> tuple[list[Operation], list[StoredParameter]]:
    """The steps and parameters of a weights.mat."""
    loaded = loadmat(file, simplify_cells=True)
    graph = [_operation(step) for step in _list(loaded["graph"])]
    return graph, [_parameter(key, item) for key, item in loaded["parameters"].items()]


def _operation(step: Mapping[str, Any]) -> Operation:
    return Operation(
        op=step["op"],
        layer=_text(step["layer"]),
        inputs=_texts(step["inputs"]),
        outputs=_texts(step["outputs"]),
        attributes={name: _attribute(value) for name, value in _struct(step["attributes"]).items()},
        parameters={name: str(key) for name, key in _struct(step["parameters"]).items()},
        input_order=_texts(step["input_order"]),
    )


def _parameter(key: str, item: Mapping[str, Any]) -> StoredParameter:
    shape = tuple(int(size) for size in np.atleast_1d(item["shape"]))
    array: NDArray[Any] = np.asarray(item["value"]).reshape(shape)
    return StoredParameter(key, array, str(item["axes"]), _texts(item["names"]))


def _attribute(value: Any) -> Attribute:
    if isinstance(value, str):
        return value
    array = np.atleast_1d(np.asarray(value, dtype=float))
    return float(array[0]) if array.size == 1 else [float(item) for item in array]


def _struct(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> Sequence[Any]:
    return [value] if isinstance(value, dict) else list(value)


def _texts(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,) if value else ()
    return tuple(_text(item) for item in np.atleast_1d(np.asarray(value, dtype=object)))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
