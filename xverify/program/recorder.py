"""Runs the exported program once in float32, in float64 and with jitter, all in step, and measures how far they part.

Every run advances node by node, and a value is freed after its last reader: memory holds the live values of each run and
the recorded float32 layers, never a whole network per run. Truth is float64:

- accumulated: the whole program in float64;
- local: each node alone in float64, on the RECORDED float32 inputs.

Integer and boolean values (argmax, topk's indices, masks) replay from the float32 run: a near tie that float64 breaks
otherwise would send the runs down different branches, and their difference would no longer be rounding.
"""

import operator
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.fx import Node
from torch.utils import _pytree as pytree

from xverify.program.capture import Arguments
from xverify.program.distance import Distance, channel_extremes, distance, largest_magnitude
from xverify.program.execution import call, feeds, last_uses, to_float64
from xverify.program.layers import Network, maker_of, operation_of
from xverify.program.noise import generator, is_plain_mean, jittered, sequential_mean
from xverify.program.operations import (
    BATCH_NORM,
    absolute_operands,
    channel_axis,
    is_exact,
    is_float,
    rounding_factor,
)

WIDE = 100.0
"""Largest over smallest channel from which each channel is judged by its own size."""

FEW_OUTPUTS = 1024
"""Up to this many elements a layer's magnitude is that of op(|x|, |w|) + |b|: few results may cancel to far less than their terms."""


@dataclass(frozen=True)
class Recorded:
    """What the runs say about one layer."""

    value: NDArray[Any]
    """PyTorch's float32 value (or integers, booleans), contiguous, owned."""
    float32_error: Distance | None = None
    """Accumulated float32 against accumulated float64; None without float64."""
    accumulated: Distance | None = None
    """The largest distance of any float32 run from the truth; None where the layer is not floating point."""
    local: Distance | None = None
    """float32 against float64 on the recorded inputs; None without float64 or for other types."""
    magnitude: float = 0.0
    cancelling: bool = False
    """Whether `magnitude` is that of op(|x|, |w|) + |b|."""
    exact: bool = False
    rounding_factor: float = 1.0
    unavailable: str = ""
    notes: tuple[str, ...] = ()
    channels: "Channels | None" = None


@dataclass(frozen=True)
class Channels:
    """The same numbers for each channel, where channels differ in size by more than `WIDE`; each of shape (channels,)."""

    axis: int
    magnitude: NDArray[np.float64]
    accumulated: NDArray[np.float64]
    local: NDArray[np.float64] | None


@dataclass
class _Run:
    """One way of running the program: its live values, and what is done to the inputs and to certain nodes."""

    name: str
    values: dict[Node, Any] = field(default_factory=dict)
    jitter: torch.Generator | None = None
    double: bool = False
    sequential_means: bool = False
    unavailable: dict[Node, str] = field(default_factory=dict)


