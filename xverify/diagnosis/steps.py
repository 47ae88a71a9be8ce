"""How PyTorch computes a layer: its operation, settings and parameters, read back from weights.mat.

Settings come from the manifest. Parameters come from weights.mat or, where that does not hold what PyTorch had (their hashes are in
the manifest), from model.onnx: either of the two may be what was run, and have the fault in it.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xverify.bundle import matfile
from xverify.bundle.bundle import WEIGHTS, Bundle
from xverify.bundle.hashing import array_sha256
from xverify.bundle.manifest import Layer, Parameter
from xverify.bundle.mat_contents import Variable
from xverify.bundle.onnxfile import OnnxFile
from xverify.layouts.axes import axis_lengths, inverse, rearrange, rearranged_shape

_OPERATORS = {"lstm": "LSTM", "gru": "GRU"}
"""PyTorch's operation -> ONNX's operator."""

_TURNS = frozenset({"Transpose", "Reshape", "Squeeze"})

Array = NDArray[Any]
Setting = float | str | tuple[float, ...]


@dataclass(frozen=True)
class Step:
    """One step of weights.mat that makes a layer.

    Attributes:
        op: MATLAB's layer function, or the ONNX operator.
        settings: Under PyTorch's names for a MATLAB layer ('eps', 'stride'), under ONNX's for an operator.
        parameters: The end of PyTorch's parameter name ('weight', 'running_var') -> the array, in PyTorch's axis order. What
            MATLAB's layer stores together (an LSTM's two biases) is not there.
        names: The same keys -> names in the state_dict.
        stored: Property of the MATLAB layer ('Weights', 'Bias') -> the array in MATLAB's layout.
        constants: Of an operator: position of the operand, from 0 -> the constant, in ONNX's axis order.
        output: Which element of a tuple the layer is, from 0; 0 where the step makes one value.
    """

    op: str
    settings: Mapping[str, Setting]
    parameters: Mapping[str, Array]
    names: Mapping[str, str]
    stored: Mapping[str, Array]
    constants: Mapping[int, Array]
    output: int


class Steps:
    """The steps of a bundle. weights.mat is read once, at the first question."""

    def __init__(self, bundle: Bundle) -> None:
        self._bundle = bundle

    def of(self, layer: Layer) -> Step | None:
        """The step that makes a layer; None where inner steps lead to it, or none."""
        step = self._maker(layer.id)
        if step is None:
            return None
        if layer.operation in _OPERATORS and not layer.matlab_layer:
            return self._recurrence(layer)
        if any(name not in self._recorded for name in _texts(step.inputs)):
            return None
        settings = _settings(step.attributes)
        known = self._known(layer)
        return Step(
            op=layer.matlab_layer or _text(step.op),
            settings=_recorded_settings(layer) if layer.matlab_layer else settings,
            parameters={role: array for role, (_, array) in known.items()},
            names={role: name for role, (name, _) in known.items()},
            stored=self._stored(step) if layer.matlab_layer else {},
            constants={} if layer.matlab_layer else dict(self._constants(step)),
            output=_element(settings.get("elements"), _texts(step.outputs).index(layer.id)),
        )

    def inputs(self, layer: Layer) -> tuple[str, ...]:
        """Ids of the layers and inputs that a layer's step reads, in order and as often as it does.

        Where inner values come between, what the program's layer reads, each once.
        """
        step = self._maker(layer.id)
        read = _texts(step.inputs) if step is not None else []
        return tuple(read) if read and all(name in self._recorded for name in read) else layer.inputs

    def parameter(self, name: str) -> Array | None:
        """A parameter of the state_dict, in PyTorch's axis order; None where no file of the bundle has PyTorch's values."""
        record = self._parameters.get(name)
        if record is None:
            return None
        for array in self._candidates(name):
            if array.shape == record.shape and array_sha256(array) == record.sha256:
                return array
        return None

    def of_shape(self, shape: tuple[int, ...]) -> Iterator[tuple[str, Array]]:
        """All parameters of a shape, by their names in the state_dict."""
        for item in self._bundle.manifest.parameters:
            if item.shape == shape and (array := self.parameter(item.name)) is not None:
                yield item.name, array

    def _maker(self, name: str) -> Any:
        """The step that makes a value; None where none does."""
        return next((step for step in self._graph if name in _texts(step.outputs)), None)

    def _known(self, layer: Layer) -> dict[str, tuple[str, Array]]:
        """Role -> name in the state_dict, and value, of the layer's parameters whose values are there."""
        found = {name: self.parameter(name) for name in layer.parameters}
        return {self._role(layer, name): (name, array) for name, array in found.items() if array is not None}

    def _role(self, layer: Layer, name: str) -> str:
        """What a parameter is to the layer. A fully connected layer's may have any name: 'in_proj_weight', 'weight_hh'."""
        if layer.matlab_layer == "fullyConnectedLayer":
            kept_as = {home.property for home in self._parameters[name].matlab} if name in self._parameters else set()
            for stored, role in (("Weights", "weight"), ("Bias", "bias")):
                if stored in kept_as:
                    return role
        return name.rpartition(".")[2]

    def _recurrence(self, layer: Layer) -> Step | None:
        """An LSTM or GRU that is an ONNX operator in weights.mat, with inner steps that turn its values."""
        name = layer.id
        step = self._maker(name)
        while step is not None and _text(step.op) in _TURNS:
            name = _texts(step.inputs)[0]
            step = None if name in self._recorded else self._maker(name)
        if step is None or _text(step.op) != _OPERATORS[layer.operation]:
            return None
        known = self._known(layer)
        settings = _settings(step.attributes)
        batch_first = float(
            _texts(step.inputs)[0] not in self._recorded
        )  # only then does a step before it turn the axes
        both = float(settings.get("direction") == "bidirectional")
        return Step(
            op=_text(step.op),
            settings={**settings, "batch_first": batch_first, "bidirectional": both},
            parameters={role: array for role, (_, array) in known.items()},
            names={role: name for role, (name, _) in known.items()},
            stored={},
            constants=dict(self._constants(step)),
            output=_texts(step.outputs).index(name),
        )

    def _candidates(self, name: str) -> Iterator[Array]:
        if name in self._homes:
            yield self._parameter(name)
        with OnnxFile(self._bundle.model_path) as model:
            for item in self._bundle.manifest.initializers:
                if name in item.parameters and item.name in model.initializers:
                    read = partial(model.array, model.initializers[item.name])
                    yield from _unmade(item.derivation, read, name)

    @cached_property
    def _parameters(self) -> dict[str, Parameter]:
        return {item.name: item for item in self._bundle.manifest.parameters}

    @cached_property
    def _recorded(self) -> set[str]:
        manifest = self._bundle.manifest
        return {item.id for item in manifest.inputs} | {layer.id for layer in manifest.layers}

    @cached_property
    def _homes(self) -> dict[str, tuple[str, str, tuple[int, ...]]]:
        """state_dict name -> key in weights.mat, axes, and PyTorch's shape. What several parameters share cannot be undone."""
        parameters = self._bundle.manifest.parameters
        users = Counter(home.key for item in parameters for home in item.matlab)
        return {
            item.name: (item.matlab[0].key, item.matlab[0].axes, item.shape)
            for item in parameters
            if item.matlab and users[item.matlab[0].key] == 1
        }

    def _parameter(self, name: str) -> Array:
        """An array back in PyTorch's order, whatever trailing singletons the file has lost."""
        key, axes, shape = self._homes[name]
        stored = np.asarray(self._arrays[key])
        if not shape:
            return stored.reshape(())
        right = axes.rpartition("->")[2].split()
        groups = {"G": stored.shape[-1] if stored.ndim == len(right) else 1} if "(G O)" in axes else {}
        expected = rearranged_shape(shape, axes, **groups)
        return rearrange(stored.reshape(expected), inverse(axes), **axis_lengths(shape, axes, **groups)).reshape(shape)

    def _stored(self, step: Any) -> dict[str, Array]:
        return {name: np.asarray(self._arrays[_text(key)]) for name, key in _fields(step.parameters).items()}

    def _constants(self, step: Any) -> list[tuple[int, Array]]:
        keys = _fields(step.parameters)
        places = [(place, name) for place, name in enumerate(_texts(step.input_order)) if name not in {"", "value"}]
        return [(place, np.asarray(self._arrays[_text(keys[name])])) for place, name in places]

    @cached_property
    def _arrays(self) -> dict[str, Any]:
        return {name: _fields(item)["value"] for name, item in _fields(self._variable("parameters")).items()}

    @cached_property
    def _graph(self) -> list[Any]:
        return [_record(step) for step in self._variable("graph").ravel()]

    def _variable(self, name: str) -> Any:
        return matfile.read(self._bundle.path / WEIGHTS, Variable(name, ""))


