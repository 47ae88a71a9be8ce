"""Runs networks in GNU Octave and prints docs/explanation/measured.md's tables of it as Markdown.

python benchmarks/octave.py verdicts    the real networks and two recurrent ones: worst layers and seconds
python benchmarks/octave.py speed       one forward pass, batch 1, against onnxruntime with all layers as outputs
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import onnx
import onnxruntime
import torch

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "networks"))

from real_networks import NETWORKS, export_network, is_available
from recurrent_networks import RECURRENT
from verdicts import explained, worst

import xverify
from xverify.bundle.bundle import Bundle
from xverify.models.loading import load_model
from xverify.workflows.compare import compare

MATLAB_CODE = Path(__file__).parents[1] / "matlab"
RUNS = 5
SPEED = {"cifar10": ((1, 3, 32, 32), 0.1), "resnet18": ((1, 3, 224, 224), 0.5), "vit_b_16": ((1, 3, 224, 224), 2.0)}
"""Network -> shape of its input, and the seconds that one forward pass may take."""

RECURRENT_NETWORKS = ("lstm_classifier", "gru_100_steps")

TIMED = """
start = tic;
addpath(getenv('XVERIFY_CODE'));
bundle = xverify.internal.load_bundle(getenv('XVERIFY_BUNDLE'));
program = xverify.internal.program(bundle);
inputs = xverify.internal.reference_inputs(bundle);
fprintf('%.6f\\n', toc(start));
for k = 1:RUNS + 1
  start = tic;
  values = xverify.internal.execute(program, bundle, inputs);
  fprintf('%.6f\\n', toc(start));
end
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", choices=["verdicts", "speed"])
    parser.add_argument("networks", nargs="*", metavar="NETWORK", help="all if none is named")
    options = parser.parse_args()
    print_table = {"verdicts": _print_verdicts, "speed": _print_speed}[options.table]
    print_table(options.networks)


def _print_verdicts(wanted: list[str]) -> None:
    print("| network | input | layers | compared | verdict | worst local | at | worst accumulated | at | compare s |")
    print("| --- | --- | ---: | ---: | --- | ---: | --- | ---: | --- | ---: |")
    for name, export in _exports():
        if wanted and name not in wanted:
            continue
        with tempfile.TemporaryDirectory(prefix="xverify-") as folder:
            bundle = export(Path(folder) / name)
            start = time.perf_counter()
            comparison = compare(bundle, "octave")
            seconds = time.perf_counter() - start
        if not comparison.passed:
            print(explained(comparison), file=sys.stderr)
        coverage, verdict = comparison.coverage, "PASS" if comparison.passed else "FAIL"
        (local, at), (accumulated, behind) = worst(comparison.layers, "local"), worst(comparison.layers, "accumulated")
        shape = "x".join(map(str, bundle.manifest.inputs[0].shape))
        print(
            f"| {name} | {shape} | {coverage.total} | {coverage.compared / coverage.total:.0%} | {verdict} | {local:.2f} | `{at}` "
            f"| {accumulated:.2f} | `{behind}` | {seconds:.1f} |",
            flush=True,
        )


def _exports() -> Iterator[tuple[str, Callable[[Path], Bundle]]]:
    for name in NETWORKS:
        if is_available(name):
            yield name, lambda path, name=name: export_network(name, path)  # type: ignore[misc]
    for name in RECURRENT_NETWORKS:
        yield name, lambda path, name=name: _recurrent(name, path)  # type: ignore[misc]


def _recurrent(name: str, path: Path) -> Bundle:
    torch.manual_seed(0)
    model, inputs = RECURRENT[name]()
    return xverify.export(model, inputs, path, name=name)


def _print_speed(wanted: list[str]) -> None:
    print("| network | input | Octave: start and load s | forward s | allowed s | onnxruntime, all layers s | ratio |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: |")
    for name, (shape, allowed) in SPEED.items():
        if wanted and name not in wanted:
            continue
        with tempfile.TemporaryDirectory(prefix="xverify-") as folder:
            bundle = _export(name, shape, Path(folder) / name)
            reference = _onnxruntime_seconds(bundle)
            load, forward = _octave_seconds(bundle)
        size = "x".join(map(str, shape))
        print(
            f"| {name} | {size} | {load:.2f} | {forward:.3f} | {allowed:g} | {reference:.3f} | {forward / reference:.1f} |",
            flush=True,
        )


def _export(name: str, shape: tuple[int, ...], path: Path) -> Bundle:
    network = NETWORKS[name]
    loaded = load_model(network.source, weights=network.weights, seed=0)
    images = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    return xverify.export(loaded.model, images, path, name=name)


def _octave_seconds(bundle: Bundle) -> tuple[float, float]:
    """Seconds of start, load and preparation; and the median of the passes after the first."""
    command = ["octave-cli", "-qf", "--no-history", "--eval", TIMED.replace("RUNS", str(RUNS))]
    environment = {"XVERIFY_CODE": str(MATLAB_CODE), "XVERIFY_BUNDLE": str(bundle.path)}
    start = time.perf_counter()
    subprocess.run(["octave-cli", "-qf", "--no-history", "--eval", "1;"], check=True)
    started = time.perf_counter() - start
    result = subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, check=True)
    loaded, _, *passes = map(float, result.stdout.split())
    return started + loaded, statistics.median(passes)


def _onnxruntime_seconds(bundle: Bundle) -> float:
    """The median of a whole run with every layer as output and optimisations off, in a session that is there already."""
    model = onnx.load(bundle.model_path)
    names = [layer.onnx_tensor for layer in bundle.manifest.layers if layer.onnx_tensor]
    del model.graph.output[:]
    model.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    feeds = {item.onnx_tensor: bundle.reference(item) for item in bundle.manifest.inputs}
    passes = []
    for _ in range(RUNS + 1):
        start = time.perf_counter()
        session.run(names, feeds)
        passes.append(time.perf_counter() - start)
    return statistics.median(passes[1:])


if __name__ == "__main__":
    main()
