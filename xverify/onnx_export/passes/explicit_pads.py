"""Writes padding as numbers: no `auto_pad`.

Requires: explicit_kernel_shape. Ensures: no convolution or pooling has `auto_pad`, but where case 4 says so.

Cases: 1. NOTSET: only says that `pads` count; dropped. 2. VALID: no padding. 3. SAME_UPPER and SAME_LOWER: so much padding
that the output has ceil(input / stride) elements, the odd one at the end or at the beginning (onnx, operator Conv); it follows
from the input's size, or for stride 1 from the kernel alone. 4. SAME with an unknown size and a stride, or a ConvTranspose
with SAME: left as it is, because no fixed numbers say the same.

Evidence: see explicit_kernel_shape. torch 2.14 still writes `auto_pad='NOTSET'`; tf2onnx writes SAME_UPPER.
"""

from collections.abc import Sequence

import onnx_ir as ir

from xverify.onnx_export.passes.graph_state import GraphState

_PADDED = {"Conv", "ConvTranspose", "MaxPool", "AveragePool", "LpPool"}


def explicit_pads(state: GraphState) -> None:
    """Replaces `auto_pad` by `pads`."""
    for node in state.graph:
        if node.op_type in _PADDED and not node.domain and "auto_pad" in node.attributes:
            _resolve(node)


def _resolve(node: ir.Node) -> None:
    mode = node.attributes["auto_pad"].as_string()
    if mode == "NOTSET":
        del node.attributes["auto_pad"]
        return
    kernel = node.attributes.get("kernel_shape")
    if kernel is None or (mode != "VALID" and node.op_type == "ConvTranspose"):
        return
    rank = len(kernel.as_ints())
    pads = [0] * (2 * rank) if mode == "VALID" else _same(node, kernel.as_ints(), upper=mode == "SAME_UPPER")
    if pads is None:
        return
    del node.attributes["auto_pad"]
    node.attributes.pop("pads", None)
    node.attributes.add(ir.AttrInt64s("pads", pads))


def _same(node: ir.Node, kernel: Sequence[int], *, upper: bool) -> list[int] | None:
    data = node.inputs[0]
    sizes = list(data.shape)[2:] if data is not None and data.shape is not None else [None] * len(kernel)
    begins, ends = [], []
    for size, width, stride, dilation in zip(
        sizes, kernel, _ints(node, "strides", len(kernel)), _ints(node, "dilations", len(kernel)), strict=True
    ):
        reach = (width - 1) * dilation + 1
        if stride == 1:
            total = reach - 1
        elif isinstance(size, int):
            total = max((-(-size // stride) - 1) * stride + reach - size, 0)
        else:
            return None
        less, more = total // 2, total - total // 2
        begins.append(less if upper else more)
        ends.append(more if upper else less)
    return begins + ends


def _ints(node: ir.Node, name: str, rank: int) -> Sequence[int]:
    attribute = node.attributes.get(name)
    return [1] * rank if attribute is None else attribute.as_ints()
