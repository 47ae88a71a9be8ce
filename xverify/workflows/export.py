"""`xverify export`: a live model to a bundle, checked against the model before it is put in place."""

import datetime as dt
import platform
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import onnx
import onnx_ir as ir
import onnxruntime
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.fx import Node

from xverify.bundle.bundle import MODEL, WEIGHTS, Bundle, load_bundle, write_manifest
from xverify.bundle.folder import replacing, require_free
from xverify.bundle.hashing import array_sha256, file_sha256
from xverify.bundle.manifest import (
    FORMAT_VERSION,
    Environment,
    Initializer,
    Input,
    Layer,
    Manifest,
    Model,
    Noise,
    Output,
    Parameter,
)
from xverify.bundle.reference import ReferenceWriter
from xverify.bundle.weights import write_weights
from xverify.comparison.compare import compare_bundle
from xverify.comparison.results import Comparison
from xverify.errors import XverifyError
from xverify.onnx_export import matlab_weights
from xverify.onnx_export.provenance import as_array
from xverify.onnx_export.ready import ReadyModel, adopt_constants, make_ready, write_model
from xverify.program.agreement import Allowed, eager_outputs, require_agreement, second_inputs
from xverify.program.capture import Arguments, capture, prepare
from xverify.program.constants import constant_values
from xverify.program.dims import axis_meanings
from xverify.program.floors import K_ACCUMULATED, K_LOCAL, judge
from xverify.program.layers import Network, ProgramLayer, find_layers
from xverify.program.operations import EPS32
from xverify.program.recorder import Recorded, Recorder
from xverify.runtimes.onnxruntime import OnnxRuntime
from xverify.version import VERSION

Array = NDArray[Any]
Progress = Callable[[str], None]

_OUR_FAULT = (
    "No bundle was written. This is a fault of the exporter or of this xverify: please report it with the model."
)


@dataclass(frozen=True)
class ExportOptions:
    """What an export is told besides the model and its inputs.

    Attributes:
        name: What the model is called.
        source: How it was named on the command line, or its class.
        weights: Where its weights come from, in words.
        classes: Names of its classes, if it is a classifier.
        seed: Of the jitter and of the second set of inputs.
        noise_runs: float32 runs on jittered inputs; fewer than 4 give false alarms on small networks.
        float64: Whether truth is computed in float64; without, tolerances rest on a rounding bound.
        force: Replace an existing bundle.
        command: The command line, for the record.
        warnings: What the caller has to say about the model (seeded weights, ...).
    """

    name: str = "model"
    source: str = ""
    weights: str = "as given"
    classes: Sequence[str] = ()
    seed: int = 0
    noise_runs: int = 4
    float64: bool = True
    force: bool = False
    command: str = "Python API"
    warnings: Sequence[str] = ()


@dataclass
class _Work:
    """What the stages hand over."""

    network: Network
    ready: ReadyModel
    parameters: dict[str, Array]
    matlab: matlab_weights.MatlabNetwork
    dims: Mapping[Node, str]
    options: ExportOptions
    bundle_id: str
    inputs: list[Input] = field(default_factory=list)
    layers: list[Layer] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def export(
    model: nn.Module, inputs: Arguments, path: Path, options: ExportOptions, progress: Progress = lambda _: None
) -> tuple[Bundle, Comparison]:
    """Writes a bundle, having compared it with the model.

    Args:
        model: The model; a copy of it is exported, in eval mode on the CPU.
        inputs: Example inputs. Shapes become static; values become the reference's inputs.
        path: The bundle's folder; its parent is made if needed.
        options: See `ExportOptions`.
        progress: Called with the name of each stage as it begins.

    Returns:
        The bundle in place, and its comparison with onnxruntime, which passed.

    Raises:
        XverifyError: Anything about the model, its inputs or the folder that the user can mend; or the exported ONNX does
            not compute what PyTorch computes (nothing is left behind then).
    """
    require_free(path, force=options.force)
    progress("checking the model")
    ready_model = prepare(model)
    _require_finite_inputs(inputs)
    eager = eager_outputs(ready_model, inputs)
    progress("exporting to ONNX")
    captured = capture(ready_model, inputs)
    network = find_layers(captured.program, [output.name for output in eager])
    if not network.layers:
        raise XverifyError("The network computes nothing that depends on its input.", "Check forward() and the inputs.")
    parameters = _state(network)
    ready = make_ready(captured.onnx_model, {network.tensor_name(layer.node): layer.id for layer in network.layers})
    folded = set(ready.model.graph.initializers) - set(parameters)
    adopt_constants(ready.model, constant_values(network, inputs, folded))
    matlab = matlab_weights.build(network, ready, parameters)
    work = _Work(
        network,
        ready,
        parameters,
        matlab,
        axis_meanings(network),
        options,
        str(uuid.uuid4()),
        warnings=list(options.warnings),
    )
    with replacing(path, force=options.force) as folder:
        progress("recording every layer in float32 and float64")
        files = _write_reference(folder, work, inputs)
        _check_agreement(work, ready_model, inputs)
        progress("writing")
        manifest = _write_files(folder, work, files)
        progress("comparing the written ONNX with PyTorch")
        comparison = _require_match(folder, manifest)
    return load_bundle(path, verify=False), msgspec.structs.replace(comparison, bundle=path.name)


