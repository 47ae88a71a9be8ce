"""Where to train: resolves `auto`, and makes the chosen device compute what the recipe says."""

import ctypes
import os
from typing import Literal

import torch

from xverify.errors import XverifyError
from xverify.training.recipe import Convolution, Precision

# glibc's mallopt(3): never give a large block its own mapping, never give free memory back, and one pool for all threads.
_M_TRIM_THRESHOLD, _M_MMAP_MAX, _M_ARENA_MAX = -1, -4, -8
_NEVER = 2**31 - 1

DEVICES = ("auto", "cuda", "mps", "cpu")


def choose_device(name: str) -> torch.device:
    """The device of that name; `auto` takes the first available of cuda, mps, cpu.

    Raises:
        XverifyError: the device is not available in this process.
    """
    available = _available()
    if name == "auto":
        return torch.device(available[0])
    if name not in available:
        raise XverifyError(
            f"The device '{name}' is not available.",
            f"Available here: {', '.join(available)}. `--device auto` chooses.",
        )
    return torch.device(name)


def _available() -> list[str]:
    found = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    return [name for name, is_available in found.items() if is_available]


def resolved_precision(precision: Precision, device: torch.device) -> Literal["fp32", "bf16"]:
    """`auto` as what it is on this device: bf16 only where the hardware multiplies it, for elsewhere it is far slower."""
    if precision != "auto":
        return precision
    return "bf16" if _computes_bf16(device) else "fp32"


def resolved_convolution(
    convolution: Convolution, precision: Precision, device: torch.device
) -> Literal["direct", "winograd"]:
    """`auto` as what it is on this device. A GPU's library chooses the algorithm itself."""
    if convolution != "auto":
        return convolution
    return "winograd" if device.type == "cpu" and precision == "fp32" else "direct"


def _computes_bf16(device: torch.device) -> bool:
    if device.type == "cuda":
        # Without emulation: torch says yes to any CUDA device that can store it.
        return torch.cuda.get_device_capability(device) >= (8, 0)
    if device.type == "cpu":
        flags = (getattr(torch.cpu, f"_is_{name}_supported", None) for name in ("avx512_bf16", "amx_tile"))
        return any(flag() for flag in flags if flag is not None)
    return False


def compute_as_told() -> None:
    """Float32 means float32 (no TF32 convolutions), and cuDNN uses the same algorithms in every run."""
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cudnn.benchmark = False
    torch.backends.cudnn.deterministic = True


def keep_freed_memory() -> None:
    """Tells glibc to keep what is freed for what is allocated next, for the rest of this process.

    Every step allocates the same activations again. By default each large one is a new mapping, whose pages the kernel
    clears one by one; without that, a step takes 10 to 20% less time on a CPU. Other C libraries are left as they are.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if os.name == "posix" else None
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, 1)
        mallopt(_M_MMAP_MAX, 0)
        mallopt(_M_TRIM_THRESHOLD, _NEVER)
