"""Where a fault is planted: in model.onnx, in weights.mat, or in a file of activations. Each gives what is then compared."""

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scipy.io import savemat

from planting.change import Array
from planting.fault import Fault, altered_parameters
from planting.graph import Site
from planting.kinds.kind import Kind
from planting.steps import Step, WeightsFile
from xverify.bundle.bundle import MANIFEST, WEIGHTS, Bundle, as_stored, load_bundle, rehash
from xverify.bundle.reference import INFO, info
from xverify.errors import XverifyError
from xverify.layouts.axes import rearrange
from xverify.runtimes.engines import OCTAVE
from xverify.runtimes.matlab_language import write_activations
from xverify.runtimes.onnxruntime import OnnxRuntime
from xverify.runtimes.recorded import RecordedActivations
from xverify.runtimes.runtime import Runtime

_SECONDS = 600.0
"""Until Octave is stopped."""


@dataclass(frozen=True)
class Planted:
    """What is compared: a bundle, and the side that is wrong."""

    bundle: Bundle
    runtime: Runtime


@dataclass(frozen=True)
class Place:
    """Where faults are planted.

    Attributes:
        suits: Whether a kind can be planted at a layer; that the kind has such a fault there is known.
        plant: The faulty counterpart, in a folder that is removed at the end.
    """

    suits: Callable[[Kind, Site], bool]
    plant: Callable[[Fault, Path], AbstractContextManager[Planted]]


# --- model.onnx ----------------------------------------------------------------------------------------------------


def _can_be_in_model(kind: Kind, _: Site) -> bool:
    return kind.values is None


@contextmanager
def _in_model(fault: Fault, folder: Path) -> Iterator[Planted]:
    """onnxruntime runs the changed model; weights.mat, from which a diagnosis knows PyTorch's parameters, is right."""
    assert fault.change is not None
    with fault.site.graph.with_change(fault.change, folder) as bundle:
        yield Planted(bundle, OnnxRuntime(threads=1))


# --- weights.mat ---------------------------------------------------------------------------------------------------


def _can_be_in_weights(kind: Kind, site: Site) -> bool:
    return bool(kind.step or kind.parameters) and _wrong_step(kind, site) is not None


@contextmanager
def _in_weights(fault: Fault, folder: Path) -> Iterator[Planted]:
    """Octave runs the changed weights.mat, and what it writes is compared with the bundle as it was exported."""
    bundle = fault.site.graph.bundle
    step = _wrong_step(fault.kind, fault.site)
    assert step is not None
    file = WeightsFile(bundle.path)
    file.replace(fault.site.layer.id, step)
    folder.mkdir()
    try:
        for item in bundle.path.iterdir():
            if item.is_file() and item.name not in {MANIFEST, WEIGHTS}:
                (folder / item.name).hardlink_to(item)
        shutil.copy(bundle.path / MANIFEST, folder)
        file.write(folder / WEIGHTS)
        rehash(folder)
        activations = folder / "activations.mat"
        write_activations(OCTAVE, load_bundle(folder), activations, local=True, threads=1, timeout=_SECONDS)
        yield Planted(bundle, RecordedActivations(activations, bundle))
    finally:
        shutil.rmtree(folder)


def _wrong_step(kind: Kind, site: Site) -> Step | None:
    own = site.graph.weights_file.step_of(site.layer.id)
    if own is None:
        return None
    if kind.step:
        return kind.step(own)
    altered = altered_parameters(kind, site)
    if not altered:
        return None
    arrays = _in_matlab_order(site, altered)
    return None if arrays is None else replace(own, arrays={**own.arrays, **arrays})


def _in_matlab_order(site: Site, altered: Mapping[str, Array]) -> dict[str, Array] | None:
    """Property -> array; None where a parameter is stored together with others, or in no MATLAB layer."""
    names = {name.rpartition(".")[2]: name for name in site.layer.parameters}
    homes = {item.name: item.matlab for item in site.graph.bundle.manifest.parameters}
    arrays = {}
    for role, array in altered.items():
        home = homes.get(names.get(role, ""), ())
        if len(home) != 1 or home[0].key.startswith("other_"):
            return None
        groups = {"G": _groups(site)} if "(G O)" in home[0].axes else {}
        arrays[home[0].property] = np.ascontiguousarray(rearrange(array, home[0].axes, **groups), dtype=np.float32)
    return arrays


def _groups(site: Site) -> int:
    found = site.find("Conv", "ConvTranspose")
    assert found is not None
    return next((int(item.i) for item in found[1].attribute if item.name == "group"), 1)


# --- a file of activations -----------------------------------------------------------------------------------------


def _can_be_in_activations(_: Kind, __: Site) -> bool:
    return True


@contextmanager
def _in_activations(fault: Fault, folder: Path) -> Iterator[Planted]:
    """A file as MATLAB would send it, of one whole run: no layer has run alone."""
    bundle = fault.site.graph.bundle
    values = {layer.id: bundle.reference(layer) for layer in bundle.manifest.layers if not layer.alias_of}
    values.update(fault.values or _run(fault, folder))
    path = folder.with_suffix(".mat")
    arrays = {name: as_stored(array, bundle.layers[name].array.permutation) for name, array in values.items()}
    label = info("the fault benchmark", bundle.manifest.bundle_id, {name: bundle.layers[name].array for name in values})
    savemat(path, {**arrays, INFO: label}, long_field_names=True, oned_as="column")
    try:
        yield Planted(bundle, RecordedActivations(path, bundle))
    finally:
        path.unlink()


def _run(fault: Fault, folder: Path) -> dict[str, Array]:
    """Every layer of a run of the changed model; where its shapes no longer fit, the faulty layer alone."""
    assert fault.change is not None
    with fault.site.graph.with_change(fault.change, folder) as planted:
        try:
            activations = OnnxRuntime(threads=1).accumulated(planted)
            assert activations is not None
            return {name: value.copy() for name, value in activations}
        except XverifyError:
            if not fault.reshapes:
                raise
            return {fault.site.layer.id: fault.wrong.astype(np.float32)}


PLACES: Mapping[str, Place] = {
    "model.onnx": Place(_can_be_in_model, _in_model),
    "weights.mat": Place(_can_be_in_weights, _in_weights),
    "activations": Place(_can_be_in_activations, _in_activations),
}
