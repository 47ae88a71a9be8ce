"""What is wrong inside an ONNX file, as a list: what no importer can be expected to take.

`convert` refuses a file with a fault, `check` lists them. A file may have 10,000 nodes: each rule looks at each node once,
and a rule that many nodes break gives one fault that counts them.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal, TypeVar

import onnx
from onnx import AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto

FaultKind = Literal[
    "versions", "operator domain", "unknown operator", "control flow", "types", "names", "node names", "order", "model"
]  # fmt: skip

T = TypeVar("T")

STANDARD = frozenset({"", "ai.onnx"})
"""Names of the domain of ONNX's own operators."""

_NOT_TENSORS = ("Sequence", "Optional", "ConcatFromSequence", "SplitToSequence")
_LOOPS = frozenset({"If", "Loop", "Scan"})
_EXPORT_AGAIN = "Export the model again; an ONNX file that was edited by hand can become like this."
_STANDARD_ONLY = "Write the model with standard ONNX operators alone."
_TENSORS_ONLY = "Write the model so that all values are tensors."
_NO_SHAPE = "Field 'shape' of 'type' is required but missing"
"""The checker wants a shape for every output. Files without one are common, and run."""
_SMALL = 4096
"""Elements of a weight whose values may decide shapes, as those of a Reshape do."""


@dataclass(frozen=True)
class Fault:
    """Something that no importer can be expected to take.

    Attributes:
        kind: 'node names' (the same one twice) is harmless: `convert` mends it.
        where: The node, or the value, where it is first met; '' for the file as a whole.
        message: What is wrong.
        hint: What to do.
    """

    kind: FaultKind
    where: str
    message: str
    hint: str


def opset_of(model: ModelProto) -> int:
    """Version of the standard operator set; 0 where the model names none."""
    return max((item.version for item in model.opset_import if item.domain in STANDARD), default=0)


def structural_faults(model: ModelProto) -> list[Fault]:
    """What is wrong with a model; an empty list where onnx's own checker has nothing to say either."""
    graph = model.graph
    faults = [
        *_versions(model),
        *_operators(model),
        *_value_types(graph),
        *_value_names(graph),
        *_node_names(graph),
        *_order(graph),
    ]
    if all(fault.kind == "node names" for fault in faults):
        faults += _checked(model)
    return faults


def _versions(model: ModelProto) -> Iterator[Fault]:
    newer = "Install a newer onnx, or export the model for an older version."
    opset, newest = opset_of(model), onnx.defs.onnx_opset_version()
    if opset <= 0:
        yield Fault("versions", "", "The model does not say which opset it uses.", _EXPORT_AGAIN)
    elif opset > newest:
        yield Fault("versions", "", f"The model uses opset {opset}; the installed onnx knows {newest} at most.", newer)
    if model.ir_version <= 0:
        yield Fault("versions", "", "The model has no IR version.", _EXPORT_AGAIN)
    elif model.ir_version > onnx.IR_VERSION:
        known = f"the installed onnx knows {onnx.IR_VERSION} at most"
        yield Fault("versions", "", f"The model has IR version {model.ir_version}; {known}.", newer)
    standard = [item.version for item in model.opset_import if item.domain in STANDARD]
    if len(set(standard)) > 1:
        yield Fault("versions", "", f"The model names several standard opsets: {standard}.", _EXPORT_AGAIN)


def _operators(model: ModelProto) -> Iterator[Fault]:
    """One fault for each operator that is out of the question, at the first node that has it."""
    opset = min(opset_of(model), onnx.defs.onnx_opset_version())
    local = {(function.domain, function.name) for function in model.functions}
    nodes: dict[tuple[str, str], list[NodeProto]] = {}
    for node in model.graph.node:
        nodes.setdefault((node.domain, node.op_type), []).append(node)
    for (domain, operator), group in nodes.items():
        found = _operator(domain, operator, group, opset, local)
        if found is not None:
            kind, message, hint = found
            more = f" ({len(group)} nodes)" if len(group) > 1 else ""
            yield Fault(kind, _where(group[0]), f"{message[:-1]}{more}.", hint)