def _record(struct: Any) -> Any:
    return struct[0, 0] if isinstance(struct, np.ndarray) and struct.size else struct


def _fields(struct: Any) -> dict[str, Any]:
    """The fields of a struct; an empty one has none."""
    record = _record(struct)
    return {name: getattr(record, name) for name in getattr(record, "_fieldnames", [])}


def _text(value: Any) -> str:
    flat = np.asarray(value).ravel()
    return str(flat[0]) if flat.size else ""


def _texts(cells: Any) -> list[str]:
    return [_text(item) for item in np.asarray(cells, dtype=object).ravel()]


def _element(elements: Setting | None, position: int) -> int:
    """Which element of a tuple an output is; a step of one value has none."""
    listed = elements if isinstance(elements, tuple) else (elements,) if isinstance(elements, float) else ()
    return int(listed[position]) if position < len(listed) else 0


def _recorded_settings(layer: Layer) -> dict[str, Setting]:
    """A list of one number comes as that number, as from a .mat file; numbers that JSON does not have come from their names."""
    return {name: _plain(value) for name, value in layer.settings.items()}


def _plain(value: Setting) -> Setting:
    if isinstance(value, tuple):
        return value[0] if len(value) == 1 else value
    return float(value) if value in {"inf", "-inf", "nan"} else value


