"""What `xverify weights` costs on 350 MB: ratios to reading both files, in processes that run in turn with it.

python benchmarks/weights.py [--out FOLDER] [--runs N]

The network is vit_b_16 (346 MB of float32). Its weights.mat is compared with the same values, and with values that all differ, in
the two forms that other programs write most: a bundle's weights.mat, and a struct a layer. The yardsticks are reading the
bytes of both files, and reading their arrays with scipy.io.loadmat. Each figure is the median of N pairs; a first pair is dropped.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from xverify.bundle.bundle import load_bundle
from xverify.bundle.matfile import MatWriter
from xverify.bundle.weights import write_weights
from xverify.weights.expected import expected_layers
from xverify.weights.stored_network import StoredNetwork, read_stored_network

RUNS = 5
TARGET = 2.0
YARDSTICKS = {
    "reading both files' arrays (scipy)": "import sys; from scipy.io import loadmat; [loadmat(p) for p in sys.argv[1:]]",
    "reading both files' bytes": "import sys; [open(p, 'rb').read() for p in sys.argv[1:]]",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("out/bench"))
    parser.add_argument("--runs", type=int, default=RUNS)
    options = parser.parse_args()
    bundle = options.out / "vit_b_16"
    if not bundle.exists():
        _python("-m", "xverify", "export", "torchvision:vit_b_16", "--input", "1x3x224x224", "-o", str(bundle), "-q")
    for name, file in _files(bundle, options.out).items():
        ours = ["-m", "xverify", "weights", str(bundle), str(file), "-q"]
        for yardstick, code in YARDSTICKS.items():
            base = ["-c", code, str(bundle / "weights.mat"), str(file)]
            pairs = [(_python(*ours, allowed=(0, 1)), _python(*base)) for _ in range(options.runs + 1)][1:]
            _row(f"xverify weights, {name} / {yardstick}", pairs)


def _files(bundle: Path, out: Path) -> Mapping[str, Path]:
    network = read_stored_network(bundle / "weights.mat")
    made = {
        "weights.mat, all equal": bundle / "weights.mat",
        "a struct a layer, all equal": out / "vit_structs.mat",
        "a struct a layer, all differ": out / "vit_structs_tuned.mat",
        "weights.mat, all differ": out / "vit_weights_tuned.mat",
    }
    _save_structs(made["a struct a layer, all equal"], network)
    tuned = _tuned(network)
    _save_structs(made["a struct a layer, all differ"], tuned)
    manifest = load_bundle(bundle, verify=False).manifest
    write_weights(
        made["weights.mat, all differ"],
        network.bundle_id,
        manifest.model,
        manifest.inputs,
        manifest.outputs,
        manifest.layers,
        tuned.steps,
        list(tuned.parameters.values()),
    )
    return made


def _tuned(network: StoredNetwork) -> StoredNetwork:
    parameters = {
        key: replace(item, array=item.array * np.float32(1.01) + np.float32(1e-4))
        if item.array.dtype.kind == "f"
        else item
        for key, item in network.parameters.items()
    }
    return replace(network, parameters=parameters)


def _save_structs(path: Path, network: StoredNetwork) -> None:
    with MatWriter(path) as writer:
        for layer in expected_layers(network):
            writer.write(layer.id, {name: stored.array for name, stored in layer.properties.items()})


def _python(*arguments: str, allowed: tuple[int, ...] = (0,)) -> float:
    start = time.perf_counter()
    code = subprocess.run(
        [sys.executable, *arguments], check=False, stdout=subprocess.DEVNULL, env=os.environ
    ).returncode
    if code not in allowed:
        raise SystemExit(f"{' '.join(arguments)} ended with exit code {code}")
    return time.perf_counter() - start


def _row(title: str, pairs: list[tuple[float, float]]) -> None:
    ratios = [a / b for a, b in pairs]
    ratio = statistics.median(ratios)
    seconds = statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs)
    print(
        f"{title}: {ratio:.2f} (from {min(ratios):.2f} to {max(ratios):.2f}, {len(ratios)} pairs; "
        f"{seconds[0]:.2f} s / {seconds[1]:.2f} s), target {TARGET:g}: {'ok' if ratio <= TARGET else 'MISSED'}",
        flush=True,
    )


if __name__ == "__main__":
    main()