def _operator(
    domain: str, operator: str, group: Sequence[NodeProto], opset: int, local: set[tuple[str, str]]
) -> tuple[FaultKind, str, str] | None:
    """Kind, message and hint, where an operator is out of the question."""
    if (domain, operator) in local:
        return "operator domain", f"{operator} is a function of the file's own.", "Export with inlined functions."
    if domain not in STANDARD:
        return "operator domain", f"{domain}.{operator} is not a standard ONNX operator.", _STANDARD_ONLY
    if operator in _LOOPS or any(_holds_graph(node) for node in group):
        return (
            "control flow",
            f"{operator} holds a graph of its own: a loop or a branch.",
            "Export one branch, or unroll the loop.",
        )
    if operator.startswith(_NOT_TENSORS):
        return "types", f"{operator} works on sequences or optional values, not on tensors.", _TENSORS_ONLY
    if not opset:
        return None
    if onnx.defs.has(operator, opset, ""):
        schema = onnx.defs.get_schema(operator, opset, "")
        return (
            ("unknown operator", f"{operator} is deprecated in opset {opset}.", _EXPORT_AGAIN)
            if schema.deprecated
            else None
        )
    since = _introduced().get(operator)
    if since is None:
        return "unknown operator", f"ONNX has no operator '{operator}'.", _STANDARD_ONLY
    return "unknown operator", f"Opset {opset} has no {operator}: opset {since} brought it.", _EXPORT_AGAIN


@cache
def _introduced() -> Mapping[str, int]:
    """Operator of the standard domain -> the opset that brought it."""
    since: dict[str, int] = {}
    for schema in onnx.defs.get_all_schemas_with_history():
        if schema.domain in STANDARD:
            since[schema.name] = min(schema.since_version, since.get(schema.name, schema.since_version))
    return since


def _holds_graph(node: NodeProto) -> bool:
    return any(item.type in {AttributeProto.GRAPH, AttributeProto.GRAPHS} for item in node.attribute)


def _value_types(graph: GraphProto) -> Iterator[Fault]:
    for item in [*graph.input, *graph.output]:
        kind = item.type.WhichOneof("value")
        if kind not in {None, "tensor_type"}:
            text = f"'{item.name}' is of type {str(kind).removesuffix('_type')}, not a tensor."
            yield Fault("types", item.name, text, _TENSORS_ONLY)


def _value_names(graph: GraphProto) -> Iterator[Fault]:
    """Every value is made once: by a node, by a weight or as an input; up to IR 3 a weight was an input, too."""
    inputs = Counter(item.name for item in graph.input)
    weights = Counter(item.name for item in graph.initializer)
    made = Counter(name for node in graph.node for name in node.output if name)
    twice = {name: count for names in (inputs, weights, made) for name, count in names.items() if count > 1}
    twice |= {name: made[name] + 1 for name in made if (name in inputs or name in weights) and name not in twice}
    for name, count in _first(twice.items()):
        yield Fault("names", name, f"The value '{name}' is made {count} times.", _EXPORT_AGAIN)


def _node_names(graph: GraphProto) -> Iterator[Fault]:
    for name, count in Counter(node.name for node in graph.node if node.name).items():
        if count > 1:
            hint = "`xverify convert FILE.onnx -o OUT.onnx` gives each a name of its own."
            yield Fault("node names", name, f"{count} nodes are called '{name}'.", hint)


