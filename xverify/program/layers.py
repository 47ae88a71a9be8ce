"""Which values of the exported program are layers.

A layer is a call_function node whose value is a tensor that depends on the VALUE of an input (a mask built by
`x.new_zeros(...)` depends on its shape alone, and is a constant once shapes are static). Elements of a tuple are layers,
the tuple is not. Every output of the model is a layer, whatever it depends on.
"""

import operator
import re
from collections import Counter
from collections.abc import Container
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

import torch
from torch import Tensor
from torch.export import ExportedProgram
from torch.export.graph_signature import InputKind, OutputKind
from torch.fx import Node

from xverify.errors import XverifyError
from xverify.program import identifiers

# Their value depends on their argument's shape, dtype or device only.
_SHAPE_ONLY = {
    "new_zeros", "new_ones", "new_full", "new_empty", "new_empty_strided",
    "zeros_like", "ones_like", "full_like", "empty_like", "sym_size", "sym_numel", "sym_stride",
}  # fmt: skip

# Functional forms of in-place writes (y[1] = 2.0): their first argument gives the shape, the second the value.
_OVERWRITES = {"fill", "copy"}

_DISPLAY_NAMES = {
    "_native_batch_norm_legit_no_training": "batch_norm",
    "native_layer_norm": "layer_norm",
    "native_group_norm": "group_norm",
    "_unsafe_view": "view",
    "_adaptive_avg_pool2d": "adaptive_avg_pool2d",
    "_softmax": "softmax",
    "_log_softmax": "log_softmax",
}


@dataclass(frozen=True)
class ProgramLayer:
    """One layer of the program, before anything was run."""

    id: str
    node: Node
    operation: str
    module_path: str
    module_type: str
    source_line: str
    shape: tuple[int, ...]
    inputs: tuple[str, ...]
    """Ids of layers and inputs that it reads."""
    parameters: tuple[str, ...]
    """state_dict names that it reads, directly or through a constant computation such as a transposition."""


@dataclass(frozen=True)
class ProgramInput:
    """One tensor input."""

    id: str
    node: Node


@dataclass(frozen=True)
class ProgramOutput:
    """One tensor output: its name and the node that holds its value."""

    name: str
    node: Node


@dataclass(frozen=True)
class Network:
    """The program's inputs, layers in topological order, outputs, and which node is what."""

    program: ExportedProgram
    inputs: tuple[ProgramInput, ...]
    layers: tuple[ProgramLayer, ...]
    outputs: tuple[ProgramOutput, ...]
    constants: dict[str, str]
    """Placeholder node name -> name in the state_dict or among the constants."""

    def tensor_name(self, node: Node) -> str:
        """What the raw ONNX model calls a node's value: parameters have their own names there."""
        return self.constants.get(node.name, node.name)


def find_layers(program: ExportedProgram, output_names: list[str] | None = None) -> Network:
    """The layers of an exported program.

    Args:
        program: The decomposed program that torch.onnx.export translated.
        output_names: Names of the model's tensor outputs in order; 'output', 'output_1', ... if None.

    Raises:
        XverifyError: A value whose shape depends on the data.
    """
    nodes = {node.name: node for node in program.graph.nodes}
    specs = program.graph_signature.input_specs
    constants = {spec.arg.name: str(spec.target) for spec in specs if spec.kind != InputKind.USER_INPUT}
    user_inputs = [
        nodes[spec.arg.name]
        for spec in specs
        if spec.kind == InputKind.USER_INPUT and _is_tensor(nodes.get(spec.arg.name))
    ]
    outputs = _outputs(program, nodes, output_names)
    found = _layer_nodes(program, user_inputs, [output.node for output in outputs])
    pool = identifiers.Pool()
    inputs = tuple(ProgramInput(pool.take(node.name), node) for node in user_inputs)
    ids = {item.node.name: item.id for item in inputs}
    ids |= {node.name: pool.take(name) for node, name in zip(found, _wanted_names(found), strict=True)}
    layers = tuple(_layer(node, ids, constants) for node in found)
    return Network(program, inputs, layers, outputs, constants)


def _outputs(program: ExportedProgram, nodes: dict[str, Node], names: list[str] | None) -> tuple[ProgramOutput, ...]:
    specs = [spec for spec in program.graph_signature.output_specs if spec.kind == OutputKind.USER_OUTPUT]
    tensors = [
        nodes[spec.arg.name]
        for spec in specs
        if getattr(spec.arg, "name", None) in nodes and _is_tensor(nodes[spec.arg.name])
    ]
    if names is None or len(names) != len(tensors):
        names = ["output" if index == 0 else f"output_{index}" for index in range(len(tensors))]
    return tuple(ProgramOutput(name, node) for name, node in zip(names, tensors, strict=True))


def _layer_nodes(program: ExportedProgram, user_inputs: list[Node], outputs: list[Node]) -> list[Node]:
    needed = set(outputs)  # a value that only updates a buffer is in no ONNX model
    for node in reversed(program.graph.nodes):
        if node in needed:
            needed.update(_value_sources(node))
    dependent = set(user_inputs)
    for node in program.graph.nodes:
        if dependent.intersection(_value_sources(node)):
            dependent.add(node)
    wanted = (dependent & needed).union(outputs).difference(user_inputs)
    return [node for node in program.graph.nodes if node in wanted and _is_tensor(node)]


