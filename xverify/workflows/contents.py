"""What an export puts into the bundle's folder: reference.mat, model.onnx, weights.mat and the records of the manifest."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import onnx_ir as ir
import torch
from numpy.typing import NDArray
from torch.fx import Node

from xverify.bundle.bundle import MODEL, WEIGHTS, write_manifest
from xverify.bundle.hashing import array_sha256, file_sha256
from xverify.bundle.manifest import (
    FORMAT_VERSION,
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
from xverify.bundle.weights import Attribute, write_weights
from xverify.compat.releases import release
from xverify.errors import XverifyError
from xverify.matlab_code.generated_files import generated_files
from xverify.onnx_export import matlab_weights
from xverify.onnx_export.provenance import as_array
from xverify.onnx_export.ready import OUR_FAULT, ReadyModel, write_model
from xverify.program.capture import Arguments
from xverify.program.floors import K_ACCUMULATED, K_LOCAL, judge
from xverify.program.layers import Network, ProgramLayer
from xverify.program.recorder import Recorded, Recorder
from xverify.workflows.environment import environment
from xverify.workflows.export_options import ExportOptions

Array = NDArray[Any]


@dataclass
class Contents:
    """What the stages of an export hand over, and the records that they fill."""

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


def write_reference(folder: Path, contents: Contents, inputs: Arguments) -> list[str]:
    """Records every layer and writes reference.mat; returns the names of the files."""
    options, network = contents.options, contents.network
    producer = f"PyTorch {torch.__version__}"
    by_node = {layer.node: layer for layer in network.layers}
    with ReferenceWriter(folder, contents.bundle_id, producer) as writer:
        for item, tensor in zip(network.inputs, inputs.tensors, strict=True):
            array = tensor.detach().cpu().numpy()
            stored = writer.write(item.id, array, contents.dims[item.node])
            contents.inputs.append(
                Input(
                    id=item.id,
                    name=item.node.name,
                    onnx_tensor=contents.ready.inputs.get(item.node.name, ""),
                    dtype=str(array.dtype),
                    shape=tuple(array.shape),
                    dims=contents.dims[item.node],
                    array=stored,
                )
            )
        for node, recorded in Recorder(
            network, inputs, noise_runs=options.noise_runs, seed=options.seed, float64=options.float64
        ):
            contents.layers.append(_layer(contents, by_node[node], recorded, writer))
    return writer.files


def _layer(contents: Contents, layer: ProgramLayer, recorded: Recorded, writer: ReferenceWriter) -> Layer:
    value, dims = recorded.value, contents.dims[layer.node]
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
        contents.warnings.append(
            f"layer '{layer.id}' ({layer.module_path or layer.operation}) is all zero on these inputs: nothing can be verified there"
        )
    tensor, alias = _home(contents, layer)
    matlab = contents.matlab.layers[layer.id]
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
        settings={name: _setting(value) for name, value in matlab.attributes.items()},
        parameters=layer.parameters,
        array=writer.write(layer.id, value, dims),
        magnitude=recorded.magnitude,
        rms=judged.rms,
        all_zero=judged.all_zero,
        noise_floor=judged.floor,
        tolerance=judged.tolerance,
        notes=recorded.notes,
    )


def _setting(value: Attribute) -> float | str | tuple[float, ...]:
    """As JSON holds it: numbers that are not finite (a mask's -inf) are texts there."""
    if isinstance(value, str):
        return value
    if isinstance(value, (int, float)):
        return float(value) if math.isfinite(value) else str(float(value))
    return tuple(float(item) for item in value)


def _home(contents: Contents, layer: ProgramLayer) -> tuple[str, str]:
    """The tensor of model.onnx that holds a layer's value, and the id of the layer or input whose alias it is ('' if none)."""
    alias = contents.ready.aliases.get(layer.id)
    if alias is None:
        return contents.ready.tensors[layer.id], ""
    by_tensor = {tensor: identifier for identifier, tensor in contents.ready.tensors.items() if tensor}
    given = contents.ready.inputs
    by_tensor |= {given[item.node.name]: item.id for item in contents.network.inputs if item.node.name in given}
    return "", by_tensor[alias]


def write_files(folder: Path, contents: Contents, reference_files: list[str]) -> Manifest:
    """Writes model.onnx, weights.mat, the generated MATLAB code and, last, manifest.json; returns the manifest."""
    write_model(contents.ready.model, folder / MODEL)
    outputs = _outputs(contents)
    write_weights(
        folder / WEIGHTS,
        contents.bundle_id,
        _model(contents),
        contents.inputs,
        outputs,
        contents.layers,
        contents.matlab.graph,
        contents.matlab.parameters,
        contents.options.preprocessing,
    )
    initializers = _initializers(contents)
    manifest = Manifest(
        format_version=FORMAT_VERSION,
        bundle_id=contents.bundle_id,
        model=_model(contents),
        inputs=tuple(contents.inputs),
        outputs=outputs,
        layers=tuple(contents.layers),
        parameters=_parameters(contents, initializers),
        initializers=initializers,
        noise=Noise(
            K_LOCAL,
            K_ACCUMULATED,
            contents.options.noise_runs,
            float64=contents.options.float64,
            notes=_noise_notes(contents),
        ),
        environment=environment(contents.options.seed, contents.options.command),
        files={},
        warnings=tuple(contents.warnings),
        preprocessing=contents.options.preprocessing,
    )
    generated = generated_files(manifest, contents.matlab.graph, contents.matlab.parameters)
    for name, text in generated.items():
        (folder / name).write_text(text, encoding="ascii" if name.endswith(".m") else "utf-8", newline="\n")
    names = (MODEL, WEIGHTS, *reference_files, *generated)
    manifest = msgspec.structs.replace(manifest, files={name: file_sha256(folder / name) for name in names})
    write_manifest(folder, manifest)
    return manifest


def _outputs(contents: Contents) -> tuple[Output, ...]:
    ids = {layer.node: layer.id for layer in contents.network.layers} | {
        item.node: item.id for item in contents.network.inputs
    }
    return tuple(Output(name=output.name, layer=ids[output.node]) for output in contents.network.outputs)


def _model(contents: Contents) -> Model:
    options, ready = contents.options, contents.ready
    return Model(
        name=options.name,
        source=options.source,
        weights=options.weights,
        opset=ready.opset,
        ir_version=ready.model.ir_version or 0,
        release=release(options.release).name,
        classes=tuple(options.classes),
    )


def _initializers(contents: Contents) -> tuple[Initializer, ...]:
    return tuple(_initializer(contents, name, value) for name, value in contents.ready.model.graph.initializers.items())


def _initializer(contents: Contents, name: str, value: ir.Value) -> Initializer:
    array = as_array(value)
    origin = contents.ready.provenance.origin(contents.ready.original(name), contents.parameters)
    digest = array_sha256(array)
    if origin.expected is not None and array_sha256(origin.expected) != digest:
        raise XverifyError(
            f"The exported ONNX does not hold PyTorch's weights: '{name}' is not {origin.sources[0]} ({origin.derivation}).",
            OUR_FAULT,
        )
    return Initializer(name, tuple(array.shape), str(array.dtype), digest, origin.sources, origin.derivation)


def _parameters(contents: Contents, initializers: tuple[Initializer, ...]) -> tuple[Parameter, ...]:
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
            matlab=tuple(contents.matlab.homes.get(name, ())),
        )
        for name, array in contents.parameters.items()
    )


def _noise_notes(contents: Contents) -> tuple[str, ...]:
    reasons = dict.fromkeys(layer.noise_floor.unavailable for layer in contents.layers if layer.noise_floor.unavailable)
    return tuple(f"no float64 truth from there on: {reason}" for reason in reasons)
