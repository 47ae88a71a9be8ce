"""`xverify reimport --verify`: does PyTorch with the values of a .mat file compute what MATLAB computes with them?

The model is rebuilt from the source that the bundle names, gets the tuned state_dict, and is exported again on the same inputs.
Three things must hold. The new bundle's weights.mat has the file's own arrays, bit for bit: so what runs next are MATLAB's
weights, not a second opinion of PyTorch's. GNU Octave (or MATLAB), running them, agrees with PyTorch in every layer, within the new
bundle's calibrated tolerance. And activations that MATLAB recorded agree with PyTorch's, where there are any.
"""

import inspect
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from numpy.typing import NDArray
from torch import nn

from xverify.bundle.bundle import WEIGHTS, Bundle
from xverify.bundle.hashing import array_sha256
from xverify.bundle.matfile import MatWriter, opened
from xverify.bundle.matfile import variables as variables_of
from xverify.bundle.variable_path import VariablePath
from xverify.comparison.compare import compare_bundle
from xverify.comparison.policy import Policy
from xverify.comparison.results import Comparison
from xverify.errors import XverifyError
from xverify.models.loading import LoadedModel, load_model
from xverify.models.trained_runs import build_checkpoint, is_run
from xverify.program.capture import Arguments
from xverify.runtimes.engines import ENGINES
from xverify.runtimes.recorded import RecordedActivations
from xverify.runtimes.recorded_sources import sources_by_name
from xverify.runtimes.runtime import Activation
from xverify.weights.examine import Item
from xverify.weights.pairing import BY_MAP
from xverify.weights.results import Verification, VerifiedRun
from xverify.weights.state_dict import TunedState
from xverify.weights.stored_network import read_stored_network
from xverify.weights.write_state import write_state
from xverify.workflows.compare import RunOptions, choose_runtime
from xverify.workflows.export import export
from xverify.workflows.export_options import ExportOptions
from xverify.workflows.weights import Examined

Array = NDArray[Any]

_NUMBERS = {"double", "single", "logical"} | {f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)}
_NAME_IT = "Name the model: --model net.py:factory. A .pt2 program cannot be given other weights."


def require_other_side(against: str) -> None:
    """Refuses, before any work, a program that is not there or a file that is no .mat file.

    Args:
        against: 'octave', 'matlab', or a .mat file.

    Raises:
        XverifyError: It cannot be had.
    """
    if against in ENGINES:
        ENGINES[against].command("")
        return
    path = Path(against)
    if path.suffix.lower() != ".mat":
        raise XverifyError(
            f"--verify '{against}' is neither {' nor '.join(ENGINES)} nor a .mat file of activations.",
            "Put --verify behind BUNDLE and FILE, or write --verify=octave.",
        )
    variables_of(path)


def verify_state(
    found: Examined, state: TunedState, against: str, model: str, folder: Path, state_name: str
) -> Verification:
    """Rebuilds, exports to `folder`/bundle, and compares.

    Args:
        found: The exported bundle, whose files are checked here, and what the file has for it.
        state: The tuned state_dict.
        against: 'octave', 'matlab', or a .mat file of activations that the tuned network gives on the bundle's inputs.
        model: What to rebuild, as `xverify export` takes it; '' for the source that the bundle names.
        folder: A scratch folder.
        state_name: How the state_dict's file will be called; it is written into the scratch folder first.

    Raises:
        XverifyError: The model cannot be rebuilt or exported, is another one, or the other side cannot be run or read.
    """
    bundle = found.bundle
    bundle.verify_files()
    path = folder / state_name
    write_state(path, state.arrays, {})
    tuned = _exported(bundle, _rebuilt(bundle, path, model), folder / "bundle")
    _require_same_network(bundle, tuned)
    differing = tuple(_differing(tuned, state, found.items))
    runs = tuple(_summary(comparison) for comparison in _comparisons(found, tuned, against, folder))
    return Verification(len(state.arrays), differing, runs)


def _rebuilt(bundle: Bundle, state: Path, named: str) -> LoadedModel:
    source = named or bundle.manifest.model.source
    try:
        if is_run(Path(source)):  # its own weights are those before the tuning: the tuned ones say which network it is
            built = build_checkpoint(state)
            return LoadedModel(built.model.eval(), built.name, source, built.weights, None, None, ())
        return load_model(source, weights=state, seed=bundle.manifest.environment.seed)
    except XverifyError as error:
        known = f"'{source}'" if source else "no source"
        raise XverifyError(
            f"The model cannot be rebuilt from {known}: {error.message}", f"{_NAME_IT} {error.hint}"
        ) from error


def _exported(bundle: Bundle, loaded: LoadedModel, folder: Path) -> Bundle:
    manifest = bundle.manifest
    options = ExportOptions(
        name=manifest.model.name,
        source=loaded.source,
        weights=loaded.weights,
        classes=manifest.model.classes,
        preprocessing=manifest.preprocessing,
        seed=manifest.environment.seed,
        noise_runs=manifest.noise.noise_runs,
        float64=manifest.noise.float64,
        release=manifest.model.release or ExportOptions.release,
        command="xverify reimport --verify",
    )
    return export(loaded.model, _same_inputs(bundle, loaded), folder, options)[0]


