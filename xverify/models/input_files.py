"""`--inputs FILE`: the user's own data, from a .npy or .npz file, without pickle."""

import re
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from xverify.errors import XverifyError

_NUMBERED = re.compile(r"arr_([0-9]+)")  # the names that numpy.savez gives to arrays without one
_SAVE = "Write it with numpy.save(path, array) or numpy.savez(path, name=array, ...)."


def read_inputs(path: Path) -> tuple[tuple[Tensor, ...], dict[str, Tensor], tuple[str, ...]]:
    """Positional inputs, inputs by name, and what was converted.

    The array of a .npy file is the only input; arr_0, arr_1, ... of a .npz file are positional, its other arrays go by
    name. Floating arrays become float32: no other floating type is verified.

    Raises:
        XverifyError: The file cannot be read, or holds something else than numbers.
    """
    arrays = _arrays(path)
    tensors = {name: _tensor(array, f"{name} in {path.name}") for name, array in arrays.items()}
    positional = tuple(tensors.pop(name) for name in _numbered(arrays, path))
    converted = [
        (name, array.dtype) for name, array in arrays.items() if array.dtype.kind == "f" and array.dtype.itemsize != 4
    ]
    return (
        positional,
        tensors,
        tuple(f"{name} in {path.name} converted from {dtype} to float32" for name, dtype in converted),
    )


def _arrays(path: Path) -> dict[str, NDArray[Any]]:
    if path.suffix.lower() not in {".npy", ".npz"}:
        raise XverifyError(f"{path} is neither a .npy nor a .npz file.", _SAVE)
    try:
        content = np.load(path, allow_pickle=False)
        arrays = (
            {"arr_0": content} if isinstance(content, np.ndarray) else {name: content[name] for name in content.files}
        )
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise _unreadable(path, error) from error
    others = [name for name, array in arrays.items() if not isinstance(array, np.ndarray)]
    if others or not arrays:
        raise XverifyError(f"{path} holds {', '.join(others) or 'nothing'}, not arrays.", _SAVE)
    return arrays


def _unreadable(path: Path, error: Exception) -> XverifyError:
    if "Object arrays" in str(error):
        return XverifyError(
            f"{path} is refused: it holds an array of Python objects, which only pickle can read.",
            "Save arrays of numbers.",
        )
    reason = (
        "it is no numpy file" if "pickle" in str(error) else str(error)
    )  # numpy takes any unknown format for a pickle
    return XverifyError(f"{path} cannot be read: {reason}.", _SAVE)


def _tensor(array: NDArray[Any], name: str) -> Tensor:
    if array.dtype.kind not in "fiub":
        raise XverifyError(f"{name} is of type {array.dtype}.", "Inputs are floating numbers, integers or booleans.")
    if array.size == 0:
        raise XverifyError(f"{name} has shape {array.shape}: there is nothing in it.", "Give at least one sample.")
    dtype = np.dtype(np.float32) if array.dtype.kind == "f" else array.dtype.newbyteorder("=")
    with np.errstate(over="ignore"):  # beyond float32's range is Inf, which the export refuses by name
        return torch.from_numpy(array.astype(dtype, order="C"))


def _numbered(arrays: Mapping[str, NDArray[Any]], path: Path) -> list[str]:
    numbers = sorted(int(match[1]) for name in arrays if (match := _NUMBERED.fullmatch(name)))
    if numbers != list(range(len(numbers))):
        raise XverifyError(
            f"{path}: positional arrays are numbered arr_0, arr_1, ... without a gap; it has {numbers}.", _SAVE
        )
    return [f"arr_{number}" for number in numbers]
