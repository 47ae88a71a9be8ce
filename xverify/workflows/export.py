"""`xverify export`: a live model to a bundle, checked against the model before it is put in place."""

import copy
import shutil
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import onnx_ir as ir
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from xverify.bundle.bundle import MODEL, Bundle, load_bundle
from xverify.bundle.folder import replacing, require_free
from xverify.bundle.manifest import Layer, Manifest
from xverify.comparison.compare import compare_bundle
from xverify.comparison.results import Comparison
from xverify.compat.releases import release
from xverify.errors import XverifyError
from xverify.onnx_export import matlab_weights
from xverify.onnx_export.ready import OUR_FAULT, adopt_constants, make_ready, require_valid
from xverify.program.agreement import Allowed, eager_outputs, require_agreement, second_inputs
from xverify.program.capture import Arguments, capture, prepare
from xverify.program.constants import constant_values
from xverify.program.dims import axis_meanings
from xverify.program.floors import K_ACCUMULATED
from xverify.program.layers import Network, find_layers
from xverify.program.operations import EPS32
from xverify.runtimes.matlab_files import matlab_folder
from xverify.runtimes.onnxruntime import OnnxRuntime
from xverify.workflows.classifier import require_fit
from xverify.workflows.contents import Contents, write_files, write_reference
from xverify.workflows.export_options import ExportOptions
from xverify.workflows.raw_agreement import raw_outputs, require_raw_agreement

Array = NDArray[Any]
Progress = Callable[[str], None]


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
    inputs = inputs.map(lambda tensor: tensor.detach().cpu())
    _require_finite_inputs(inputs)
    _require_preprocessing(inputs, options)
    eager_model = _sharing_parameters(ready_model)
    eager = eager_outputs(eager_model, inputs)
    progress("exporting to ONNX")
    captured = capture(ready_model, inputs)
    network = find_layers(captured.program, [output.name for output in eager])
    if not network.layers:
        raise XverifyError("The network computes nothing that depends on its input.", "Check forward() and the inputs.")
    with replacing(path, force=options.force) as folder:
        raw = raw_outputs(captured.onnx_model, network, inputs, folder)
        progress("making the ONNX MATLAB-ready")
        contents = _make_contents(captured.onnx_model, network, inputs, options)
        progress("recording every layer in float32 and float64")
        files = write_reference(folder, contents, inputs)
        _check_agreement(contents, eager_model, inputs)
        progress("writing")
        manifest = write_files(folder, contents, files)
        progress("comparing the written ONNX with PyTorch")
        require_valid(folder / MODEL)
        comparison = _require_match(folder, manifest)
        values = [tensor.numpy() for tensor in inputs.tensors]
        require_raw_agreement(folder / MODEL, manifest, values, raw, any_batch=options.dynamic_batch)
        if options.with_matlab:
            shutil.copytree(matlab_folder() / "+xverify", folder / "matlab" / "+xverify")
    return load_bundle(path, verify=False), msgspec.structs.replace(comparison, bundle=path.name)


def _make_contents(model: ir.Model, network: Network, inputs: Arguments, options: ExportOptions) -> Contents:
    """Runs the passes on the raw model, and finds the MATLAB side of every layer."""
    parameters = _state(network)
    layer_ids = {network.tensor_name(layer.node): layer.id for layer in network.layers}
    target = release(options.release).target(dynamic_batch=options.dynamic_batch)
    ready = make_ready(model, layer_ids, target)
    folded = {ready.original(name): name for name in ready.model.graph.initializers}
    values = constant_values(network, inputs, folded.keys() - parameters.keys())
    adopt_constants(ready.model, ((folded[name], value) for name, value in values))
    dims = axis_meanings(network)
    return Contents(
        network,
        ready,
        parameters,
        matlab_weights.build(network, ready, parameters, dims),
        dims,
        options,
        str(uuid.uuid4()),
        warnings=list(options.warnings),
    )


def _sharing_parameters(model: nn.Module) -> nn.Module:
    """A copy to run: a forward pass may change buffers and attributes, and what is exported is the model as it was given."""
    return copy.deepcopy(model, {id(parameter): parameter for parameter in model.parameters()})


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


def _require_preprocessing(inputs: Arguments, options: ExportOptions) -> None:
    if options.preprocessing is None:
        return
    if len(inputs.tensors) != 1:
        raise XverifyError(
            f"The network has {len(inputs.tensors)} inputs; a preprocessing is that of one image.",
            "Leave --normalize out.",
        )
    require_fit(options.preprocessing, tuple(inputs.tensors[0].shape))


def _state(network: Network) -> dict[str, Array]:
    """Every parameter and persistent buffer as an array."""
    return {
        name: tensor.detach().cpu().numpy()
        for name, tensor in network.program.state_dict.items()
        if isinstance(tensor, Tensor)
    }


def _check_agreement(contents: Contents, model: nn.Module, inputs: Arguments) -> None:
    """The recorded program against the untouched model, on the given inputs and on a second set."""
    layers = {layer.id: layer for layer in contents.layers}
    ids = {layer.node: layer.id for layer in contents.network.layers}
    allowed = [_allowed(layers.get(ids.get(output.node, ""))) for output in contents.network.outputs]
    require_agreement(contents.network, model, inputs, allowed, "the given inputs")
    require_agreement(
        contents.network, model, second_inputs(inputs, contents.options.seed), allowed, "a second, seeded set of inputs"
    )


def _allowed(output: Layer | None) -> Allowed:
    """By the tolerance of the layer that is the output; an output that is an input must be equal."""
    if output is None:
        return Allowed(0.0, 0.0)
    absolute = output.tolerance.accumulated
    least = K_ACCUMULATED * EPS32  # an output that is all zero here (ReLU) may have any size on the second set
    return Allowed(absolute, max(least, absolute / output.magnitude if output.magnitude else 0.0))


def _require_match(folder: Path, manifest: Manifest) -> Comparison:
    """The written file against PyTorch, before it is put in place. All-zero layers are a warning here, not a refusal."""
    from xverify.comparison.policy import Policy

    permitted = {layer.id: "all zero on the export's inputs" for layer in manifest.layers if layer.all_zero}
    try:
        comparison = compare_bundle(Bundle(folder, manifest), OnnxRuntime(), Policy(allow=permitted))
    except XverifyError as error:
        raise XverifyError(f"The exported ONNX cannot be compared: {error.message}", OUR_FAULT) from error
    if not comparison.passed:
        first = next(iter(comparison.failed), None)
        where = (
            f"layer {first.id} ({first.module_path or first.operation}): {first.reason}"
            if first
            else "; ".join(comparison.problems)
        )
        raise XverifyError(
            f"The exported ONNX does not compute what PyTorch computes: {where}.",
            OUR_FAULT,
        )
    return comparison
