"""`--weights FILE`: reads a state_dict without running code from the file, and loads it whole or not at all."""

import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from xverify.errors import XverifyError

_WRAPPERS = ("state_dict", "model_state_dict", "model")
_PREFIXES = ("module.", "_orig_mod.")  # of DataParallel and of torch.compile
_LISTED = 20
_SAVE_STATE_DICT = "Save the weights alone: torch.save(model.state_dict(), path), or safetensors.torch.save_file(model.state_dict(), path)."


@dataclass(frozen=True)
class WeightsFile:
    """A state_dict on the CPU.

    Attributes:
        file: The file's name, without its folder.
        sha256: Of the file's bytes, in hexadecimal.
        state: Parameters and buffers by name.
        notes: What was done to read it.
    """

    file: str
    sha256: str
    state: Mapping[str, Tensor]
    notes: tuple[str, ...] = ()


def read_weights(path: Path) -> WeightsFile:
    """Reads a .safetensors file, or what torch.save wrote (with weights_only: tensors and plain containers).

    A state_dict under the key `state_dict`, `model_state_dict` or `model` is taken out.

    Raises:
        XverifyError: The file is missing or damaged, holds pickled objects, or holds no state_dict.
    """
    if not path.is_file():
        raise XverifyError(
            f"There is no weights file {path}.", "--weights takes .safetensors, or .pt/.pth from torch.save."
        )
    content = _read_safetensors(path) if path.suffix.lower() == ".safetensors" else _read_torch(path)
    state, keys = _state_dict_in(content, path)
    notes = tuple(f"took the weights from the checkpoint's entry '{key}'" for key in keys)
    return WeightsFile(path.name, file_sha256(path), state, notes)


def file_sha256(path: Path) -> str:
    """The sha256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def load_weights(model: nn.Module, weights: WeightsFile) -> tuple[str, ...]:
    """Loads the weights into the model, in place; the prefixes `module.` and `_orig_mod.` are stripped where needed.

    Returns:
        What was done, for the user.

    Raises:
        XverifyError: Missing, unexpected or different entries, with their names. The model is of no use then.
    """
    expected = model.state_dict()
    state, notes = _stripped(weights.state, expected)
    unlike = {name: text for name, tensor in state.items() if (text := _difference(tensor, expected.get(name)))}
    result = model.load_state_dict({name: tensor for name, tensor in state.items() if name not in unlike}, strict=False)
    problems = [
        _listed("missing", [name for name in result.missing_keys if name not in unlike]),
        _listed("unexpected", result.unexpected_keys),
        _listed("different", [f"{name} ({text})" for name, text in unlike.items()]),
    ]
    if any(problems):
        raise XverifyError(
            "\n".join([f"{weights.file} does not hold the weights of this network.", *filter(None, problems)]),
            "Build the network as it was trained, with its number of classes for instance: in a factory, file.py:factory.",
        )
    return (*notes, *_conversions(state, expected))


def _read_safetensors(path: Path) -> Any:
    try:
        return load_file(path)
    except (SafetensorError, OSError, ValueError) as error:
        raise XverifyError(f"{path} is not a whole safetensors file: {error}", "Copy or save it again.") from error


def _read_torch(path: Path) -> Any:
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # pickled objects, damaged zip archives, truncated tensors, other formats
        raise _refusal(path, error) from error


def _refusal(path: Path, error: Exception) -> XverifyError:
    pickled = re.search(r"GLOBAL (\S+)", str(error))
    if pickled:
        return XverifyError(
            f"{path} is refused: it holds a pickled {pickled[1]}, and loading a pickle can run any code.",
            _SAVE_STATE_DICT,
        )
    if "TorchScript" in str(error):
        return XverifyError(f"{path} is a TorchScript program, not a state_dict.", _SAVE_STATE_DICT)
    text = f"{type(error).__name__}: {error}".splitlines()[0][:200]
    return XverifyError(
        f"torch cannot read {path}: {text}", "--weights takes .safetensors, or .pt/.pth from torch.save."
    )


def _state_dict_in(content: Any, path: Path) -> tuple[Mapping[str, Tensor], tuple[str, ...]]:
    """The state_dict inside a checkpoint, and the keys under which it was found."""
    keys: list[str] = []
    while isinstance(content, Mapping) and (
        key := next((k for k in _WRAPPERS if isinstance(content.get(k), Mapping)), None)
    ):
        keys.append(key)
        content = content[key]
    if isinstance(content, Mapping) and content and all(isinstance(value, Tensor) for value in content.values()):
        return content, tuple(keys)
    if isinstance(content, Mapping):
        held = f"a dict of {', '.join(map(str, list(content)[:_LISTED])) or 'nothing'}"
    else:
        held = f"a {type(content).__name__}"
    raise XverifyError(
        f"{path} holds no state_dict, but {held}.",
        f"It is looked for at the top and under {', '.join(_WRAPPERS)}. {_SAVE_STATE_DICT}",
    )


def _stripped(state: Mapping[str, Tensor], expected: Mapping[str, Any]) -> tuple[Mapping[str, Tensor], tuple[str, ...]]:
    """The entries under the model's names; a prefix that the model itself has stays."""
    notes: tuple[str, ...] = ()
    while prefix := next((p for p in _PREFIXES if _all_begin(state, p) and not _all_begin(expected, p)), None):
        state = {name.removeprefix(prefix): tensor for name, tensor in state.items()}
        notes += (f"stripped '{prefix}' from the names in the weights file",)
    return state, notes


def _all_begin(names: Mapping[str, Any], prefix: str) -> bool:
    return bool(names) and all(name.startswith(prefix) for name in names)


def _difference(given: Tensor, expected: Any) -> str:
    """Why the tensor cannot take the place of the model's own, or nothing."""
    if not isinstance(expected, Tensor) or is_lazy(expected):
        return ""
    if given.shape != expected.shape:
        return f"shape {_shape(given)} in the file, {_shape(expected)} in the network"
    if given.is_floating_point() != expected.is_floating_point():
        return f"{_dtype(given)} in the file, {_dtype(expected)} in the network"
    return ""


def _listed(what: str, names: Sequence[str]) -> str:
    if not names:
        return ""
    rest = f", and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return f"{what} ({len(names)}): {', '.join(names[:_LISTED])}{rest}"


def _conversions(state: Mapping[str, Tensor], expected: Mapping[str, Any]) -> tuple[str, ...]:
    changed = Counter(
        (_dtype(tensor), _dtype(expected[name]))
        for name, tensor in state.items()
        if name in expected and tensor.dtype != expected[name].dtype
    )
    return tuple(
        f"{count} entries of the weights file converted from {old} to {new}" for (old, new), count in changed.items()
    )


def _shape(tensor: Tensor) -> str:
    return "x".join(map(str, tensor.shape)) or "scalar"


def _dtype(tensor: Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")
