"""What `xverify evaluate-parity` costs beside the forward passes of both sides, and whether its memory grows with the data set.

python benchmarks/parity.py DATA      DATA: CIFAR-10 as torchvision keeps it, or as a folder of images

Time: evaluate-parity against onnxruntime on all test images, over the forward passes of PyTorch and onnxruntime alone on tensors that
lie ready, in the batches that evaluate-parity uses. Both run in turn in one process; the figure is the median of RUNS pairs.
Memory: the peak of a process that compares all samples, over that of one that compares a tenth of them.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from xverify.cli.main import invoke
from xverify.datasets.batches import in_batches
from xverify.runtimes.onnx_answers import OnnxAnswers
from xverify.workflows import evaluate_parity as workflow
from xverify.workflows.rebuilt_network import Origin, RebuiltNetwork, rebuild

FIXTURE = Path(__file__).parents[1] / "fixtures" / "cifar10_net"
RUNS, TARGET, MEMORY_TARGET = 3, 1.3, 1.1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--samples", type=int, help="all if not given")
    parser.add_argument("--only", choices=["time", "memory"])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="xverify-") as folder:
        bundle = Path(folder) / "cifar10"
        export = [
            "export",
            "cifar10",
            "--weights",
            FIXTURE / "checkpoint.safetensors",
            "--classes",
            FIXTURE / "classes.txt",
        ]
        assert invoke([*map(str, export), "-o", str(bundle), "-q"]) == 0
        request = workflow.ParityRequest(
            bundle, options.data, limit=options.samples, weights=FIXTURE / "checkpoint.safetensors"
        )
        if options.only in (None, "time"):
            _time(request, options.runs)
        if options.only in (None, "memory"):
            _memory(request)


def _time(request: workflow.ParityRequest, runs: int) -> None:
    case = workflow.open_case(request)
    network = rebuild(case.bundle, case.network.output, Origin(weights=request.weights))
    other = OnnxAnswers(case.bundle)
    tensors = [part.tensor for part in workflow.samples_of(case, network)]
    pairs = [(_ours(request), _forwards(tensors, network, other)) for _ in range(runs)]
    ratios = [ours / alone for ours, alone in pairs]
    ratio = statistics.median(ratios)
    ours, alone = (statistics.median(column) for column in zip(*pairs, strict=True))
    print(
        f"xverify evaluate-parity on {len(case.chosen)} samples / forward passes alone: {ratio:.2f} (from {min(ratios):.2f} to "
        f"{max(ratios):.2f}, {runs} pairs; {ours:.1f} s / {alone:.1f} s), target {TARGET:g}: {'ok' if ratio <= TARGET else 'MISSED'}",
        flush=True,
    )


def _ours(request: workflow.ParityRequest) -> float:
    start = time.perf_counter()
    assert workflow.evaluate_parity(request).passed
    return time.perf_counter() - start


def _forwards(tensors: Sequence[NDArray[np.float32]], network: RebuiltNetwork, other: OnnxAnswers) -> float:
    start = time.perf_counter()
    for tensor in tensors:
        in_batches(network.run, tensor, None if network.any_batch else network.batch)
        in_batches(other.run, tensor, other.batch)
    return time.perf_counter() - start


def _memory(request: workflow.ParityRequest) -> None:
    total = len(workflow.open_case(request).chosen)
    few, all_of_them = (_peak(request, count) for count in (total // 10, total))
    ratio = all_of_them / few
    print(
        f"peak memory with {total} samples / with {total // 10}: {ratio:.2f} ({all_of_them / 1e6:.0f} MB / {few / 1e6:.0f} MB), "
        f"target {MEMORY_TARGET:g}: {'ok' if ratio <= MEMORY_TARGET else 'MISSED'}",
        flush=True,
    )


def _peak(request: workflow.ParityRequest, samples: int) -> int:
    command = [
        "-m",
        "xverify",
        "evaluate-parity",
        str(request.bundle),
        "--data",
        str(request.data),
        "--limit",
        str(samples),
        "-q",
    ]
    command += ["--weights", str(request.weights)]
    process = subprocess.Popen([sys.executable, *command])
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0
    return usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)


if __name__ == "__main__":
    main()