def _settings(struct: Any) -> dict[str, Setting]:
    return {name: _setting(value) for name, value in _fields(struct).items()}


def _setting(value: Any) -> Setting:
    array = np.asarray(value)
    if array.dtype.kind in "US":
        return _text(array)
    return float(array.ravel()[0]) if array.size == 1 else tuple(float(item) for item in array.ravel())


_ONNX_GATES = ((0, 2, 3, 1), (1, 0, 2))
"""Which of ONNX's blocks stands at each of PyTorch's places: LSTM i o f c -> i f g o, GRU z r h -> r z n."""

_RECURRENT_ROLES = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")


def _unmade(derivation: str, read: Callable[[], Array], name: str) -> Iterator[Array]:
    """What a parameter may have been before an initializer was made of it. Its hash tells which of them it was."""
    if derivation == "identical":
        yield read()
    elif derivation.startswith("Transpose(") and derivation.count("(") == 1:
        order = [int(place) for place in derivation[len("Transpose(") : -1].split(",")]
        array = read()
        if array.ndim == len(order):
            yield array.transpose(np.argsort(order)).copy()
    elif derivation == "folded" and name.rpartition(".")[2].startswith(_RECURRENT_ROLES):
        for direction in read():
            for part in (direction,) if direction.ndim == 2 else np.split(direction, 2):
                for gates in _ONNX_GATES:
                    if len(part) % len(gates) == 0:
                        blocks = np.split(part, len(gates))
                        yield np.concatenate([blocks[gate] for gate in gates])
