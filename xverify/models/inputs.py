"""The inputs that a network is verified on: seeded noise of the shapes that the user gives, or the user's own data."""

import inspect
import math
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils import _pytree as pytree

from xverify.errors import XverifyError
from xverify.models.input_specs import InputSpec, parse_input
from xverify.models.loading import LoadedModel

_POSITIONAL = re.compile(r"arr_([0-9]+)")  # the names that numpy.savez gives to arrays without one


@dataclass(frozen=True)
class Inputs:
    """Arguments of forward(), and what to tell the user about them."""

    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    notes: tuple[str, ...]


def make_inputs(loaded: LoadedModel, shapes: Sequence[str], data: Path | None, seed: int) -> Inputs:
    """The inputs that the user asks for; else those that came with the model; else noise of the model's usual shape.

    Noise has mean 0 and deviation 1; integers are uniform from 0 up to their bound, booleans fair.

    Args:
        loaded: The model; its forward() must accept the inputs.
        shapes: `[NAME=]SHAPE[:DTYPE[<BOUND]]`; those without a name are positional, in order.
        data: A .npy file (the only input) or a .npz file (forward()'s names; arr_0, arr_1, ... are positional).
        seed: Of the noise.

    Raises:
        XverifyError: Unreadable shapes or data, or inputs that forward() does not have.
    """
    if shapes and data:
        raise XverifyError("--input and --inputs exclude each other.", "A file's arrays have their own shapes.")
    if data:
        inputs = _from_file(data)
    elif shapes:
        inputs = _noise([parse_input(text) for text in shapes], seed)
    elif loaded.example:
        args, kwargs = pytree.tree_map_only(Tensor, lambda tensor: tensor.detach().clone(), loaded.example)
        inputs = Inputs(args, kwargs, ("inputs are those that came with the model",))
    elif loaded.default_shape:
        inputs = _noise([parse_input("x".join(map(str, loaded.default_shape)))], seed)
    else:
        raise XverifyError(
            f"The shape of the inputs of {loaded.source} is not known: forward({_parameters(loaded.model)}).",
            "Give --input SHAPE (e.g. 2x3x32x32, or name=SHAPE for several), or --inputs FILE.npz; or let the factory return (model, example_inputs).",
        )
    _require_fit(loaded.model, inputs)
    return inputs


def _noise(specs: Sequence[InputSpec], seed: int) -> Inputs:
    generator = torch.Generator().manual_seed(seed % 2**63)
    args: list[Tensor] = []
    kwargs: dict[str, Tensor] = {}
    for spec in specs:
        if spec.name in kwargs:
            raise XverifyError(f"--input {spec.name}=... is given twice.", "Each input has one shape.")
        tensor = _draw(spec, generator)
        if spec.name:
            kwargs[spec.name] = tensor
        else:
            args.append(tensor)
    return Inputs(tuple(args), kwargs, tuple(f"input {_described(spec)} is noise (seed {seed})" for spec in specs))


def _draw(spec: InputSpec, generator: torch.Generator) -> Tensor:
    if spec.dtype == torch.float32:
        return torch.randn(spec.shape, generator=generator)
    below = 2 if spec.dtype == torch.bool else spec.below
    return torch.randint(0, below, spec.shape, generator=generator).to(spec.dtype)


def _described(spec: InputSpec) -> str:
    shape = "x".join(map(str, spec.shape)) or "scalar"
    return " ".join(filter(None, [spec.name, shape, str(spec.dtype).removeprefix("torch.")]))


def _from_file(path: Path) -> Inputs:
    arrays = _arrays(path)
    tensors = {name: _tensor(array, name, path) for name, array in arrays.items()}
    positional = sorted((int(match[1]), name) for name in tensors if (match := _POSITIONAL.fullmatch(name)))
    if [index for index, _ in positional] != list(range(len(positional))):
        raise XverifyError(f"{path}: the positional arrays are {', '.join(name for _, name in positional)}.", "They are numbered arr_0, arr_1, ... without a gap.")
    args = tuple(tensors.pop(name) for _, name in positional)
    converted = tuple(
        f"{_array_name(name)} in {path.name} converted from {array.dtype} to float32" for name, array in arrays.items() if _needs_float32(array)
    )
    return Inputs(args, tensors, (f"inputs are those in {path.name}", *converted))


def _arrays(path: Path) -> dict[str, NDArray[Any]]:
    suffix = path.suffix.lower()
    if suffix not in {".npy", ".npz"}:
        raise XverifyError(f"{path} is neither a .npy nor a .npz file.", "Write one with numpy.save or numpy.savez.")
    try:
        content = np.load(path, allow_pickle=False)
        if isinstance(content, np.ndarray):
            return {"arr_0": content}
        with content:
            arrays = {name: content[name] for name in content.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        if "allow_pickle" in str(error):
            ...
        raise XverifyError(f"{path} cannot be read: {error}", "Write it again with numpy.save or numpy.savez.") from error
    if not arrays:
        raise XverifyError(f"{path} holds no arrays.", "Write it with numpy.savez(path, name=array, ...).")
    return arrays
