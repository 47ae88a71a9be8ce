"""Drops attributes that are newer than the target and say what was so before them.

Requires: nothing. Ensures: a node has an attribute that the target's opset does not know only if its value changes
something; lower_opset refuses it then.

Cases: 1. An attribute at its default in the model's own opset: `layout=0` of LSTM, GRU and RNN, `training_mode=0` of
BatchNormalization, `saturate=1` of Cast, `antialias=0` of Resize. 2. Dilations of a pooling that are all 1, which
have no default. 3. `allowzero` of a Reshape whose shape holds no zero. 4. RoiAlign's sampling positions as they were below
opset 16, which are not the default of 16: the default is written down where it is meant, so that it is seen to be new.

Evidence: the operators' definitions in onnx (onnx.defs).
"""

from collections.abc import Callable, Mapping

import onnx
import onnx_ir as ir
from onnx.defs import OpSchema

from xverify.onnx_export.passes.graph_state import GraphState
from xverify.onnx_export.passes.rewriting import constant_of

_POSITIONS = "coordinate_transformation_mode"


def lower_attributes(state: GraphState) -> None:
    """Drops what the target's opset does not know and need not know."""
    own = state.model.opset_imports.get("", 0)
    if state.target.opset >= own:
        return
    for node in state.graph.all_nodes():
        if node.domain or not _defined(node, own) or not _defined(node, state.target.opset):
            continue
        newer = onnx.defs.get_schema(node.op_type, own, "")
        older = onnx.defs.get_schema(node.op_type, state.target.opset, "")
        if node.op_type == "RoiAlign" and _POSITIONS in newer.attributes and _POSITIONS not in older.attributes:
            node.attributes.setdefault(_POSITIONS, ir.AttrString(_POSITIONS, "half_pixel"))
        for name in list(node.attributes):
            if name not in older.attributes and _says_nothing_new(node, name, newer):
                del node.attributes[name]


def _defined(node: ir.Node, opset: int) -> bool:
    return bool(onnx.defs.has(node.op_type, opset, ""))


def _says_nothing_new(node: ir.Node, name: str, schema: OpSchema) -> bool:
    """Whether an attribute says what its operator did before it had that attribute."""
    if (node.op_type, name) in _HARMLESS:
        return _HARMLESS[node.op_type, name](node)
    known = schema.attributes.get(name)
    if known is None or not known.default_value.name:
        return False
    default = onnx.helper.get_attribute_value(known.default_value)
    default = default.decode() if isinstance(default, bytes) else default
    value = node.attributes[name].value
    return bool(default == (list(value) if isinstance(value, tuple) else value))


def _dilations_of_one(node: ir.Node) -> bool:
    return set(node.attributes["dilations"].as_ints()) <= {1}


def _no_zeros(node: ir.Node) -> bool:
    shape = constant_of(node.inputs[1])
    return node.attributes["allowzero"].as_int() == 0 or (shape is not None and bool(shape.all()))


def _old_positions(node: ir.Node) -> bool:
    return node.attributes[_POSITIONS].as_string() == "output_half_pixel"


_HARMLESS: Mapping[tuple[str, str], Callable[[ir.Node], bool]] = {
    ("AveragePool", "dilations"): _dilations_of_one,
    ("LpPool", "dilations"): _dilations_of_one,
    ("Reshape", "allowzero"): _no_zeros,
    ("RoiAlign", _POSITIONS): _old_positions,
}
"""Attributes whose harmless values are not, or not only, their default."""