def _same_inputs(bundle: Bundle, loaded: LoadedModel) -> Arguments:
    """The inputs of the export, as arguments of forward()."""
    tensors = [torch.from_numpy(bundle.reference(item).copy()) for item in bundle.manifest.inputs]
    if loaded.example is not None:
        example = Arguments(*loaded.example)
        if len(example.tensors) == len(tensors):
            order = iter(tensors)
            return example.map(lambda _: next(order))
    names = [item.name for item in bundle.manifest.inputs]
    parameters = list(_parameters_of(loaded.model))
    if len(names) <= len(parameters) and names == parameters[: len(names)]:
        return Arguments(tuple(tensors))
    if set(names) <= set(parameters):
        return Arguments((), dict(zip(names, tensors, strict=True)))
    if len(tensors) == 1:
        return Arguments(tuple(tensors))
    raise XverifyError(
        f"How forward() of {loaded.source} takes the bundle's inputs {', '.join(names)} is not known.",
        "Let the factory return (model, example_inputs).",
    )


def _parameters_of(model: nn.Module) -> Iterator[str]:
    kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    yield from (name for name, item in inspect.signature(model.forward).parameters.items() if item.kind in kinds)


def _require_same_network(bundle: Bundle, tuned: Bundle) -> None:
    before, after = ([(item.id, item.shape) for item in made.manifest.layers] for made in (bundle, tuned))
    if before == after:
        return
    first = next((one for one, other in zip(before, after, strict=False) if one != other), before[-1])
    raise XverifyError(
        f"The rebuilt model is not the one of {bundle.path}: it has other layers, from {first[0]} on.",
        "Its code has changed since the export, or another version of torch exports it. Name the right one with --model.",
    )


def _differing(tuned: Bundle, state: TunedState, items: Sequence[Item]) -> Iterator[str]:
    """Parameters that did not go through PyTorch and back unchanged: in the model, or in its weights.mat.

    The model itself may change them: a parametrization, or a factory that does something after loading.
    """
    recorded = {item.name: item.sha256 for item in tuned.manifest.parameters}
    for name, array in state.arrays.items():
        if recorded.get(name) != array_sha256(array):
            yield name
    again = read_stored_network(tuned.path / WEIGHTS).parameters
    for item in items:
        if item.stored is not None and item.array is not None and item.result.status != "folded":
            found = again.get(item.stored.key)
            wanted = item.array.astype(item.stored.array.dtype)
            if found is None or found.array.shape != wanted.shape or not (found.array == wanted).all():
                yield item.result.where


def _comparisons(found: Examined, tuned: Bundle, against: str, folder: Path) -> Iterator[Comparison]:
    if against in ENGINES:
        yield compare_bundle(tuned, choose_runtime(tuned, against, RunOptions()))
    else:
        yield _recorded(found.bundle, tuned, Path(against), needs_outputs=True)
    if (beside := _activations_beside(found, folder)) is not None:
        yield _recorded(found.bundle, tuned, beside, needs_outputs=False)


def _recorded(bundle: Bundle, tuned: Bundle, file: Path, *, needs_outputs: bool) -> Comparison:
    """Activations that the tuned network gave, in a file that names the exported bundle or none, against the tuned model.

    A file need not have every layer, but it must have the outputs where nothing else is compared.
    """
    runtime = _OfExportedBundle(file, bundle)
    found = sources_by_name([item.name for item in variables_of(file)], bundle)
    there = {item.name for item in found if item.item is not None}
    outputs = {output.layer for output in tuned.manifest.outputs} if needs_outputs else set()
    outputs |= {layer.alias_of for layer in tuned.manifest.layers if layer.id in outputs}
    allowed = {
        layer.id: "the file has no activation of it"
        for layer in tuned.manifest.layers
        if layer.id not in there and layer.id not in outputs
    }
    return compare_bundle(tuned, runtime, Policy(allow=allowed))


class _OfExportedBundle(RecordedActivations):
    """A file that was recorded with the exported bundle at hand: its label and axes are checked against that one."""

    def __init__(self, path: Path, exported: Bundle) -> None:
        super().__init__(path, exported)
        self._exported = exported

    def local(self, bundle: Bundle, references: dict[str, Array]) -> None:
        """None: layers that ran alone did so on values of the network before the tuning."""

    def accumulated(self, bundle: Bundle) -> Iterator[Activation] | None:  # noqa: ARG002
        """The file's layers; both bundles have the same inputs and axes."""
        return super().accumulated(self._exported)


def _activations_beside(found: Examined, folder: Path) -> Path | None:
    """Activations that lie in the file of weights itself, in a file of their own; None where there are none.

    They are arrays of numbers that are named by the id of a layer, and that no map calls a parameter.
    """
    source, manifest = found.source, found.bundle.manifest
    if source.form == "weights.mat":
        return None
    mapped = {item.result.where for item in found.items if item.result.matched_by == BY_MAP}
    ids = {layer.id for layer in manifest.layers}
    wanted = ids | {item.id for item in manifest.inputs}
    names = [
        item.name
        for item in variables_of(source.path)
        if item.kind in _NUMBERS and item.name in wanted and item.name not in mapped
    ]
    if not ids & {*names}:
        return None
    path = folder / "activations" / source.path.name
    path.parent.mkdir()
    with opened(source.path) as file, MatWriter(path) as writer:
        for name in dict.fromkeys(names):
            writer.write(name, file.value(file.node(VariablePath(name))))
    return path


def _summary(comparison: Comparison) -> VerifiedRun:
    measures = [
        (measure.ratio, layer.id)
        for layer in comparison.layers
        for measure in (layer.accumulated, layer.local)
        if measure is not None
    ]
    ratio, worst = max(measures, default=(0.0, ""))
    wrong = [layer for layer in comparison.layers if layer.status != "passed" and not layer.permitted]
    return VerifiedRun(
        against=comparison.against,
        passed=comparison.passed and comparison.coverage.compared > 0,
        compared=comparison.coverage.compared,
        total=comparison.coverage.total,
        worst_layer=worst,
        worst_ratio=ratio,
        problems=(*comparison.problems, *(f"{layer.id}: {layer.reason}" for layer in wrong)),
        notes=comparison.notes,
    )
