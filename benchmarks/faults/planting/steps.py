"""weights.mat as it can be changed: one step with its settings and arrays, and the file written anew."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.io import loadmat, savemat

from xverify.bundle.bundle import WEIGHTS
from xverify.bundle.matfile import cell

Array = NDArray[Any]


@dataclass(frozen=True)
class Step:
    """One step of weights.mat.

    Attributes:
        op: MATLAB's layer function, or the ONNX operator.
        inputs: Names of the values that it reads.
        attributes: Its settings; numbers as rows.
        arrays: Property -> the array in MATLAB's layout.
    """

    op: str
    inputs: tuple[str, ...]
    attributes: Mapping[str, Any]
    arrays: Mapping[str, Array] = field(default_factory=dict)

    def number(self, name: str, default: float = 0.0) -> float:
        """A setting that is one number."""
        value = self.attributes.get(name)
        return default if value is None else float(np.asarray(value).ravel()[0])

    def with_setting(self, name: str, value: Any) -> "Step":
        """The step with another setting."""
        return replace(self, attributes={**self.attributes, name: value})


class WeightsFile:
    """The variables of a bundle's weights.mat."""

    def __init__(self, folder: Path) -> None:
        loaded = loadmat(folder / WEIGHTS, chars_as_strings=True)
        self._variables = {name: value for name, value in loaded.items() if not name.startswith("__")}
        for step in self._steps():
            for name in ("attributes", "parameters"):
                if step[name].dtype.names is None:
                    step[name] = {}  # scipy reads a struct without fields as None, and writes it from an empty dict

    def step_of(self, layer: str) -> Step | None:
        """The step of a layer that MATLAB has; None where ONNX operators make it, or arrays are another step's as well."""
        record = self._record(layer)
        if record is None or not _text(record["op"]).endswith("Layer"):
            return None
        keys = _fields(record["parameters"])
        if any(self._users(_text(key)) > 1 for key in keys.values()):
            return None
        return Step(
            op=_text(record["op"]),
            inputs=tuple(_text(item) for item in record["inputs"].ravel()),
            attributes=_fields(record["attributes"]),
            arrays={name: self._stored(_text(key))["value"] for name, key in keys.items()},
        )

    def replace(self, layer: str, step: Step) -> None:
        """Puts another step in a layer's place, arrays included."""
        record = self._record(layer)
        assert record is not None
        keys = _fields(record["parameters"])
        for name, array in step.arrays.items():
            self._stored(_text(keys[name]))["value"] = np.asarray(array)
        record["op"] = np.array([step.op])
        record["inputs"] = cell(list(step.inputs))
        record["attributes"] = _struct(step.attributes)
        if not step.op.endswith("Layer") or not step.arrays:
            record["parameters"] = _struct({})

    def write(self, path: Path) -> None:
        """Writes the file."""
        savemat(path, self._variables, do_compression=False, long_field_names=True, oned_as="column")

    def _record(self, layer: str) -> Any:
        """The step that makes a layer: a struct whose fields can be set."""
        return next(
            (step for step in self._steps() if layer in {_text(name) for name in step["outputs"].ravel()}), None
        )

    def _steps(self) -> Iterator[Any]:
        return (item[0, 0] for item in self._variables["graph"].ravel())

    def _users(self, key: str) -> int:
        read = (_fields(step["parameters"]).values() for step in self._steps())
        return sum(key in {_text(name) for name in keys} for keys in read)

    def _stored(self, key: str) -> Any:
        return self._variables["parameters"][0, 0][key][0, 0]


def _fields(struct: Any) -> dict[str, Any]:
    return {} if isinstance(struct, dict) else {name: struct[0, 0][name] for name in struct.dtype.names}


def _text(value: Any) -> str:
    flat = np.asarray(value).ravel()
    while flat.dtype == object and flat.size:
        flat = np.asarray(flat[0]).ravel()
    return str(flat[0]) if flat.size else ""


def _struct(fields: Mapping[str, Any]) -> Any:
    """A 1 x 1 struct, for scipy to write."""
    if not fields:
        return {}
    made = np.empty((1, 1), dtype=[(name, object) for name in fields])
    for name, value in fields.items():
        made[name][0, 0] = np.array([value]) if isinstance(value, str) else np.atleast_2d(np.asarray(value))
    return made
