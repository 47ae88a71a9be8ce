"""`make bench`: what xverify costs, as ratios against a yardstick that runs in turn with it.

Machines differ and drift; a ratio of two processes that ran one after the other does not. Each figure is the median of
RUNS pairs. Memory is the peak of the compare process, against model file + 2 x all activations + 250 MB.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from xverify.bundle.bundle import load_bundle

HERE = Path(__file__).parent
RUNS = 5
TARGETS = {"cifar10": 0.35, "resnet50": 0.40, "vit_b_16": 0.60}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--out", type=Path, default=Path("out/bench"))
    parser.add_argument("--only", choices=["help", "compare", "export", "convert"], help="one part alone")
    options = parser.parse_args()
    if options.only in (None, "help"):
        _row(
            "xverify --help / python -c pass",
            _ratio([["-m", "xverify", "--help"]], [["-c", "pass"]], 3 * options.runs),
            6.0,
        )
    if options.only in (None, "compare"):
        for network, target in TARGETS.items():
            _compare(network, target, options.out, options.runs)
    if options.only in (None, "export"):
        _export(options.out, options.runs)
    if options.only in (None, "convert"):
        _convert(options.out, options.runs)


def _export(out: Path, runs: int) -> None:
    """With weights from a file, as a user's: without, xverify seeds a network and calibrates its statistics, which is no export."""
    weights = out / "resnet50.pt"
    if not weights.exists():
        out.mkdir(parents=True, exist_ok=True)
        _python([str(HERE / "export_base.py"), "resnet50", "--save", str(weights)])
    ours = ["-m", "xverify", "export", "torchvision:resnet50", "--weights", str(weights), "--input", "1x3x224x224"]
    ours += ["-o", str(out / "export"), "--force", "-q"]
    base = [str(HERE / "export_base.py"), "resnet50"]
    _row("xverify export resnet50 / torch.onnx.export + forwards", _ratio([ours], [base], runs), 1.5)


def _convert(out: Path, runs: int) -> None:
    raw = out / "resnet50_raw.onnx"
    if not raw.exists():
        out.mkdir(parents=True, exist_ok=True)
        _python([str(HERE / "convert_base.py"), "--export", str(raw)])
    ours = ["-m", "xverify", "convert", str(raw), "-o", str(out / "converted.onnx"), "--force", "-q"]
    base = [str(HERE / "convert_base.py"), str(raw), str(out / "saved.onnx")]
    _row("xverify convert resnet50 / load + check + save + two runs", _ratio([ours], [base], runs), 2.0)


def _compare(network: str, target: float, out: Path, runs: int) -> None:
    bundle = out / network
    if not bundle.exists():
        source = network if network == "cifar10" else f"torchvision:{network}"
        size = "1x3x32x32" if network == "cifar10" else "1x3x224x224"
        _python(["-m", "xverify", "export", source, "--input", size, "-o", str(bundle), "-q"])
    ratios = _ratio(
        [["-m", "xverify", "compare", str(bundle), "-q"]], [[str(HERE / "base.py"), network, str(bundle)]], runs
    )
    _row(f"xverify compare {network} / base", ratios, target)
    peak, allowed = _peak_memory(bundle), _allowed_memory(bundle)
    print(
        f"  peak memory {peak / 1e6:.0f} MB, allowed {allowed / 1e6:.0f} MB ({'ok' if peak <= allowed else 'MISSED'})",
        flush=True,
    )


def _ratio(ours: Sequence[list[str]], base: Sequence[list[str]], runs: int) -> list[tuple[float, float]]:
    """(ours, base) seconds of each pair; one pair more is run first and dropped."""
    pairs = [(_python(*ours), _python(*base)) for _ in range(runs + 1)]
    return pairs[1:]


def _python(arguments: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL, env=os.environ)
    return time.perf_counter() - start


def _row(title: str, pairs: list[tuple[float, float]], target: float) -> None:
    ratios = [a / b for a, b in pairs]
    ratio = statistics.median(ratios)
    seconds = statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs)
    verdict = "ok" if ratio <= target else "MISSED"
    print(
        f"{title}: {ratio:.2f} (from {min(ratios):.2f} to {max(ratios):.2f}, {len(ratios)} pairs; "
        f"{seconds[0]:.2f} s / {seconds[1]:.2f} s), target {target:g}: {verdict}",
        flush=True,
    )


def _peak_memory(bundle: Path) -> int:
    process = subprocess.Popen([sys.executable, "-m", "xverify", "compare", str(bundle), "-q"])
    _, _, usage = os.wait4(process.pid, 0)
    scale = 1 if sys.platform == "darwin" else 1024
    return usage.ru_maxrss * scale


def _allowed_memory(bundle: Path) -> int:
    opened = load_bundle(bundle, verify=False)
    activations = sum(opened.reference(layer).nbytes for layer in opened.manifest.layers)
    return opened.model_path.stat().st_size + 2 * activations + 250_000_000


if __name__ == "__main__":
    main()