def _layer(node: Node, ids: dict[str, str], constants: dict[str, str]) -> ProgramLayer:
    path, kind = _module(node)
    sources = _sources(node, ids)
    return ProgramLayer(
        id=ids[node.name],
        node=node,
        operation=display_name(operation_of(node)),
        module_path=path,
        module_type=kind,
        source_line=_source_line(node.meta.get("stack_trace") or ""),
        shape=_static_shape(node),
        inputs=tuple(dict.fromkeys(ids[name] for name in sources if name in ids)),
        parameters=tuple(dict.fromkeys(constants[name] for name in (node.name, *sources) if name in constants)),
    )


def _static_shape(node: Node) -> tuple[int, ...]:
    shape = tuple(node.meta["val"].shape)
    if not all(isinstance(size, int) for size in shape):
        raise XverifyError(
            f"The shape of a result of {display_name(operation_of(node))} depends on the data.",
            "xverify verifies networks of static shapes: remove operations such as nonzero or boolean indexing.",
        )
    return shape


def _sources(node: Node, known: Container[str]) -> list[str]:
    """Names of the layers, inputs and parameters that a node reads.

    What is neither (a tuple, a transposed weight, a mask) is seen through.
    """
    seen: dict[Node, None] = {}
    pending = _value_sources(node)[::-1]
    while pending:
        source = pending.pop()
        if source in seen:
            continue
        seen[source] = None
        if source.name not in known:
            pending += _value_sources(source)[::-1]
    return [source.name for source in seen]


def _value_sources(node: Node) -> list[Node]:
    """The nodes whose values a node reads, and not their shapes alone."""
    operation = operation_of(node)
    if operation in _OVERWRITES:
        return [argument for argument in node.args[1:] if isinstance(argument, Node)]
    return [] if operation in _SHAPE_ONLY else node.all_input_nodes


def _is_tensor(node: Node | None) -> bool:
    return node is not None and isinstance(node.meta.get("val"), Tensor)


def operation_of(node: Node) -> str:
    """The ATen operation's name without namespace and overload; for an element of a tuple that of the tuple's maker."""
    if node.op != "call_function":
        return "identity"
    maker = maker_of(node)
    if isinstance(maker.target, torch._ops.OpOverload):
        return maker.target._schema.name.split("::")[-1]
    return getattr(maker.target, "__name__", str(maker.target))


def maker_of(node: Node) -> Node:
    """The node that computes the value: for an element of a tuple the one that makes the tuple."""
    while node.op == "call_function" and node.target is operator.getitem:
        node = node.all_input_nodes[0]
    return node


def display_name(operation: str) -> str:
    """What a reader calls the operation."""
    return _DISPLAY_NAMES.get(operation, operation)


def _module(node: Node) -> tuple[str, str]:
    """Path and type of the innermost module whose forward made this node; ('', '') for the model itself."""
    stack: dict[str, Any] = node.meta.get("nn_module_stack") or {}
    if not stack:
        return "", ""
    path, kind = list(stack.values())[-1]
    # torch.export marks a module's second call 'relu@1'.
    return re.sub(r"@\d+", "", path), kind if isinstance(kind, str) else f"{kind.__module__}.{kind.__qualname__}"


def _wanted_names(nodes: list[Node]) -> list[str]:
    """The readable name of each layer: the module's path where the call of a module has one layer, else path + operation."""
    paths = [_module(node)[0] for node in nodes]
    makers = [maker_of(node) for node in nodes]
    first = {maker: index for index, maker in reversed(list(enumerate(makers)))}
    last = {maker: index for index, maker in enumerate(makers)}
    elements = Counter(makers)
    parents = {path[:index] for path in set(paths) for index, letter in enumerate(path) if letter == "."}
    names = []
    for node, path, maker in zip(nodes, paths, makers, strict=True):
        around = paths[max(first[maker] - 1, 0) : first[maker]] + paths[last[maker] + 1 : last[maker] + 2]
        # Alone: this call of a module makes one value (or one tuple), and the module has no layers inside.
        alone = bool(path) and path not in around and path not in parents
        names.append(_name(path, node, alone=alone) + _element(node, elements[maker]))
    return names


def _name(path: str, node: Node, *, alone: bool) -> str:
    operation = display_name(operation_of(node)).strip("_")
    return path if alone else f"{path}.{operation}".strip(".")


def _element(node: Node, elements: int) -> str:
    """'.0', '.1', ... for the elements of a tuple of several; '' where only one is read (BatchNorm's)."""
    return f".{node.args[1]}" if node.target is operator.getitem and elements > 1 else ""


_TORCH = PurePath(torch.__file__).parent
_FRAME = re.compile(r'File "([^"]+)", line (\d+), in [^\n]*\n\s*([^\n]*)')


def _source_line(trace: str) -> str:
    """The innermost frame outside torch itself, as 'models/net.py:12: code'.

    The path is relative to the working directory where the file lies in it (so that a CI job can point to the line), else the
    file's name alone: never a path of a machine.
    """
    frames = _FRAME.findall(trace)
    own = [frame for frame in frames if not PurePath(frame[0]).is_relative_to(_TORCH)]
    if not (own or frames):
        return ""
    file, line, code = (own or frames)[-1]
    return f"{_plain_path(file)}:{line}: {code.strip()}"[:200]


def _plain_path(file: str) -> str:
    path = Path(file)
    if path.is_relative_to(Path.cwd()) and "site-packages" not in path.parts:
        return path.relative_to(Path.cwd()).as_posix()
    return PurePath(file.replace(chr(92), "/")).name
