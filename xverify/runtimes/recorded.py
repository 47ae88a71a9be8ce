"""Activations that someone recorded: a .mat file that came back from MATLAB or Octave, or that a user wrote by hand.

One variable a layer, named by its layer id, in MATLAB's axis order; or any other file, with a map that says where each
layer lies in it. A struct `xverify_info` says which bundle and producer the file comes from; a file without it is read by
the manifest's shapes, and the verdict says "unlabelled".
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xverify.bundle.bundle import Bundle
from xverify.bundle.class_objects import is_object, refuse_objects
from xverify.bundle.manifest import Input
from xverify.bundle.matfile import OpenedFile, opened
from xverify.bundle.reference import INFO
from xverify.bundle.variable_path import Node, PathError, VariablePath, parse_path
from xverify.errors import XverifyError
from xverify.runtimes.onnxruntime import OnnxRuntime
from xverify.runtimes.recorded_sources import LOCAL, Source, local_sources, sources_by_map, sources_by_name
from xverify.runtimes.runtime import Activation
from xverify.runtimes.variable_map import VariableMap, read_map

Array = NDArray[Any]

_REASONS = "without_local"
"""The field of `xverify_info` with the reasons why layers have no value of their own."""


class RecordedActivations:
    """The activations of one .mat file: of a whole run and, where it was written with them, of each layer alone.

    Args:
        path: The file, of any MAT version.
        bundle: The bundle that it belongs to.
        mapping: A TOML file that says which variable holds which layer (see `variable_map`); None where variables are named
            by layer id. What a map does not name is still found by layer id, and all other variables are left alone.

    Raises:
        XverifyError: The file or the map is missing or unreadable; the file was made from another bundle, or holds
            objects of MATLAB classes; or a variable of the map is not in it.
    """

    def __init__(self, path: Path, bundle: Bundle, mapping: Path | None = None) -> None:
        self.path = path
        self._map = read_map(mapping, bundle) if mapping else None
        with opened(path) as file:
            self._variables = [item for item in file.variables if not item.name.startswith("__")]
            self.producer = _producer(file, bundle)
            self.without_local = _without_local(file) if self.producer else {}
        found = [item.name for item in self._variables if item.name != INFO]
        names = [name for name in found if not name.startswith(LOCAL)]
        if self._map:
            _require_variables(self._map, names, path)
        self._sources = sources_by_map(names, bundle, self._map) if self._map else sources_by_name(names, bundle)
        self._local = local_sources([name for name in found if name.startswith(LOCAL)], bundle)
        needed = {source.path.variable for source in (*self._sources, *self._local)}
        refuse_objects(path, [item for item in self._variables if item.name in needed and is_object(item.kind)])
        self._remarks: list[str] = []

    @property
    def name(self) -> str:
        """The file's name and its producer."""
        return f"{self.path.name} ({self.producer or 'unlabelled'})"

    @property
    def environment(self) -> dict[str, str]:
        """The file and what it says about itself, and the map that it was read by."""
        said = {"file": self.path.name, "producer": self.producer or "unlabelled"}
        return said | ({"map": self._map.file.name} if self._map else {})

    @property
    def notes(self) -> tuple[str, ...]:
        """Whether the file says where it comes from, and what was seen while it was read."""
        return (
            *self._label_notes(),
            *self._unused_notes(),
            *dict.fromkeys(self._remarks),
        )

    def _label_notes(self) -> Iterator[str]:
        if not self.producer:
            origin = f"{self._map.file.name} and the manifest" if self._map else "the manifest"
            yield f"unlabelled: {self.path.name} has no {INFO}; shapes and axis orders were taken from {origin}"

    def _unused_notes(self) -> Iterator[str]:
        if self._map:
            used = {source.path.variable for source in (*self._sources, *self._local)} | {INFO}
            left = [item.name for item in self._variables if item.name not in used]
            if left:
                yield f"{_variables(left, self.path)} not used, first '{left[0]}'"
        elif extra := [source.name for source in self._sources if source.item is None]:
            yield (
                f"{_variables(extra, self.path)} not named like a layer, first '{extra[0]}': "
                "--map FILE.toml says which layer a variable holds"
            )

    @property
    def reads_model(self) -> bool:
        """The file says nothing about parameters."""
        return False

    def local(self, bundle: Bundle, references: dict[str, Array]) -> Iterator[Activation] | None:  # noqa: ARG002
        """Each layer alone, where the file has such values; else None."""
        return self._values(bundle, self._local) if self._local else None

    def layers_on(self, bundle: Bundle, values: dict[str, Array]) -> Iterator[Activation] | None:
        """Each layer of model.onnx alone, in onnxruntime, on values that the file holds."""
        return OnnxRuntime().local(bundle, values)

    def optimised(self, bundle: Bundle) -> Iterator[Activation] | None:  # noqa: ARG002
        """None: a file holds one whole run."""
        return None

    def accumulated(self, bundle: Bundle) -> Iterator[Activation] | None:
        """Every layer of the file, in PyTorch's axis order; without a map, what is no layer comes as it is."""
        return self._values(bundle, self._sources)

    def _values(self, bundle: Bundle, sources: Sequence[Source]) -> Iterator[Activation]:
        with opened(self.path) as file:
            for source in sources:
                node = self._node(file, source)
                value = source.in_pytorch_order(file.value(node))
                if remark := _oddity(source, node, value):
                    self._remarks.append(remark)
                if isinstance(source.item, Input):
                    self._remarks.append(_about_input(source.item, value, bundle.reference(source.item)))
                else:
                    yield Activation(source.name, value)

    def _node(self, file: OpenedFile, source: Source) -> Node:
        try:
            node = file.node(source.path)
        except PathError as error:
            raise _wrong_path(self._map, source.name, str(error), self.path) from error
        if is_object(node.kind):
            refuse_objects(self.path, [(str(source.path), node.kind)])
        return node


