"""Where and how a bundle was made: what a reader needs to reproduce a number."""

import datetime as dt
import platform
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch

from xverify.bundle.manifest import Environment
from xverify.version import VERSION


def environment(seed: int, command: str) -> Environment:
    """This machine, its versions and threads."""
    return Environment(
        xverify=VERSION,
        python=platform.python_version(),
        torch=str(torch.__version__),
        onnx=onnx.__version__,
        onnxruntime=onnxruntime.__version__,
        numpy=np.__version__,
        platform=platform.platform(),
        cpu=_cpu_model(),
        cpu_capability=torch.backends.cpu.get_cpu_capability(),
        torch_threads=torch.get_num_threads(),
        seed=seed,
        date=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        command=command,
    )


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown"
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")),
        platform.processor() or "unknown",
    )
