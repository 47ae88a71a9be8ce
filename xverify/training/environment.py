"""What a run ran on: recorded beside its result, because another thread count or version may round differently."""

import platform
from importlib import metadata
from pathlib import Path

import msgspec
import torch

from xverify.version import VERSION


class Environment(msgspec.Struct, frozen=True, kw_only=True):
    """Versions and hardware of one session; `gpu` is the CUDA device that trains, else null."""

    xverify: str
    python: str
    torch: str
    torchvision: str | None
    pillow: str | None
    numpy: str | None
    platform: str
    processor: str
    threads: int
    gpu: str | None = None  # runs of before it was recorded have none


def describe_environment(device: torch.device) -> Environment:
    """This process's environment, for what it computes on the device; holds no host or user name."""
    return Environment(
        xverify=VERSION,
        python=platform.python_version(),
        torch=str(torch.__version__),
        torchvision=_version("torchvision"),
        pillow=_version("pillow"),
        numpy=_version("numpy"),
        platform=f"{platform.system()} {platform.machine()}",
        processor=_processor(),
        threads=torch.get_num_threads(),
        gpu=torch.cuda.get_device_name(device) if device.type == "cuda" else None,
    )


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _processor() -> str:
    table = Path("/proc/cpuinfo")  # Linux: platform.processor() is empty there
    lines = table.read_text().splitlines() if table.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor()
