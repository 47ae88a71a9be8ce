"""A run's weights and state on disk: safetensors and JSON, never pickle, and never half written.

One file, `training-state.safetensors`, holds all that resuming needs and is replaced in one step after every epoch.
All other files of a run folder are made from it, so an interruption between two of them loses nothing.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from xverify.errors import XverifyError
from xverify.training.journal import Journal
from xverify.training.loop import Learner

STATE_FILE = "training-state.safetensors"
STATE_VERSION = 1

Tensors = dict[str, Tensor]

# One key: safetensors writes several in no fixed order, and equal runs should give equal files.
_METADATA_KEY = "xverify"


class _StateHeader(msgspec.Struct, frozen=True, kw_only=True):
    version: int
    journal: Journal


@dataclass(frozen=True)
class TrainingState:
    """A run after its last finished epoch; `best` holds the weights of the journal's best epoch."""

    journal: Journal
    weights: Tensors
    optimizer: Tensors
    best: Tensors


def write_atomically(path: Path, content: bytes) -> None:
    """Writes a file that is at any moment either the old one or the new one, whole, also after a power cut."""
    temporary = path.with_name(f"{path.name}.tmp")
    with temporary.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def write_weights(path: Path, weights: Tensors, description: Mapping[str, str | int | float]) -> None:
    """Writes a state_dict; the description becomes JSON under the metadata key `xverify`."""
    write_atomically(path, save(weights, {_METADATA_KEY: msgspec.json.encode(description).decode()}))


def write_state(folder: Path, state: TrainingState) -> None:
    """Replaces the folder's state: the one step that makes an epoch count as done."""
    groups = {"weights": state.weights, "optimizer": state.optimizer, "best": state.best}
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
    if header.version != STATE_VERSION:
        raise XverifyError(
            f"{path} has format version {header.version}; this xverify reads version {STATE_VERSION}.",
            "Continue with the version of xverify that run.json names.",
        )
    groups: dict[str, Tensors] = {"weights": {}, "optimizer": {}, "best": {}}
    for name, tensor in tensors.items():
        group, _, member = name.partition("/")
        groups[group][member] = tensor
    return TrainingState(header.journal, **groups)


def weights_of(learner: Learner) -> Tensors:
    """A copy of the network's state_dict on the CPU, contiguous as safetensors wants it."""
    return {name: _copied(tensor) for name, tensor in learner.network.state_dict().items()}


def optimizer_state_of(learner: Learner) -> Tensors:
    """A copy of Adam's state by name: `exp_avg/features.0.weight` and so on. Empty before the first step."""
    return {
        f"{kind}/{name}": _copied(tensor)
        for name, parameter in learner.network.named_parameters()
        for kind, tensor in learner.optimizer.state[parameter].items()
    }


def restore(learner: Learner, state: TrainingState) -> None:
    """Puts a state back into a learner, in the memory layout it had: another layout could round otherwise."""
    learner.network.load_state_dict(state.weights)
    parameters = dict(learner.network.named_parameters())
    for key, tensor in state.optimizer.items():
        kind, _, name = key.partition("/")
        learner.optimizer.state[parameters[name]][kind] = _laid_out_like(parameters[name], tensor)


def _copied(tensor: Tensor) -> Tensor:
    return tensor.detach().cpu().clone(memory_format=torch.contiguous_format)


def _laid_out_like(parameter: Tensor, tensor: Tensor) -> Tensor:
    if tensor.shape != parameter.shape:
        return tensor.clone()  # Adam's step count: a scalar that stays on the CPU
    return torch.empty_like(parameter, memory_format=torch.preserve_format).detach().copy_(tensor)
