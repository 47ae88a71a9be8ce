"""Sets the opset and the IR version, and refuses whatever the target's opset cannot say.

Requires: all passes that decompose or lower an operator. Ensures: the standard operator set alone, at the target's opset or
the model's own if that is older; every node is one that this opset defines: its attributes, its numbers of inputs and
outputs, its element types; and it means what it meant. The IR version is the target's, or the model's own if that is older.

Cases: 1. The model is no newer than the target: its opset stays, and nothing of its nodes changes. 2. Every operator fits: the
opset is lowered. 3. One does not: refused, with its name and the reason. A changed meaning must not pass silently.

Evidence: the operators' definitions in onnx (onnx.defs), which the installed onnx package holds for every opset; the stock
version converter has no way down for ReduceMean, Split, Resize, Gelu and others, and gives up.
"""

from collections.abc import Sequence

import onnx
import onnx_ir as ir
from onnx.defs import OpSchema, SchemaError

from xverify.errors import XverifyError
from xverify.onnx_export.passes.changed_meanings import changed_meaning
from xverify.onnx_export.passes.graph_state import GraphState

OLDEST_IR = 4
"""From here on weights need not be inputs of the graph."""


def lower_opset(state: GraphState) -> None:
    """Checks every node, then sets the versions.

    Raises:
        XverifyError: A node is not of the standard operator set, or not of the target's version of it.
    """
    model = state.model
    own = model.opset_imports.get("", state.target.opset)
    target = min(own, state.target.opset)
    for node in state.graph.all_nodes():
        if node.domain:
            raise _refused(node, f"operator {node.domain}.{node.op_type} is not of the standard operator set")
        if target < own and (reason := _misfit(node, own, target)):
            raise _refused(node, reason)
        node.version = None
    model.functions.clear()  # none is called: its node would be of another domain
    model.opset_imports.clear()
    model.opset_imports[""] = target
    model.ir_version = min(max(model.ir_version or OLDEST_IR, OLDEST_IR), state.target.ir_version)


def _misfit(node: ir.Node, own: int, target: int) -> str:
    """Why the target's opset cannot say what a node says; '' if it can."""
    try:
        schema = onnx.defs.get_schema(node.op_type, target, "")
    except SchemaError:
        return f"opset {target} has no operator {node.op_type}"
    return (
        changed_meaning(node, own, target)
        or _unknown_attribute(node, schema, target)
        or _unfit_values(node.op_type, node.inputs, _Formal(schema, outputs=False), target)
        or _unfit_values(node.op_type, node.outputs, _Formal(schema, outputs=True), target)
    )


def _unknown_attribute(node: ir.Node, schema: OpSchema, opset: int) -> str:
    for name, attribute in node.attributes.items():
        if name not in schema.attributes:
            return f"{node.op_type} of opset {opset} has no {name}, which is {attribute.value}"
    missing = [name for name, known in schema.attributes.items() if known.required and name not in node.attributes]
    return f"{node.op_type} of opset {opset} needs {missing[0]}" if missing else ""


class _Formal:
    """The inputs or the outputs that a schema allows."""

    def __init__(self, schema: OpSchema, *, outputs: bool) -> None:
        self.word = "outputs" if outputs else "inputs"
        self.values = schema.outputs if outputs else schema.inputs
        self.least = schema.min_output if outputs else schema.min_input
        self.most = schema.max_output if outputs else schema.max_input

    def types(self, index: int) -> set[str]:
        """Types of the value at a position; the last one of a variadic operator stands for all that follow."""
        return set(self.values[min(index, len(self.values) - 1)].types)


def _unfit_values(operator: str, values: Sequence[ir.Value | None], formal: _Formal, opset: int) -> str:
    count = len(values)
    while count and (values[count - 1] is None or values[count - 1].name == ""):  # type: ignore[union-attr]
        count -= 1
    if not formal.least <= count <= formal.most:
        return (
            f"{operator} of opset {opset} has {'fewer' if count > formal.most else 'more'} {formal.word} than {count}"
        )
    for index, value in enumerate(values[:count]):
        kind = _type_name(value.type) if value is not None else ""
        if kind and kind not in formal.types(index):
            return f"{operator} of opset {opset} has no {formal.word} of type {kind}"
    return ""


def _type_name(kind: ir.TypeProtocol | None) -> str:
    """A type as onnx's definitions write it, 'seq(tensor(float))'; '' where it is not known."""
    if kind is None or kind.dtype == ir.DataType.UNDEFINED:
        return ""
    if isinstance(kind, ir.SequenceType | ir.OptionalType):
        return f"{'seq' if isinstance(kind, ir.SequenceType) else 'optional'}({_type_name(kind.elem_type)})"
    return f"{'sparse_tensor' if isinstance(kind, ir.SparseTensorType) else 'tensor'}({kind.dtype.name.lower()})"


def _refused(node: ir.Node, reason: str) -> XverifyError:
    where = node.name or (node.outputs[0].name if node.outputs else "")
    return XverifyError(
        f"The model cannot be written for this release: {reason} (at {where}).",
        "Choose a newer release with --release, or write the model with other operations.",
    )
