"""Where to train: resolves `auto`, and makes the chosen device compute what the recipe says."""

import torch

from xverify.errors import XverifyError

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


def compute_as_told() -> None:
    """Float32 means float32 (no TF32 convolutions), and cuDNN uses the same algorithms in every run."""
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cudnn.benchmark = False
    torch.backends.cudnn.deterministic = True
