"""What the HTML report costs: its time from JSON, its share of a comparison, and its size.

python benchmarks/report.py [--runs N] [--out DIRECTORY]. As in benchmarks/run.py, processes run in turn and each figure is the median of
the pairs. A report from JSON is told in seconds, of a clock and of the CPU: on a busy machine the second is the steadier one.
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

import msgspec

from xverify.comparison.results import Coverage
from xverify.comparison.saved import read_comparisons
from xverify.report.json_report import to_json

RUNS = 5
LAYERS = 500
SIZES = {"resnet50": 2_000_000, "densenet121": 5_000_000}
RATIO, SECONDS = 1.3, 1.5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--out", type=Path, default=Path("out/bench"))
    options = parser.parse_args()
    for network in ("cifar10", *SIZES):
        _compare(network, options.out, options.runs)
    _from_json(options.out, options.runs)


def _compare(network: str, out: Path, runs: int) -> None:
    """A comparison with the page against one without."""
    bundle = out / network
    if not bundle.exists():
        source = network if network == "cifar10" else f"torchvision:{network}"
        size = "1x3x32x32" if network == "cifar10" else "1x3x224x224"
        _seconds(["export", source, "--input", size, "-o", str(bundle), "-q"])
    page, saved = out / f"{network}.html", out / f"{network}.json"
    command = ["compare", str(bundle), "-q"]
    pairs = [(_seconds([*command, "--html", str(page)]), _seconds(command)) for _ in range(runs + 1)][1:]
    _seconds([*command, "--json", str(saved)])
    for name, place in (("clock", 0), ("CPU", 1)):
        ratios = [ours[place] / base[place] for ours, base in pairs]
        ratio = statistics.median(ratios)
        seconds = (
            statistics.median(ours[place] for ours, _ in pairs),
            statistics.median(base[place] for _, base in pairs),
        )
        print(
            f"compare {network} with --html / without, {name}: {ratio:.2f} (from {min(ratios):.2f} to {max(ratios):.2f}, "
            f"{runs} pairs; {seconds[0]:.2f} s / {seconds[1]:.2f} s), target {RATIO}: {_verdict(ratio <= RATIO)}",
            flush=True,
        )
    length, allowed = page.stat().st_size, SIZES.get(network)
    print(
        f"  page {length / 1e6:.2f} MB"
        + (f", target {allowed / 1e6:g} MB: {_verdict(length <= allowed)}" if allowed else "")
    )


def _from_json(out: Path, runs: int) -> None:
    """A page of a comparison of `LAYERS` layers: densenet121's, the last ones twice."""
    (comparison,) = read_comparisons(out / "densenet121.json")
    more = comparison.layers[-(LAYERS - len(comparison.layers)) :]
    layers = (*comparison.layers, *(msgspec.structs.replace(layer, id=f"{layer.id}_again") for layer in more))
    saved, page = out / "large.json", out / "large.html"
    coverage = Coverage(len(layers), len(layers))
    saved.write_bytes(to_json(msgspec.structs.replace(comparison, layers=layers, coverage=coverage)))
    found = [_seconds(["report", str(saved), "--html", str(page), "-q"]) for _ in range(runs + 1)][1:]
    for name, place in (("clock", 0), ("CPU", 1)):
        seconds = statistics.median(item[place] for item in found)
        print(
            f"report of {len(layers)} layers from JSON, {name}: {seconds:.2f} s (from {min(item[place] for item in found):.2f} to "
            f"{max(item[place] for item in found):.2f}, {runs} runs), target {SECONDS} s: {_verdict(seconds <= SECONDS)}",
            flush=True,
        )


def _seconds(arguments: list[str]) -> tuple[float, float]:
    """Seconds of the clock and of the CPU that a command took."""
    start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-m", "xverify", *arguments], check=True, stdout=subprocess.DEVNULL, env=os.environ)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.perf_counter() - start, spent


def _verdict(good: bool) -> str:
    return "ok" if good else "MISSED"


if __name__ == "__main__":
    main()
