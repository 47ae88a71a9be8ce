"""Writes a state_dict: `.safetensors`, or `.pt` as torch.save does. The file is there whole or not at all."""

import uuid
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xverify.errors import XverifyError

SUFFIXES = (".safetensors", ".pt", ".pth")


def require_target(path: Path, *, force: bool) -> None:
    """Refuses a file that cannot be written, before the work and not after it.

    Raises:
        XverifyError: Another suffix, an existing file without `force`, or a folder that does not exist.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise XverifyError(f"{path} is neither .safetensors nor .pt.", f"Known endings: {', '.join(SUFFIXES)}.")
    if path.is_dir():
        raise XverifyError(f"{path} is a folder.", "Choose another file.")
    if path.exists() and not force:
        raise XverifyError(f"{path} exists already.", "Choose another file, or replace it with --force.")
    if not path.resolve().parent.is_dir():
        raise XverifyError(f"{path.parent} is no folder.", "Create it first.")


def write_state(path: Path, arrays: Mapping[str, NDArray[Any]], about: Mapping[str, str]) -> None:
    """Writes the arrays.

    Args:
        path: The file, checked by `require_target`.
        arrays: By name in the state_dict.
        about: Texts for a safetensors file's own description; a .pt has no place for it.

    Raises:
        XverifyError: The file cannot be written.
        ModuleNotFoundError: safetensors, or torch for a .pt, is not installed.
    """
    data = _safetensors(arrays, about) if path.suffix.lower() == ".safetensors" else _pickled(arrays)
    target = path.resolve()
    partial = target.with_name(f".xverify-{uuid.uuid4().hex}.partial")
    try:
        partial.write_bytes(data)
        partial.replace(target)
    except OSError as error:
        raise XverifyError(f"{path} cannot be written: {error.strerror}.", "Write it elsewhere.") from error
    finally:
        partial.unlink(missing_ok=True)


def _safetensors(arrays: Mapping[str, NDArray[Any]], about: Mapping[str, str]) -> bytes:
    from safetensors.numpy import save  # noqa: PLC0415 - optional, and only for this ending

    content = {name: np.ascontiguousarray(array).reshape(array.shape) for name, array in arrays.items()}
    data: bytes = save(content, metadata={"format": "pt", **about})
    return data


def _pickled(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    import torch  # noqa: PLC0415 - seconds to import, and only for this ending

    stream = BytesIO()
    torch.save({name: torch.from_numpy(np.array(array)) for name, array in arrays.items()}, stream)
    return stream.getvalue()
