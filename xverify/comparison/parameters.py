"""The first check of a comparison: is every initializer of model.onnx, bit for bit, what PyTorch had at export?

A wrong weight is found here exactly, however small its effect; an activation could hide it in rounding.
"""

import hashlib
from collections.abc import Iterator

from xverify.bundle.bundle import Bundle
from xverify.bundle.manifest import Initializer as Recorded
from xverify.bundle.onnxfile import Initializer, OnnxFile
from xverify.comparison.results import ParameterFinding, Parameters


def check_parameters(bundle: Bundle) -> Parameters:
    """Checks every initializer of the file against the manifest, and the other way round."""
    recorded = {item.name: item for item in bundle.manifest.initializers}
    with OnnxFile(bundle.model_path) as model:
        changed = tuple(_findings(bundle, model, recorded))
    return Parameters(checked=len(recorded), changed=changed)


def check_interface(bundle: Bundle) -> tuple[str, ...]:
    """Whether model.onnx takes the manifest's inputs and gives its outputs, in that order: layers alone do not say so."""
    manifest = bundle.manifest
    homes = {item.id: item.onnx_tensor for item in manifest.inputs}
    homes |= {layer.id: bundle.survivor(layer).onnx_tensor for layer in manifest.layers}
    inputs = [item.onnx_tensor for item in manifest.inputs if item.onnx_tensor]
    outputs = [homes[output.layer] for output in manifest.outputs]
    with OnnxFile(bundle.model_path) as model:
        found = {"inputs": (model.inputs, inputs), "outputs": (model.outputs, outputs)}
        hidden = tuple(_hidden_values(model))
    return hidden + tuple(
        f"model.onnx has the {kind} {', '.join(actual)} instead of {', '.join(expected)}"
        for kind, (actual, expected) in found.items()
        if actual != expected
    )


def _hidden_values(model: OnnxFile) -> Iterator[str]:
    """Weights that the bit-for-bit check would not see in use: in Constant nodes, or replaced by something else."""
    read = {name for node in model.nodes for name in node.inputs} | set(model.outputs)
    yield from (
        f"model.onnx has a Constant node '{node.outputs[0]}': its value is no checked parameter"
        for node in model.nodes
        if node.operation == "Constant"
    )
    yield from (
        f"no node of model.onnx reads the parameter '{name}'" for name in model.initializers if name not in read
    )


def _findings(bundle: Bundle, model: OnnxFile, recorded: dict[str, Recorded]) -> Iterator[ParameterFinding]:
    view = memoryview(model.data)
    try:
        for name, item in recorded.items():
            found = model.initializers.get(name)
            problem = "missing from model.onnx" if found is None else _problem(view, found, item)
            if problem:
                yield ParameterFinding(name, item.parameters, problem, _readers(bundle, item))
    finally:
        view.release()
    for name in sorted(model.initializers.keys() - recorded.keys()):
        yield ParameterFinding(name, (), "not in the manifest: added to model.onnx after the export")


def _problem(view: memoryview, found: Initializer, item: Recorded) -> str:
    if (found.dtype, found.shape) != (item.dtype, item.shape):
        return f"is {found.dtype} {_shape(found.shape)} instead of {item.dtype} {_shape(item.shape)}"
    digest = hashlib.sha256(view[found.offset : found.offset + found.nbytes]).hexdigest()
    return "" if digest == item.sha256 else "its values differ from PyTorch's"


def _shape(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape)) or "scalar"


def _readers(bundle: Bundle, item: Recorded) -> tuple[str, ...]:
    names = set(item.parameters)
    return tuple(layer.id for layer in bundle.manifest.layers if names.intersection(layer.parameters))
