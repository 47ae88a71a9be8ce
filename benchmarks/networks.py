"""Verifies the real networks of tests/networks and prints docs/explanation/measured.md's tables as Markdown.

    python benchmarks/networks.py [--faults] [NETWORK ...]

With --faults also plants the faults of tests/networks in each network, one at a time (some minutes).
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "networks"))

from fault_kinds import KINDS
from faults import SURELY_VISIBLE, Fault, Model
from real_networks import NETWORKS, export_network, is_available
from verdicts import explained, failing_locally, worst

from xverify.bundle.bundle import Bundle
from xverify.bundle.manifest import Environment
from xverify.comparison.policy import Policy
from xverify.comparison.results import Comparison
from xverify.workflows.compare import compare


@dataclass(frozen=True)
class Measured:
    """One network: its comparison, how long export and comparison took, and its faults with whether each was found."""

    name: str
    bundle: Bundle
    comparison: Comparison
    export_seconds: float
    compare_seconds: float
    faults: Sequence[tuple[Fault, bool]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "networks", nargs="*", metavar="NETWORK", help=f"of {', '.join(NETWORKS)}; all if none is named"
    )
    parser.add_argument("--faults", action="store_true", help="plant faults too")
    options = parser.parse_args()
    if unknown := set(options.networks) - set(NETWORKS):
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    wanted = [name for name in options.networks or NETWORKS if is_available(name)]
    measured = [_measured(name, faults=options.faults) for name in wanted]
    print(f"\n{_origin(measured[0].bundle.manifest.environment)}\n")
    _print_networks(measured)
    if options.faults:
        print()
        _print_faults(measured)


def _measured(name: str, *, faults: bool) -> Measured:
    print(f"{name} ...", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory(prefix="xverify-") as folder:
        start = time.perf_counter()
        bundle = export_network(name, Path(folder) / "bundle")
        exported = time.perf_counter()
        comparison = compare(bundle)
        compared = time.perf_counter()
        if not comparison.passed:
            print(explained(comparison), file=sys.stderr)
        found = list(_planted(name, bundle, Path(folder))) if faults else []
    return Measured(name, bundle, comparison, exported - start, compared - exported, found)


def _planted(name: str, bundle: Bundle, folder: Path) -> Iterator[tuple[Fault, bool]]:
    model = Model(bundle)
    for kind in KINDS:
        for fault in model.faults(kind, NETWORKS[name].faults):
            with model.planted(fault, folder / "planted") as planted:
                comparison = compare(planted, policy=Policy(check_parameters=False))
            is_found = not comparison.passed and failing_locally(comparison) == [fault.layer]
            if not is_found:
                print(f"  not found: {fault}", file=sys.stderr)
            yield fault, is_found


def _origin(environment: Environment) -> str:
    versions = f"torch {environment.torch}, onnxruntime {environment.onnxruntime}, xverify {environment.xverify}"
    return f"{environment.date[:10]}; {versions}; {environment.cpu}, {torch.get_num_threads()} threads."


def _print_networks(measured: Sequence[Measured]) -> None:
    print(
        "| network | input | layers | compared | verdict | worst local | at | worst accumulated | at | export s | compare s |"
    )
    print("| --- | --- | ---: | ---: | --- | ---: | --- | ---: | --- | ---: | ---: |")
    for item in measured:
        layers, coverage = item.comparison.layers, item.comparison.coverage
        (local, local_at), (accumulated, accumulated_at) = worst(layers, "local"), worst(layers, "accumulated")
        shape = "x".join(map(str, NETWORKS[item.name].shape))
        verdict = "PASS" if item.comparison.passed else "FAIL"
        print(
            f"| {item.name} | {shape} | {coverage.total} | {coverage.compared / coverage.total:.0%} | {verdict} "
            f"| {local:.2f} | `{local_at}` | {accumulated:.2f} | `{accumulated_at}` "
            f"| {item.export_seconds:.1f} | {item.compare_seconds:.1f} |"
        )


def _print_faults(measured: Sequence[Measured]) -> None:
    print(f"| fault | networks | planted | of {SURELY_VISIBLE} floors and more | found of these | smallest found |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for kind in KINDS:
        own = [[pair for pair in item.faults if pair[0].kind == kind] for item in measured]
        print(f"| {kind} | {sum(map(bool, own))} | {_counts([pair for pairs in own for pair in pairs])}")
    everything = [pair for item in measured for pair in item.faults]
    print(f"| **all** | {len(measured)} | {_counts(everything)}")


def _counts(faults: Sequence[tuple[Fault, bool]]) -> str:
    visible = [(fault, is_found) for fault, is_found in faults if fault.ratio >= SURELY_VISIBLE]
    found = [fault.ratio for fault, is_found in faults if is_found]
    smallest = f"{min(found):.3g} floors" if found else ""
    return f"{len(faults)} | {len(visible)} | {sum(is_found for _, is_found in visible)} | {smallest} |"


if __name__ == "__main__":
    main()