def _require_finite_inputs(inputs: Arguments) -> None:
    if not inputs.tensors:
        raise XverifyError("There are no input tensors.", "Give --input SHAPE or --inputs FILE.")
    for tensor in inputs.tensors:
        if tensor.is_floating_point() and tensor.dtype != torch.float32:
            raise XverifyError(
                f"An input is {str(tensor.dtype).removeprefix('torch.')}; xverify verifies float32 networks.",
                "Convert it to float32.",
            )
        if tensor.is_floating_point() and not bool(torch.isfinite(tensor).all()):
            raise XverifyError("An input holds NaN or Inf.", "Give finite inputs: nothing can be verified with others.")


def _state(network: Network) -> dict[str, Array]:
    """Every parameter and persistent buffer as an array."""
    return {
        name: tensor.detach().cpu().numpy()
        for name, tensor in network.program.state_dict.items()
        if isinstance(tensor, Tensor)
    }


def _write_reference(folder: Path, work: _Work, inputs: Arguments) -> list[str]:
    options, network = work.options, work.network
    producer = f"PyTorch {torch.__version__}"
    by_node = {layer.node: layer for layer in network.layers}
    with ReferenceWriter(folder, work.bundle_id, producer) as writer:
        for item, tensor in zip(network.inputs, inputs.tensors, strict=True):
            array = tensor.detach().cpu().numpy()
            stored = writer.write(item.id, array, work.dims[item.node])
            work.inputs.append(
                Input(
                    id=item.id,
                    name=item.node.name,
                    onnx_tensor=_input_tensor(work.ready, item.node.name),
                    dtype=str(array.dtype),
                    shape=tuple(array.shape),
                    dims=work.dims[item.node],
                    array=stored,
                )
            )
        for node, recorded in Recorder(
            network, inputs, noise_runs=options.noise_runs, seed=options.seed, float64=options.float64
        ):
            work.layers.append(_layer(work, by_node[node], recorded, writer))
    return writer.files


def _input_tensor(ready: ReadyModel, name: str) -> str:
    return name if any(value.name == name for value in ready.model.graph.inputs) else ""


def _layer(work: _Work, layer: ProgramLayer, recorded: Recorded, writer: ReferenceWriter) -> Layer:
    value, dims = recorded.value, work.dims[layer.node]
    if value.dtype.kind == "f" and bool(np.isnan(value).any()):
        raise XverifyError(
            f"Layer {layer.id} ({layer.module_path or layer.operation}) computes NaN on these inputs.",
            "NaN cannot be verified: give inputs for which the network is defined, or mend the model.",
        )
    if value.dtype.kind not in "fiub" or (value.dtype.kind == "f" and value.dtype != np.float32):
        raise XverifyError(
            f"Layer {layer.id} is {value.dtype}; xverify verifies float32 networks.",
            "Remove the cast, or convert the model: model.float().",
        )
    judged = judge(recorded)
    if judged.all_zero:
        work.warnings.append(
            f"layer '{layer.id}' ({layer.module_path or layer.operation}) is all zero on these inputs: nothing can be verified there"
        )
    tensor, alias = _home(work, layer)
    matlab = work.matlab.layers[layer.id]
    return Layer(
        id=layer.id,
        module_path=layer.module_path,
        module_type=layer.module_type,
        fx_node=layer.node.name,
        source_line=layer.source_line,
        operation=layer.operation,
        onnx_tensor=tensor,
        alias_of=alias,
        matlab_layer=matlab.name,
        matlab_note=matlab.note,
        shape=layer.shape,
        dims=dims,
        dtype=str(value.dtype),
        inputs=layer.inputs,
        parameters=layer.parameters,
        array=writer.write(layer.id, value, dims),
        magnitude=recorded.magnitude,
        rms=judged.rms,
        all_zero=judged.all_zero,
        noise_floor=judged.floor,
        tolerance=judged.tolerance,
        notes=recorded.notes,
    )


def _home(work: _Work, layer: ProgramLayer) -> tuple[str, str]:
    """The tensor of model.onnx that holds a layer's value, and the id of the layer or input whose alias it is ('' if none)."""
    alias = work.ready.aliases.get(layer.id)
    if alias is None:
        return work.ready.tensors[layer.id], ""
    by_tensor = {tensor: identifier for identifier, tensor in work.ready.tensors.items() if tensor}
    by_tensor |= {item.node.name: item.id for item in work.network.inputs}
    return "", by_tensor[alias]


def _check_agreement(work: _Work, model: nn.Module, inputs: Arguments) -> None:
    """The recorded program against the untouched model, on the given inputs and on a second set."""
    layers = {layer.id: layer for layer in work.layers}
    ids = {layer.node: layer.id for layer in work.network.layers}
    allowed = [_allowed(layers.get(ids.get(output.node, ""))) for output in work.network.outputs]
    require_agreement(work.network, model, inputs, allowed, "the given inputs")
    require_agreement(
        work.network, model, second_inputs(inputs, work.options.seed), allowed, "a second, seeded set of inputs"
    )