class Recorder:
    """Runs a network in step and yields what it learned of each layer, in topological order."""

    def __init__(
        self, network: Network, inputs: Arguments, *, noise_runs: int, seed: int, float64: bool = True
    ) -> None:
        self.network = network
        self._feeds = feeds(network, inputs)
        self._layers = {layer.node for layer in network.layers}
        self._last_use = last_uses(network)
        self.main = _Run("float32")
        self.double = _Run("float64", double=True)
        self.noisy = [_Run(f"jitter {i}", jitter=generator(seed + i)) for i in range(noise_runs)]
        self.noisy.append(_Run("sequential means", sequential_means=True))
        self._float64 = float64
        self._local: dict[Node, Any] = {}

    def __iter__(self) -> Iterator[tuple[Node, Recorded]]:
        for node in self.network.program.graph.nodes:
            if node.op == "output":
                break
            with torch.no_grad():  # not around the yield: the caller's own mode is not ours to change
                notes = self._advance(node)
                recorded = self._recorded(node, notes) if node in self._layers else None
            if recorded is not None:
                yield node, recorded
            self._release(node)

    def _advance(self, node: Node) -> tuple[str, ...]:
        if node.op == "placeholder":
            self._place(node)
            return ()
        if node.op != "call_function":
            raise NotImplementedError(f"a {node.op} node ({node.name}) in the exported program")
        self.main.values[node] = call(node, self.main.values)
        notes = [self._advance_double(node)] if self._float64 else []
        self._advance_local(node)
        for run in self.noisy:
            self._advance_noisy(run, node)
        return tuple(note for note in notes if note)

    def _place(self, node: Node) -> None:
        value, is_input = self._feeds[node.name]
        self.main.values[node] = value
        for run in self.noisy:
            run.values[node] = jittered(value, run.jitter) if is_input and run.jitter else value
        if self._float64:
            self.double.values[node] = to_float64(value)

    def _advance_double(self, node: Node) -> str:
        cause = next(
            (self.double.unavailable[source] for source in node.all_input_nodes if source in self.double.unavailable),
            "",
        )
        if not cause:
            try:
                own = call(node, self.double.values, double=True)
            except (RuntimeError, TypeError, ValueError, NotImplementedError) as error:
                cause = f"{node.name} does not run in float64 ({str(error).splitlines()[0][:120]})"
            else:
                cause = _stays_below(own, node)
        if cause:
            self.double.unavailable[node] = cause
            return ""
        self.double.values[node], differing = _replayed(own, self.main.values[node])
        return f"{differing} choices differ in float64 (near ties); float32's were replayed" if differing else ""

    def _advance_local(self, node: Node) -> None:
        if not self._float64 or (node not in self._layers and not _is_tuple(self.main.values[node])):
            return
        if node.target is operator.getitem:
            if node.args[0] in self._local:  # otherwise the tuple has no float64 truth, and neither has its element
                self._local[node] = call(node, self._local)
            return
        try:
            own = call(node, self.main.values, double=True, lift=True)
        except (RuntimeError, TypeError, ValueError, NotImplementedError):
            return
        if not _stays_below(own, node):
            self._local[node] = own

    def _advance_noisy(self, run: _Run, node: Node) -> None:
        if run.sequential_means and is_plain_mean(node) and is_float(run.values[node.all_input_nodes[0]]):
            own: Any = sequential_mean(run.values[node.all_input_nodes[0]], node)
        elif all(run.values[source] is self.main.values[source] for source in node.all_input_nodes):
            own = self.main.values[node]  # nothing upstream has moved: the same value, at no cost
            if run.jitter and node in self._layers and is_float(own) and not self._reads_float_layer(node):
                own = jittered(own, run.jitter)  # a network of integer inputs begins here (embedding)
        else:
            own = _replayed(call(node, run.values), self.main.values[node])[0]
        run.values[node] = own

    def _reads_float_layer(self, node: Node) -> bool:
        return any(source in self._layers and is_float(self.main.values[source]) for source in node.all_input_nodes)

    def _recorded(self, node: Node, notes: tuple[str, ...]) -> Recorded:
        value: Tensor = self.main.values[node]
        array = value.detach().numpy().copy(order="C")  # (ascontiguousarray would make a scalar a vector)
        exact = is_exact(node)
        if not value.is_floating_point():
            return Recorded(array, exact=True, notes=notes)
        truth = self.double.values.get(node)
        unavailable = self.double.unavailable.get(node, "") if self._float64 else "float64 was switched off"
        base = value if truth is None else truth
        own = None if truth is None else distance(value, truth)
        runs = [distance(run.values[node], base) for run in self.noisy] + ([own] if own else [])
        local = self._local.get(node)
        magnitude, cancelling = self._magnitude(node, value)
        return Recorded(
            value=array,
            float32_error=own,
            accumulated=Distance(max(d.max for d in runs), max(d.rms for d in runs)),
            local=None if local is None else distance(value, local),
            magnitude=magnitude,
            cancelling=cancelling,
            exact=exact,
            rounding_factor=rounding_factor(node) if not exact else 0.0,
            unavailable=unavailable,
            notes=notes,
            channels=self._channels(node, value, base, local),
        )

    def _magnitude(self, node: Node, value: Tensor) -> tuple[float, bool]:
        largest = largest_magnitude(value)
        if operation_of(node) in BATCH_NORM or (value.numel() <= FEW_OUTPUTS and absolute_operands(node)):
            return max(largest, largest_magnitude(self._absolute(node))), True
        return largest, False

    def _absolute(self, node: Node) -> Tensor:
        """The sum of the magnitudes of the terms that an affine operation adds: op(|x|, |w|) + |b|."""
        if operation_of(node) in BATCH_NORM:
            return _absolute_batch_norm(maker_of(node), self.main.values)
        absolute: Tensor = call(node, self.main.values, lift=True, change=torch.abs)
        return absolute

    def _channels(self, node: Node, value: Tensor, truth: Tensor, local: Tensor | None) -> Channels | None:
        axis = channel_axis(node)
        if axis is None or value.numel() == 0:
            return None
        sizes = channel_extremes(value, axis)
        if not sizes.any() or sizes.max() <= WIDE * sizes[sizes > 0].min():
            return None
        runs = [value, *(run.values[node] for run in self.noisy)]
        return Channels(
            axis=axis,
            magnitude=np.maximum(sizes, channel_extremes(self._absolute(node), axis)),
            accumulated=np.max([channel_extremes(run - truth, axis) for run in runs], axis=0),
            local=None if local is None else channel_extremes(value - local, axis),
        )

    def _release(self, node: Node) -> None:
        for done in self._last_use.get(node, ()):
            for run in (self.main, self.double, *self.noisy):
                run.values.pop(done, None)
            self._local.pop(done, None)


def _is_tuple(value: Any) -> bool:
    return isinstance(value, (tuple, list))


def _stays_below(value: Any, node: Node) -> str:
    low = [leaf.dtype for leaf in pytree.tree_leaves(value) if is_float(leaf) and leaf.dtype != torch.float64]
    return f"{node.name} stays {str(low[0]).removeprefix('torch.')}" if low else ""


def _absolute_batch_norm(node: Node, values: Mapping[Node, Any]) -> Tensor:
    """|x| s + |mean| s + |bias| with s = |weight| / sqrt(var + eps): BatchNorm may cancel a large mean."""
    operands: list[Any] = [values[arg] if isinstance(arg, Node) else arg for arg in node.args]
    x, weight, bias, mean, variance = operands[:5]
    scale = torch.rsqrt(variance + operands[-1])
    scale = scale if weight is None else scale * weight.abs()
    shift = mean.abs() * scale + (0.0 if bias is None else bias.abs())
    along = (1, -1) + (1,) * (x.dim() - 2)
    absolute: Tensor = x.abs() * scale.reshape(along) + shift.reshape(along)
    return absolute


def _replayed(own: Any, recorded: Any) -> tuple[Any, int]:
    """`own` with its integer and boolean tensors replaced by the recorded ones; and how many of their elements differed."""
    leaves, structure = pytree.tree_flatten(own)
    recorded_leaves = pytree.tree_leaves(recorded)
    differing, result = 0, []
    for leaf, reference in zip(leaves, recorded_leaves, strict=True):
        if isinstance(leaf, Tensor) and not leaf.is_floating_point():
            differing += int((leaf != reference).sum()) if leaf.shape == reference.shape else reference.numel()
            result.append(reference)
        else:
            result.append(leaf)
    return pytree.tree_unflatten(result, structure), differing
