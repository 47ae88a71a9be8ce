"""Reads the arrays that a map names, and puts their axes in the order of MATLAB's layers."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xverify.bundle.class_objects import is_object, refuse_objects
from xverify.bundle.matfile import opened
from xverify.bundle.variable_path import PathError
from xverify.bundle.weights import StoredParameter
from xverify.errors import XverifyError
from xverify.layouts.axes import rearrange
from xverify.weights.exported_file import numbers_of
from xverify.weights.source import WeightsSource
from xverify.weights.weight_map import MappedArray, layout_of, lengths_in, letters_of

Array = NDArray[Any]


def mapped_array(file: Path, mapped: MappedArray, stored: StoredParameter, source: WeightsSource) -> tuple[Array, str]:
    """The array of one entry in the axis order of MATLAB's layer, and where it lies.

    Raises:
        XverifyError: It is not in the file, or its axes are not those that the entry says.
    """
    array, where = _of_layer(file, mapped, source) if mapped.path is None else _of_variable(file, mapped, source)
    entry, layout = mapped.entry, layout_of(stored)
    if not entry.axes and not entry.flip:
        return array, where
    axes = letters_of(entry.axes or layout)
    if array.ndim < len(axes):
        array = array.reshape(array.shape + (1,) * (len(axes) - array.ndim))
    try:
        for letter in entry.flip.replace(" ", ""):
            array = np.flip(array, axes.index(letter))
        return rearrange(array, f"{' '.join(axes)} -> {layout}", **lengths_in(stored)), where
    except (ValueError, IndexError) as error:
        raise XverifyError(
            f'{file}: [{mapped.place}]: {where} has the shape {array.shape}, which axes = "{" ".join(axes)}" does not fit.',
            "Name the array's axes in the file's own order.",
        ) from error


def _of_layer(file: Path, mapped: MappedArray, source: WeightsSource) -> tuple[Array, str]:
    name = mapped.entry.layer
    layer = next((item for item in source.layers if item.name == name), None)
    if layer is None:
        raise XverifyError(f"{file}: [{mapped.place}]: {source.path} has no layer '{name}'.", known_layers(source))
    wanted = mapped.property
    if wanted not in layer.parameters:
        raise XverifyError(
            f"{file}: [{mapped.place}]: the layer '{name}' has no '{wanted}'.", f"It has {', '.join(layer.parameters)}."
        )
    return layer.parameters[wanted], f"{name}.{wanted}"


def _of_variable(file: Path, mapped: MappedArray, source: WeightsSource) -> tuple[Array, str]:
    assert mapped.path is not None
    with opened(source.path, mapped=True) as content:
        try:
            node = content.node(mapped.path)
        except PathError as error:
            names = ", ".join(item.name for item in content.variables[:10])
            raise XverifyError(
                f"{file}: [{mapped.place}]: in {source.path}, {error}.", f"Its variables: {names or 'none'}."
            ) from error
        if is_object(node.kind):
            refuse_objects(source.path, [(str(mapped.path), node.kind)])
        array = numbers_of(np.asarray(content.value(node)), f"{source.path}: {mapped.path}", node.kind)
    return array, str(mapped.path)


def known_layers(source: WeightsSource) -> str:
    """The layers of a file, for a message."""
    names = [layer.name for layer in source.layers]
    more = f" and {len(names) - 10} more" if len(names) > 10 else ""
    return f"Its layers with parameters: {', '.join(names[:10]) or 'none'}{more}."