def _require_variables(mapping: VariableMap, names: list[str], path: Path) -> None:
    """Every variable that a map names is there, once."""
    counts = Counter(names)
    for entry in mapping.entries:
        if counts[entry.path.variable] != 1:
            held = f"{counts[entry.path.variable]} variables" if counts[entry.path.variable] else "no variable"
            raise XverifyError(
                f"{mapping.file}: [{entry.layer}]: {path} has {held} '{entry.path.variable}'.",
                f"It has {', '.join(dict.fromkeys(names[:10])) or 'none'}{', ...' if len(names) > 10 else ''}.",
            )


def _wrong_path(mapping: VariableMap | None, layer: str, reason: str, path: Path) -> XverifyError:
    place = f"{mapping.file}: [{layer}]" if mapping else layer
    return XverifyError(f"{place}: in {path}, {reason}.", "Correct 'variable', which is written as in MATLAB.")


def _producer(file: OpenedFile, bundle: Bundle) -> str:
    """What the file says that it was made by, after a check that it was made from this bundle; '' without a label."""
    if not any(item.name == INFO for item in file.variables):
        return ""
    label = file.node(VariablePath(INFO))
    if label.kind != "struct" or label.shape != (1, 1):
        raise XverifyError(
            f"{file.path}: {INFO} is no struct that xverify wrote.", "Remove that variable, or record again."
        )
    made_from, producer = (
        _text(file.value(file.node(parse_path(f"{INFO}.{field}")))) if field in label.fields else ""
        for field in ("bundle_id", "producer")
    )
    if made_from != bundle.manifest.bundle_id:
        raise XverifyError(
            f"{file.path} was made from another bundle ({made_from or 'no id'}; this one is {bundle.manifest.bundle_id}).",
            "Run this bundle in MATLAB or Octave again, or compare with the bundle that it was made from.",
        )
    if producer.startswith("PyTorch"):
        raise XverifyError(
            f"{file.path} holds what PyTorch itself gave: compared with PyTorch it proves nothing.",
            "Give what the other side computed, such as the activations.mat that `xverify.verify` writes in MATLAB or Octave.",
        )
    return producer or "unknown producer"


def _without_local(file: OpenedFile) -> dict[str, str]:
    """What the file says of layers that could not run alone: id -> why."""
    label = file.node(VariablePath(INFO))
    if _REASONS not in label.fields:
        return {}
    path = f"{INFO}.{_REASONS}"
    names = file.node(parse_path(path)).fields
    return {name: _text(file.value(file.node(parse_path(f"{path}.{name}")))) or "no reason" for name in names}


def _text(value: Array) -> str:
    return str(value.flat[0]) if value.dtype.kind == "U" and value.size == 1 else ""


def _oddity(source: Source, node: Node, value: Array) -> str:
    """What a layer's value is instead of an array of numbers, and the MATLAB that makes one; '' if it is one."""
    if source.item is None:
        return ""
    path = source.path
    if value.dtype.kind == "c":
        return f"'{source.name}': {path} is complex-valued; save its real part, real({path}), if that is what the layer computes"
    if node.kind == "sparse":
        return f"'{source.name}': {path} is a sparse matrix; save full({path})"
    return f"'{source.name}': {path} is a {node.kind}, not an array of numbers" if value.dtype.kind in "OU" else ""


def _about_input(item: Input, value: Array, expected: Array) -> str:
    """Whether the file was made from the inputs that PyTorch ran on: if not, no layer can agree."""
    if value.shape != expected.shape or value.dtype.kind not in "fiub":
        shapes = f"{_size(value)} instead of {_size(expected)}"
        return f"the file's input '{item.id}' is not the one that PyTorch ran on: {shapes}"
    difference = np.abs(value.astype(np.float64) - expected.astype(np.float64)).max(initial=0.0)
    if difference == 0:
        return f"the file's input '{item.id}' is the one that PyTorch ran on"
    return f"the file's input '{item.id}' differs from the one that PyTorch ran on by up to {difference:.3g}"


def _size(value: Array) -> str:
    return f"{'x'.join(map(str, value.shape)) or 'scalar'} of {value.dtype}"


def _variables(names: list[str], path: Path) -> str:
    return f"1 variable of {path.name} is" if len(names) == 1 else f"{len(names)} variables of {path.name} are"
