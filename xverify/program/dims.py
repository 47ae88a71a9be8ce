"""What each axis of a layer's value means, where the program says so.

An axis order is never inferred from a rank: it comes from an operation that defines one (a convolution's output is NCHW) and
travels through operations that keep the shape. Where nothing defines it, the dims are '' and the array keeps PyTorch's
axis order in `.mat` files.
"""

from torch import Tensor
from torch.fx import Node

from xverify.program.layers import Network, operation_of

_SPATIAL = {1: "NCL", 2: "NCHW", 3: "NCDHW"}

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
    if operation in _CHANNELS_SECOND:
        return _SPATIAL[_CHANNELS_SECOND[operation]] if rank == _CHANNELS_SECOND[operation] + 2 else ""
    if operation in _CHANNELS_SECOND_ANY_RANK:
        return "NC" if rank == 2 else _SPATIAL.get(rank - 2, "")
    sources = [source for source in node.all_input_nodes if dims.get(source)]
    if operation in {"linear", "addmm", "mm"} and rank == 2 and value.shape[0] == batch:
        return "NC"
    if (
        operation in {"view", "_unsafe_view", "reshape", "flatten", "squeeze"}
        and rank == 2
        and value.shape[0] == batch
        and sources
    ):
        return "NC"
    if operation == "mean" and sources:
        kept = dims[sources[0]]
        return kept if rank == len(kept) else ("NC" if rank == 2 and value.shape[0] == batch else "")
    if operation in _KEEPS_AXES or (operation == "linear" and rank == 2):
        return next((dims[source] for source in sources if len(dims[source]) == rank), "")
    return ""


def _meaning_by_readers(node: Node) -> str:
    if not isinstance(node.meta.get("val"), Tensor):  # a tuple, or the program's output
        return ""
    rank = node.meta["val"].dim()
    for reader in node.users:
        operation = operation_of(reader)
        if operation in _CHANNELS_SECOND and rank == _CHANNELS_SECOND[operation] + 2:
            return _SPATIAL[rank - 2]
        if operation in _CHANNELS_SECOND_ANY_RANK and rank > 2:
            return _SPATIAL.get(rank - 2, "")
        if operation in {"linear", "addmm"} and rank == 2:
            return "NC"
        if operation in _KEEPS_AXES and (further := _meaning_by_readers(reader)):
            return further
    return ""
