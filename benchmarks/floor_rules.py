"""What the rules for a tolerance let pass and what they flag, for many k: the tables of docs/explanation/tolerances.md.

    python benchmarks/floor_rules.py -o out/floor-rules [--networks ...] [--limit N] [--jobs N] [--alarms FILE]
    python benchmarks/floor_rules.py -o out/floor-rules --score [--alarms FILE]

The small networks of benchmarks/faults and four real ones, on the tuning seeds: correct in onnxruntime and in GNU Octave, and with
one fault of each kind in model.onnx. Results are written line by line; what is there already is not measured again.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(1, str(Path(__file__).parent / "faults"))
sys.path.insert(1, str(Path(__file__).parents[1] / "tests" / "networks"))

from floors.tables import tables
from floors.used import items, work
from measuring.journal import Journal
from measuring.work import plan, run
from planting.networks import REAL, SMALL, TUNING_SEEDS

BEYOND = ("cifar10", "mobilenet_v3_small", "resnet18", "squeezenet1_1")
"""Real networks in which faults are planted too."""


def main() -> None:
    options = _options()
    options.output.mkdir(parents=True, exist_ok=True)
    journal = Journal(options.output / "floor-rules.jsonl")
    if not options.score:
        left = plan(items(options.networks, TUNING_SEEDS), journal, options.limit)
        print(f"{left.size} to measure", file=sys.stderr)
        run(left, work, journal, options.jobs)
    records = journal.records()
    alarms = Journal(options.alarms).records() if options.alarms else []
    networks, broken = {record["network"] for record in records}, [item for item in records if item.get("error")]
    print(f"{len(networks)} networks, seeds {', '.join(map(str, TUNING_SEEDS))}; {len(broken)} errors.")
    for text in tables(records, alarms):
        print(f"\n{text}")
    for record in broken:
        print(f"{record['key']}: {record['error'].strip().splitlines()[-1]}", file=sys.stderr)


def _options() -> argparse.Namespace:
    known = (*SMALL, *(name for name in BEYOND if name in REAL))
    parser = argparse.ArgumentParser(
        prog="python benchmarks/floor_rules.py",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("-o", "--output", type=Path, required=True, help="folder of the results")
    parser.add_argument("--networks", nargs="+", metavar="NAME", choices=known, default=known, help="default: all")
    parser.add_argument("--alarms", type=Path, help="false-alarms.jsonl of benchmarks/faults: more correct networks")
    parser.add_argument("--limit", type=int, help="measure at most this many, then stop")
    parser.add_argument("--jobs", type=int, default=1, help="processes; default: 1")
    parser.add_argument("--score", action="store_true", help="measure nothing, print the tables")
    return parser.parse_args()


if __name__ == "__main__":
    main()