def _allowed(output: Layer | None) -> Allowed:
    """By the tolerance of the layer that is the output; an output that is an input must be equal."""
    if output is None:
        return Allowed(0.0, 0.0)
    absolute = output.tolerance.accumulated
    least = K_ACCUMULATED * EPS32  # an output that is all zero here (ReLU) may have any size on the second set
    return Allowed(absolute, max(least, absolute / output.magnitude if output.magnitude else 0.0))


def _write_files(folder: Path, work: _Work, reference_files: list[str]) -> Manifest:
    write_model(work.ready.model, folder / MODEL)
    outputs = _outputs(work)
    write_weights(
        folder / WEIGHTS, work.bundle_id, work.inputs, outputs, work.layers, work.matlab.graph, work.matlab.parameters
    )
    initializers = _initializers(work)
    manifest = Manifest(
        format_version=FORMAT_VERSION,
        bundle_id=work.bundle_id,
        model=_model(work),
        inputs=tuple(work.inputs),
        outputs=outputs,
        layers=tuple(work.layers),
        parameters=_parameters(work, initializers),
        initializers=initializers,
        noise=Noise(
            K_LOCAL, K_ACCUMULATED, work.options.noise_runs, float64=work.options.float64, notes=_noise_notes(work)
        ),
        environment=_environment(work.options),
        files={name: file_sha256(folder / name) for name in (MODEL, WEIGHTS, *reference_files)},
        warnings=tuple(work.warnings),
    )
    write_manifest(folder, manifest)
    return manifest


def _outputs(work: _Work) -> tuple[Output, ...]:
    ids = {layer.node: layer.id for layer in work.network.layers} | {item.node: item.id for item in work.network.inputs}
    return tuple(Output(name=output.name, layer=ids[output.node]) for output in work.network.outputs)


def _model(work: _Work) -> Model:
    options, ready = work.options, work.ready
    return Model(
        options.name, options.source, options.weights, ready.opset, ready.model.ir_version or 0, tuple(options.classes)
    )


def _initializers(work: _Work) -> tuple[Initializer, ...]:
    return tuple(_initializer(work, name, value) for name, value in work.ready.model.graph.initializers.items())


def _initializer(work: _Work, name: str, value: ir.Value) -> Initializer:
    array = as_array(value)
    origin = work.ready.provenance.origin(name, work.parameters)
    digest = array_sha256(array)
    if origin.expected is not None and array_sha256(origin.expected) != digest:
        raise XverifyError(
            f"The exported ONNX does not hold PyTorch's weights: '{name}' is not {origin.sources[0]} ({origin.derivation}).",
            _OUR_FAULT,
        )
    return Initializer(name, tuple(array.shape), str(array.dtype), digest, origin.sources, origin.derivation)


def _parameters(work: _Work, initializers: tuple[Initializer, ...]) -> tuple[Parameter, ...]:
    users: dict[str, list[str]] = {}
    for item in initializers:
        for source in item.parameters:
            users.setdefault(source, []).append(item.name)
    return tuple(
        Parameter(
            name=name,
            shape=tuple(array.shape),
            dtype=str(array.dtype),
            sha256=array_sha256(array),
            initializers=tuple(users.get(name, ())),
            matlab=tuple(work.matlab.homes.get(name, ())),
        )
        for name, array in work.parameters.items()
    )


def _noise_notes(work: _Work) -> tuple[str, ...]:
    reasons = dict.fromkeys(layer.noise_floor.unavailable for layer in work.layers if layer.noise_floor.unavailable)
    return tuple(f"no float64 truth from there on: {reason}" for reason in reasons)


def _environment(options: ExportOptions) -> Environment:
    return Environment(
        xverify=VERSION,
        python=platform.python_version(),
        torch=str(torch.__version__),
        onnx=onnx.__version__,
        onnxruntime=onnxruntime.__version__,
        numpy=np.__version__,
        platform=platform.platform(),
        cpu=_cpu_model(),
        cpu_capability=torch.backends.cpu.get_cpu_capability(),
        torch_threads=torch.get_num_threads(),
        seed=options.seed,
        date=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        command=options.command,
    )


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown"
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")),
        platform.processor() or "unknown",
    )


def _require_match(folder: Path, manifest: Manifest) -> Comparison:
    """The written file against PyTorch, before it is put in place. All-zero layers are a warning here, not a refusal."""
    from xverify.comparison.policy import Policy

    permitted = {layer.id: "all zero on the export's inputs" for layer in manifest.layers if layer.all_zero}
    comparison = compare_bundle(Bundle(folder, manifest), OnnxRuntime(), Policy(allow=permitted))
    if not comparison.passed:
        first = next(iter(comparison.failed), None)
        where = (
            f"layer {first.id} ({first.module_path or first.operation}): {first.reason}"
            if first
            else "; ".join(comparison.problems)
        )
        raise XverifyError(
            f"The exported ONNX does not compute what PyTorch computes: {where}.",
            _OUR_FAULT,
        )
    return comparison
