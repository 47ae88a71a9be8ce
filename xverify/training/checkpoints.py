"""A run's weights and state on disk: safetensors and JSON, never pickle, and never half written.

One file, `training-state.safetensors`, holds all that resuming needs and is replaced in one step after every epoch.
All other files of a run folder are made from it, so an interruption between two of them loses nothing.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from xverify.errors import XverifyError
from xverify.training.journal import Journal
from xverify.training.loop import Learner

STATE_FILE = "training-state.safetensors"
STATE_VERSION = 2  # 2 added the averaged weights; a state of version 1 has none, and its recipe neither

Tensors = dict[str, Tensor]

_GROUPS = ("weights", "optimizer", "best", "average")

# One key: safetensors writes several in no fixed order, and equal runs should give equal files.
_METADATA_KEY = "xverify"


class _StateHeader(msgspec.Struct, frozen=True, kw_only=True):
    version: int
    journal: Journal


@dataclass(frozen=True)
class TrainingState:
    """A run after its last finished epoch.

    Attributes:
        journal: What the run has done.
        weights: What the optimizer continues with.
        optimizer: Its state.
        best: The weights that are kept of the journal's best epoch.
        average: The average of the weights, where the recipe keeps one.
    """

    journal: Journal
    weights: Tensors
    optimizer: Tensors
    best: Tensors
    average: Tensors = field(default_factory=dict)

    @property
    def judged(self) -> Tensors:
        """The weights that were evaluated after the last epoch: the average, where there is one."""
        return self.average or self.weights


def write_atomically(path: Path, content: bytes) -> None:
    """Writes a file that is at any moment either the old one or the new one, whole, also after a power cut.

    Raises:
        XverifyError: the file cannot be written. The old one stays, and a full disk is not left fuller.
    """
    temporary = path.with_name(f"{path.name}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise XverifyError(
            f"{path} cannot be written: {error.strerror}.",
            "What was there before is whole. Free some space or mend the folder, then continue with --resume.",
        ) from error


def write_weights(path: Path, weights: Tensors, description: Mapping[str, str | int | float]) -> None:
    """Writes a state_dict; the description becomes JSON under the metadata key `xverify`."""
    write_atomically(path, save(weights, {_METADATA_KEY: msgspec.json.encode(description).decode()}))


def write_state(folder: Path, state: TrainingState) -> None:
    """Replaces the folder's state: the one step that makes an epoch count as done."""
    groups = {name: getattr(state, name) for name in _GROUPS}
    tensors = {f"{group}/{name}": tensor for group, members in groups.items() for name, tensor in members.items()}
    header = msgspec.json.encode(_StateHeader(version=STATE_VERSION, journal=state.journal)).decode()
    write_atomically(folder / STATE_FILE, save(tensors, {_METADATA_KEY: header}))


def read_state(folder: Path) -> TrainingState:
    """The state that the folder's run was last in.

    Raises:
        XverifyError: there is none, it is damaged, or another version of xverify wrote it.
    """
    path = folder / STATE_FILE
    if not path.is_file():
        raise XverifyError(f"{folder} holds no training run: there is no {STATE_FILE}.", "Start one without --resume.")
    try:
        with safe_open(path, framework="pt") as file:
            header = msgspec.json.decode(file.metadata()[_METADATA_KEY], type=_StateHeader)
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - it is no mapping
    except (SafetensorError, msgspec.MsgspecError, KeyError, TypeError) as error:
        raise XverifyError(f"{path} cannot be read: {error}", "Train again into a new folder.") from error
    if header.version > STATE_VERSION:
        raise XverifyError(
            f"{path} has format version {header.version}; this xverify reads up to version {STATE_VERSION}.",
            "Continue with the version of xverify that run.json names.",
        )
    groups: dict[str, Tensors] = {name: {} for name in _GROUPS}
    for name, tensor in tensors.items():
        group, _, member = name.partition("/")
        groups[group][member] = tensor
    return TrainingState(header.journal, **groups)


def weights_of(network: nn.Module) -> Tensors:
    """A copy of a network's state_dict on the CPU, contiguous as safetensors wants it."""
    return {name: _copied(tensor) for name, tensor in network.state_dict().items()}


def average_of(learner: Learner) -> Tensors:
    """A copy of the average's state_dict, BatchNorm statistics and all; empty where none is kept."""
    return weights_of(learner.average) if learner.average is not None else {}


def optimizer_state_of(learner: Learner) -> Tensors:
    """A copy of the optimizer's state by name: `exp_avg/features.0.weight` and so on. Empty before the first step."""
    return {
        f"{kind}/{name}": _copied(tensor)
        for name, parameter in learner.network.named_parameters()
        for kind, tensor in learner.optimizer.state[parameter].items()
        if isinstance(tensor, Tensor)  # without momentum, sgd keeps a None
    }


def restore(learner: Learner, state: TrainingState) -> None:
    """Puts a state back into a learner, in the memory layout it had: another layout could round otherwise.

    Raises:
        XverifyError: the state is that of another network.
    """
    _load(learner.network, state.weights)
    if learner.average is not None:
        _load(learner.average, state.average)
    parameters = dict(learner.network.named_parameters())
    for key, tensor in state.optimizer.items():
        kind, _, name = key.partition("/")
        learner.optimizer.state[parameters[name]][kind] = _placed_like(parameters[name], tensor, learner)


def _load(network: nn.Module, weights: Tensors) -> None:
    try:
        network.load_state_dict(weights)
    except RuntimeError as error:
        reason = str(error).splitlines()[1].strip() if "\n" in str(error) else str(error)
        raise XverifyError(
            f"{STATE_FILE} is of another network: {reason}", "Resume with the file that the run itself wrote."
        ) from error


def _copied(tensor: Tensor) -> Tensor:
    return tensor.detach().cpu().clone(memory_format=torch.contiguous_format)


def _placed_like(parameter: Tensor, tensor: Tensor, learner: Learner) -> Tensor:
    if tensor.shape == parameter.shape:
        return torch.empty_like(parameter, memory_format=torch.preserve_format).detach().copy_(tensor)
    # Adam's step count: a scalar on the CPU, but for fused kernels, which read it on the device.
    fused = any(group.get("fused") for group in learner.optimizer.param_groups)
    return tensor.to(parameter.device, copy=True) if fused else tensor.clone()