def _order(graph: GraphProto) -> Iterator[Fault]:
    """Values that are read before they are made, or that nobody makes."""
    made = {item.name for item in [*graph.initializer, *graph.input]}
    made |= {item.values.name for item in graph.sparse_initializer}
    later = {name for node in graph.node for name in node.output}
    early: list[tuple[NodeProto, str]] = []
    missing: list[tuple[str, str]] = []
    for node in graph.node:
        for name in node.input:
            if name and name not in made:
                if name in later:
                    early.append((node, name))
                else:
                    missing.append((_where(node), f"{node.op_type} reads '{name}', which nothing makes."))
        made.update(node.output)
    missing += [
        (item.name, f"Nothing makes the output '{item.name}'.") for item in graph.output if item.name not in made
    ]
    for where, message in _first(missing):
        yield Fault("order", where, message, _EXPORT_AGAIN)
    if early:
        node, name = early[0]
        what = "the graph has a cycle" if _has_cycle(graph) else "the nodes are not in order"
        message = f"{node.op_type} reads '{name}', which is made later: {what}."
        yield Fault("order", _where(node), message, _EXPORT_AGAIN)


def _has_cycle(graph: GraphProto) -> bool:
    """Kahn's algorithm: nodes that never become ready lie on a cycle or behind one."""
    makers = {name: index for index, node in enumerate(graph.node) for name in node.output if name}
    readers: dict[int, list[int]] = {}
    waiting = [0] * len(graph.node)
    for index, node in enumerate(graph.node):
        sources = {makers[name] for name in node.input if name in makers}
        waiting[index] = len(sources)
        for source in sources:
            readers.setdefault(source, []).append(index)
    ready = [index for index, count in enumerate(waiting) if not count]
    done = 0
    while ready:
        done += 1
        for reader in readers.get(ready.pop(), ()):
            waiting[reader] -= 1
            if not waiting[reader]:
                ready.append(reader)
    return done < len(waiting)


def _checked(model: ModelProto) -> list[Fault]:
    """The word of onnx's own checker and of strict shape inference, where everything above is in order."""
    light = without_weights(model)
    steps: Sequence[Callable[[], object]] = (
        lambda: onnx.checker.check_model(_with_shapes(light)),
        lambda: onnx.shape_inference.infer_shapes(light, check_type=True, strict_mode=True, data_prop=True),
    )
    for step in steps:
        try:
            step()
        except Exception as error:  # noqa: BLE001 - C++ raises whatever it likes, and any of it means: not valid
            if _NO_SHAPE in str(error):
                continue
            return [Fault("model", "", f"onnx finds the model invalid: {_short(str(error))}", _EXPORT_AGAIN)]
    return []


def _with_shapes(model: ModelProto) -> ModelProto:
    """The model with inferred shapes; as it is, where nothing can be inferred, so that the checker says why."""
    try:
        return onnx.shape_inference.infer_shapes(model)
    except Exception:  # noqa: BLE001 - as above
        return model


def without_weights(model: ModelProto) -> ModelProto:
    """The model with its large weights as inputs: enough to check types and shapes, however many gigabytes they are."""
    light = ModelProto()
    for name in ("ir_version", "producer_name"):
        setattr(light, name, getattr(model, name))
    light.opset_import.extend(model.opset_import)
    light.functions.extend(model.functions)
    graph = light.graph
    graph.name = model.graph.name or "graph"
    for field in ("node", "input", "output", "value_info"):
        getattr(graph, field).extend(getattr(model.graph, field))
    given = {item.name for item in model.graph.input}
    for tensor in model.graph.initializer:
        if _elements(tensor) <= _SMALL and tensor.data_location != TensorProto.EXTERNAL:
            graph.initializer.add().CopyFrom(tensor)
        elif tensor.name not in given:
            graph.input.add().CopyFrom(onnx.helper.make_tensor_value_info(tensor.name, tensor.data_type, tensor.dims))
    return light


def _elements(tensor: TensorProto) -> int:
    count = 1
    for size in tensor.dims:
        count *= size
    return count


def _short(text: str) -> str:
    """The first sentence or two of a message that onnx spreads over many lines."""
    line = " ".join(text.partition("==> Context")[0].split())
    return line if len(line) <= 300 else f"{line[:297]}..."


def _first(items: Iterable[T], most: int = 5) -> Iterator[T]:
    """A few examples are enough where thousands of values have the same fault."""
    for number, item in enumerate(items):
        if number == most:
            return
        yield item


def _where(node: NodeProto) -> str:
    return node.name or next((name for name in node.output if name), node.op_type)
