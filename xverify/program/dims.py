"""What each axis of a layer's value means, where the program says so.

An axis order is never inferred from a rank: it comes from an operation that defines one (a convolution's output is NCHW) and
travels through operations that keep the shape. Where nothing defines it, the dims are '' and the array keeps PyTorch's
axis order in `.mat` files.
"""

from typing import cast

from torch import Tensor
from torch.fx import Node

from xverify.program.layers import Network, maker_of, operation_of

_SPATIAL = {0: "NC", 1: "NCL", 2: "NCHW", 3: "NCDHW"}

# Operations whose first operand and result are images or sequences with channels second; the digit is the spatial rank.
_CHANNELS_SECOND = {
    f"{name}{rank}d": rank
    for rank in (1, 2, 3)
    for name in ("conv", "conv_transpose", "max_pool", "avg_pool", "adaptive_avg_pool", "_adaptive_avg_pool", "adaptive_max_pool")
} | {
    "max_pool2d_with_indices": 2, "upsample_nearest1d": 1, "upsample_nearest2d": 2, "upsample_bilinear2d": 2,
    "upsample_bicubic2d": 2, "pixel_shuffle": 2, "pixel_unshuffle": 2,
}  # fmt: skip
_CHANNELS_SECOND_ANY_RANK = {
    "_native_batch_norm_legit",
    "_native_batch_norm_legit_no_training",
    "batch_norm",
    "convolution",
    "native_group_norm",
    "group_norm",
    "instance_norm",
}

# Elementwise operations, and those that keep the meaning of every axis though not its size.
_KEEPS_AXES = {
    "relu", "relu6", "hardtanh", "leaky_relu", "prelu", "_prelu_kernel", "elu", "gelu", "silu", "hardswish", "hardsigmoid", "sigmoid",
    "tanh", "softplus", "mish", "clamp", "clamp_min", "clamp_max", "add", "sub", "mul", "div", "pow", "sqrt", "exp", "log", "abs", "neg",
    "maximum", "minimum", "softmax", "_softmax", "log_softmax", "_log_softmax", "layer_norm", "native_layer_norm", "clone", "alias",
    "dropout", "cat", "roll", "flip", "pad", "constant_pad_nd", "slice", "where", "masked_fill", "split", "split_with_sizes", "chunk",
    "expand", "rsub", "reciprocal", "rsqrt", "erf", "identity",
}  # fmt: skip

_RECURRENT = {"lstm", "gru", "rnn_tanh", "rnn_relu"}
"""Operations on sequences of features; `batch_first` says which axis is time."""

_TO_FEATURES = {"view", "_unsafe_view", "reshape", "flatten", "squeeze"}
"""Of a value whose axes are known, to two axes of which the first is still the batch: features."""

_DATA_OPERAND = {"addmm": 1}
"""Which operand is the data, where it is not the first; the others are weights."""


def axis_meanings(network: Network) -> dict[Node, str]:
    """The dims of every input and layer, as PyTorch's string ('NCHW', 'NC', ...) or ''."""
    dims = {node: "" for node in network.program.graph.nodes if node.op == "placeholder"}
    batch = _batch_size(network)
    for node in network.program.graph.nodes:
        if node.op == "call_function" and isinstance(node.meta.get("val"), Tensor):
            dims[node] = _dims_of(node, dims, batch)
    # What an input means is what its first reader takes it for.
    for item in network.inputs:
        dims[item.node] = _meaning_by_readers(item.node)
    return dims


def _batch_size(network: Network) -> int | None:
    sizes = {int(item.node.meta["val"].shape[0]) for item in network.inputs if item.node.meta["val"].dim() > 0}
    return sizes.pop() if len(sizes) == 1 else None


def _dims_of(node: Node, dims: dict[Node, str], batch: int | None) -> str:
    value, operation = node.meta["val"], operation_of(node)
    rank = value.dim()
    if operation in _RECURRENT:
        # Of the tuple only the first element is a sequence; the others are states: layer, batch, feature.
        return _sequence(maker_of(node)) if rank == 3 and node.args[1] == 0 else ""
    if defined := _defined_dims(operation, rank):
        return defined
    sources = [source for source in maker_of(node).all_input_nodes if dims.get(source)]
    if operation in {"linear", "addmm", "mm"} and rank == 2 and value.shape[0] == batch:
        return "NC"
    if operation in _TO_FEATURES and rank == 2 and value.shape[0] == batch and sources:
        return "NC"
    if operation == "select" and sources:
        return _selected(dims[sources[0]], cast("int", node.args[1]))
    if operation == "linear" and sources and dims[sources[0]].endswith("C") and len(dims[sources[0]]) == rank:
        return dims[sources[0]]
    if operation == "mean" and sources:
        return _averaged(dims[sources[0]], node)
    if operation in _KEEPS_AXES or (operation == "linear" and rank == 2):
        return next((dims[source] for source in sources if len(dims[source]) == rank), "")
    return ""


def _defined_dims(operation: str, rank: int) -> str:
    """The dims of an operation that is about images, sequences or features, for data of a rank that it is made for."""
    if operation in _CHANNELS_SECOND:
        return _SPATIAL[_CHANNELS_SECOND[operation]] if rank == _CHANNELS_SECOND[operation] + 2 else ""
    return _SPATIAL.get(rank - 2, "") if operation in _CHANNELS_SECOND_ANY_RANK else ""


def _sequence(node: Node) -> str:
    """The axes of a recurrent operation's input and output."""
    batch_first = node.kwargs.get("batch_first", node.args[-1])
    return "NLC" if batch_first else "LNC"


def _selected(kept: str, axis: int) -> str:
    """The axes that are left when one is indexed, if they are the features: the last step of a sequence."""
    left = kept[: axis % len(kept)] + kept[axis % len(kept) + 1 :]
    return left if left == "NC" else ""


def _averaged(kept: str, node: Node) -> str:
    """The axes that a mean leaves, if they are all that it keeps or the features."""
    if node.meta["val"].dim() == len(kept):
        return kept
    averaged = (
        {axis % len(kept) for axis in cast("list[int]", node.args[1])} if len(node.args) > 1 else set(range(len(kept)))
    )
    left = "".join(letter for axis, letter in enumerate(kept) if axis not in averaged)
    return left if left == "NC" else ""


def _meaning_by_readers(node: Node) -> str:
    """What the first reader that says so takes a value for, seen through operations that keep its axes."""
    rank = node.meta["val"].dim()
    seen = set()
    pending = [(node, reader) for reader in node.users][::-1]
    while pending:
        value, reader = pending.pop()
        operation = operation_of(reader)
        if reader in seen or not reader.args:
            continue
        if reader.args[_DATA_OPERAND.get(operation, 0)] is value and (meaning := _read_as(reader, operation, rank)):
            return meaning
        if operation in _KEEPS_AXES and _rank(reader) in {rank, None}:
            seen.add(reader)
            pending += [(reader, further) for further in reader.users][::-1]
    return ""


def _read_as(reader: Node, operation: str, rank: int) -> str:
    """What an operation takes its data for."""
    if operation in _RECURRENT and rank == 3:
        return _sequence(reader)
    return "NC" if operation in {"linear", "addmm"} and rank == 2 else _defined_dims(operation, rank)


def _rank(node: Node) -> int | None:
    """None for a tuple."""
    value = node.meta.get("val")
    return value.dim() if isinstance(value, Tensor) else None
