"""What the other float32 runs do differently: inputs moved by one ulp, and means summed one number after the other."""

from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.fx import Node

from xverify.program.operations import is_float


def generator(seed: int) -> torch.Generator:
    """Random numbers of a seed of any size."""
    return torch.Generator().manual_seed(seed % 2**63)


def jittered(value: Tensor, generator: torch.Generator) -> Tensor:
    """Each element moved one ulp up or down at random: the smallest change of the data that float32 can hold."""
    if not is_float(value):
        return value
    up = torch.randint(0, 2, value.shape, generator=generator, dtype=torch.bool)
    return torch.nextafter(value, torch.where(up, torch.inf, -torch.inf).to(value.dtype))


def is_plain_mean(node: Node) -> bool:
    """Whether `sequential_mean` can compute the node: a mean over axes that it names."""
    return node.target is torch.ops.aten.mean.dim and bool(node.args[1])


def sequential_mean(value: Tensor, node: Node) -> Tensor:
    """A mean summed one float32 at a time, as a plain loop does; torch.cumsum accumulates in double, useless here."""
    axes: Any = node.args[1]  # a list of integers, by the operator's schema
    dims = sorted(int(dim) % value.dim() for dim in axes)
    keep = bool(node.args[2]) if len(node.args) > 2 else bool(node.kwargs.get("keepdim", False))
    array = np.moveaxis(value.numpy(), dims, range(-len(dims), 0))
    flat = np.ascontiguousarray(array).reshape(*array.shape[: array.ndim - len(dims)], -1)
    total = np.add.accumulate(flat, axis=-1, dtype=flat.dtype)[..., -1] / flat.dtype.type(flat.shape[-1])
    result = torch.from_numpy(np.ascontiguousarray(total))
    for dim in dims if keep else ():
        result = result.unsqueeze(dim)
    return result
