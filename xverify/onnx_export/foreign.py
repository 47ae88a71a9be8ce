"""A file that the user already has, made fit for the passes: static inputs, weights that are no inputs, a recent operator set."""

from collections.abc import Mapping, Sequence

import onnx
import onnx.version_converter
import onnx_ir as ir
from onnx import TypeProto

from xverify.errors import XverifyError
from xverify.onnx_export.normalise import Change, run_passes
from xverify.onnx_export.passes.graph_state import GraphState
from xverify.onnx_export.target import OLDEST_OPSET, Target
from xverify.program.identifiers import Pool

Shapes = Mapping[str, Sequence[int]]


class Converted:
    """A foreign model after the passes.

    Attributes:
        model: The model.
        changes: What each pass did.
        renamed: Tensor -> its name in the given file, where that was another.
    """

    def __init__(self, model: ir.Model, changes: tuple[Change, ...], renamed: Mapping[str, str]) -> None:
        self.model, self.changes, self.renamed = model, changes, renamed


def normalise_foreign(proto: onnx.ModelProto, shapes: Shapes, target: Target) -> Converted:
    """Makes a model of any exporter MATLAB-ready.

    Args:
        proto: The model, changed in place.
        shapes: Input -> its shape, for inputs with symbolic sizes other than the batch (which becomes 1).
        target: What the file is made for.

    Raises:
        XverifyError: A size is unknown, or the model holds what cannot be normalised.
    """
    fix_shapes(proto, shapes)
    proto = _raised(proto)
    _drop_given_weights(proto)
    model = ir.from_proto(proto)
    state = GraphState(model, {value.name or "": value.name or "" for value in model.graph.outputs}, target=target)
    state.node_ids = _node_ids(model.graph)
    return Converted(model, run_passes(state), state.renamed)


def _node_ids(graph: ir.Graph) -> dict[str, str]:
    """Tensor name -> a short name of the node that makes it, like the node's own."""
    pool = Pool()
    for value in graph.inputs:
        pool.take(value.name or "input")
    ids: dict[str, str] = {}
    for node in graph:
        identifier = pool.take(node.name or node.outputs[0].name or node.op_type)
        ids |= {value.name: identifier for value in node.outputs if value.name}
    return ids


def fix_shapes(proto: onnx.ModelProto, shapes: Shapes) -> None:
    """Gives every input a static shape and infers the others anew, if anything was symbolic.

    Raises:
        XverifyError: A name that is no input, a shape that contradicts the file, or sizes that nobody gave.
    """
    weights = {item.name for item in proto.graph.initializer}
    inputs = {item.name: item for item in proto.graph.input if item.name not in weights}
    for name in shapes:
        if name not in inputs:
            raise XverifyError(f"The model has no input '{name}'.", f"Its inputs are: {', '.join(inputs)}.")
    changed = [_fix(item, shapes.get(name)) for name, item in inputs.items()]
    if any(changed):
        del proto.graph.value_info[:]
        for item in proto.graph.output:
            if item.type.HasField("tensor_type"):
                item.type.tensor_type.ClearField("shape")
        proto.CopyFrom(onnx.shape_inference.infer_shapes(proto, data_prop=True))


def _fix(item: onnx.ValueInfoProto, given: Sequence[int] | None) -> bool:
    """Makes one input static; returns whether it was not."""
    kind: TypeProto.Tensor = item.type.tensor_type
    if not kind.HasField("shape"):
        if given is None:
            raise XverifyError(f"The shape of input '{item.name}' is not in the file.", _give(item.name, "1x3x224x224"))
        for size in given:
            kind.shape.dim.add(dim_value=size)
        return True
    dims = kind.shape.dim
    if given is not None and len(given) != len(dims):
        raise XverifyError(
            f"Input '{item.name}' has {len(dims)} axes, the given shape has {len(given)}.",
            _give(item.name, _text(dims)),
        )
    symbolic = [axis for axis, dim in enumerate(dims) if not dim.HasField("dim_value")]
    if given is None and any(axis > 0 for axis in symbolic):
        raise XverifyError(f"Input '{item.name}' has symbolic sizes: {_text(dims)}.", _give(item.name, _text(dims)))
    for axis, dim in enumerate(dims):
        size = given[axis] if given is not None else 1
        if axis in symbolic:
            dim.dim_value = size
        elif given is not None and dim.dim_value != size:
            raise XverifyError(
                f"Input '{item.name}' is {_text(dims)} in the file: its size on axis {axis} cannot be {size}.",
                "Give the file's own sizes; only symbolic ones can be chosen.",
            )
    return bool(symbolic)


def _give(name: str, shape: str) -> str:
    return f"Give its sizes: --input {name}=SHAPE, with numbers for {shape}."


def _text(dims: Sequence[onnx.TensorShapeProto.Dimension]) -> str:
    return "x".join(str(dim.dim_value) if dim.HasField("dim_value") else dim.dim_param or "?" for dim in dims)


def _raised(proto: onnx.ModelProto) -> onnx.ModelProto:
    """The model at `OLDEST_OPSET`, if it was older: the passes write operators as that opset defines them."""
    opset = next((item.version for item in proto.opset_import if item.domain in {"", "ai.onnx"}), 0)
    if opset >= OLDEST_OPSET:
        return proto
    try:
        return onnx.version_converter.convert_version(proto, OLDEST_OPSET)
    except Exception as error:  # the converter is C++ and raises whatever its adapters raise
        text = " ".join(str(error).split())[:300]
        raise XverifyError(
            f"onnx cannot raise this model from opset {opset} to {OLDEST_OPSET}: {text}.",
            "Export the model again with a newer opset.",
        ) from error


def _drop_given_weights(proto: onnx.ModelProto) -> None:
    """Before IR 4 every weight was an input, too, whose value a caller could replace."""
    weights = {item.name for item in proto.graph.initializer}
    kept = [item for item in proto.graph.input if item.name not in weights]
    del proto.graph.input[:]
    proto.graph.input.extend(kept)
