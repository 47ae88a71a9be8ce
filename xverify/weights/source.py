"""The file on MATLAB's side, whatever wrote it, as layers with named arrays.

Four forms: a bundle's weights.mat; what xverify.dlt.exportWeights wrote, or a struct a layer written by hand; a network
object that MATLAB saved; and plain arrays, of which only a map can say what they are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xverify.bundle.class_objects import is_object
from xverify.bundle.mat_contents import Variable
from xverify.bundle.matfile import OpenedFile, opened
from xverify.bundle.reference import INFO
from xverify.errors import XverifyError
from xverify.weights.expected import expected_layers, loose_parameters
from xverify.weights.exported_file import is_labelled_as_weights, read_structs
from xverify.weights.file_layer import FileLayer
from xverify.weights.stored_network import VARIABLES, read_stored_network

Array = NDArray[Any]

_NETWORKS = frozenset({"SeriesNetwork", "DAGNetwork", "dlnetwork", "LayerGraph", "network"})
_EXPORT = (
    "In MATLAB, xverify.dlt.exportWeights(net, 'tuned.mat') writes the weights of a dlnetwork; dag2dlnetwork makes one of "
    "older networks."
)


@dataclass(frozen=True)
class WeightsSource:
    """What a file holds.

    Attributes:
        path: The file.
        form: 'weights.mat', 'exportWeights', 'network' or 'arrays'.
        producer: What the file says that it was made by.
        layers: Those with parameters.
        types: MATLAB's name of a layer -> its class, for every layer of the network, where the file says so.
        loose: PyTorch's name -> array, of parameters that no layer holds; of a weights.mat.
        bundle_id: Of a weights.mat.
        variables: Names of the file's variables that are no layers, where a map may name them.
    """

    path: Path
    form: str
    producer: str = ""
    layers: tuple[FileLayer, ...] = ()
    types: Mapping[str, str] = field(default_factory=dict)
    loose: Mapping[str, Array] = field(default_factory=dict)
    bundle_id: str = ""
    variables: tuple[str, ...] = ()


def read_source(path: Path, variable: str = "") -> WeightsSource:
    """Reads the parameters of a file.

    Args:
        path: A .mat file of any version.
        variable: Which network object, where the file holds several.

    Raises:
        XverifyError: It cannot be read, or it is not said which network is meant.
    """
    with opened(path, mapped=True) as file:
        variables = file.variables
        networks = [item for item in variables if _is_network(item)]
        is_network = (networks or variable) and not _is_labelled(file)
        if not is_network and not {item.name for item in variables} >= VARIABLES:
            _refuse_activations(file)
            return _structs(file)
    # From here on the file is opened again: HDF5 refuses a file that is open with other settings.
    return _network(path, _chosen(path, networks, variable), variables) if is_network else _stored(path)


def _stored(path: Path) -> WeightsSource:
    network = read_stored_network(path)
    layers = tuple(
        FileLayer(item.id, {name: _floating(stored.array) for name, stored in item.properties.items()}, item.op)
        for item in expected_layers(network)
    )
    loose = {item.names[0]: item.array for item in loose_parameters(network)}
    return WeightsSource(path, "weights.mat", "xverify", layers, loose=loose, bundle_id=network.bundle_id)


def _floating(array: Array) -> Array:
    """Whole numbers, which MATLAB stores as integers whatever their class, as the floating numbers that layers hold."""
    return array.astype(np.float64) if array.dtype.kind in "iub" else array


def _structs(file: OpenedFile) -> WeightsSource:
    content = read_structs(file)
    objects = [f"{item.name} ({item.kind})" for item in file.variables if is_object(item.kind)]
    if objects and not content.layers:
        raise XverifyError(f"{file.path} holds no network, but objects: {', '.join(objects[:5])}.", _EXPORT)
    form = "exportWeights" if content.layers or content.types else "arrays"
    layers = {layer.name for layer in content.layers} | {INFO}
    others = tuple(item.name for item in file.variables if item.name not in layers)
    return WeightsSource(file.path, form, content.producer, content.layers, content.types, variables=others)


def _network(path: Path, variable: Variable, variables: Sequence[Variable]) -> WeightsSource:
    from xverify.weights.network_objects import read_network  # noqa: PLC0415 - mat-io brings pandas: only for such a file

    layers = read_network(path, variable.name)
    if not layers:
        raise XverifyError(
            f"{path}: no layer with parameters was found in '{variable.name}' ({variable.kind}).", _EXPORT
        )
    others = f", '{variable.name}' of {len(variables)} variables" if len(variables) > 1 else ""
    return WeightsSource(path, "network", f"MATLAB ({variable.kind}{others})", layers)


def _is_network(item: Variable) -> bool:
    return item.kind in _NETWORKS or item.kind.startswith("nnet.")


def _is_labelled(file: OpenedFile) -> bool:
    names = {item.name: item.kind for item in file.variables}
    return names.get(INFO) == "struct"


def _chosen(path: Path, networks: Sequence[Variable], name: str) -> Variable:
    found = ", ".join(f"{item.name} ({item.kind})" for item in networks)
    if not name and len(networks) == 1:
        return networks[0]
    for item in networks:
        if item.name == name:
            return item
    if name:
        raise XverifyError(f"{path} has no network '{name}'.", f"Its networks: {found or 'none'}.")
    raise XverifyError(f"{path} holds {len(networks)} networks: {found}.", f"Choose one: --variable {networks[0].name}")


def _refuse_activations(file: OpenedFile) -> None:
    if _is_labelled(file) and not is_labelled_as_weights(file):
        raise XverifyError(
            f"{file.path} holds activations, or something else that is not weights.",
            f"`xverify compare --against` reads activations. {_EXPORT}",
        )
