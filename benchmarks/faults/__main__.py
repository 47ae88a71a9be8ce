"""Plants faults in networks, compares and diagnoses them, and prints how many were found and explained, as Markdown.

    python benchmarks/faults -o out/faults [--networks ...] [--kinds ...] [--seeds held-out] [--limit N] [--jobs N]
    python benchmarks/faults -o out/faults --false-alarms
    python benchmarks/faults -o out/faults --score

The parameter check is switched off: activations alone must find a fault. Results are written line by line; what is there
already is not measured again, and the tables are of everything that is there for the seeds.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "tests" / "networks"))

from measuring.false_alarms import VARIANTS, Check, checks
from measuring.faults_found import Case, cases
from measuring.journal import Journal
from measuring.work import plan, plant_faults, raise_no_alarm, run
from planting.classifiers import has_timm
from planting.kinds.table import KINDS
from planting.networks import CLASSIFIERS, REAL, SEEDS, SMALL, Network
from planting.places import PLACES
from scoring.records import scored
from scoring.tables import alarm_tables, fault_tables

FAULTS, ALARMS = "faults.jsonl", "false-alarms.jsonl"


def main() -> None:
    options = _options()
    options.output.mkdir(parents=True, exist_ok=True)
    journal = Journal(options.output / (ALARMS if options.false_alarms else FAULTS))
    if options.false_alarms and not has_timm():
        print("timm is not installed: its networks are left out", file=sys.stderr)
    if not options.score:
        work = raise_no_alarm if options.false_alarms else plant_faults
        left = plan(_items(options), journal, options.limit)
        print(f"{left.size} to measure", file=sys.stderr)
        run(left, work, journal, options.jobs)
    _print_tables(journal, SEEDS[options.seeds], false_alarms=options.false_alarms)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python benchmarks/faults", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("-o", "--output", type=Path, required=True, help="folder of the results")
    parser.add_argument("--networks", nargs="+", metavar="NAME", help="default: all, the real ones and the small ones")
    parser.add_argument("--kinds", nargs="+", metavar="KIND", choices=KINDS, default=list(KINDS), help="default: all")
    parser.add_argument("--places", nargs="+", choices=PLACES, default=list(PLACES), help="default: all")
    parser.add_argument("--seeds", choices=SEEDS, default="tuning", help="default: tuning")
    parser.add_argument("--each", type=int, default=1, help="layers for each kind, network, place and seed; default: 1")
    parser.add_argument("--false-alarms", action="store_true", help="run correct networks instead")
    parser.add_argument("--variants", nargs="+", choices=VARIANTS, default=list(VARIANTS), help="of --false-alarms")
    parser.add_argument("--limit", type=int, help="measure at most this many, then stop")
    parser.add_argument("--jobs", type=int, default=1, help="processes; default: 1")
    parser.add_argument("--score", action="store_true", help="measure nothing, print the tables")
    options = parser.parse_args()
    known = _known(options)
    if unknown := set(options.networks or ()) - set(known):
        parser.error(f"unknown: {', '.join(sorted(unknown))}. Known: {', '.join(known)}")
    return options


def _known(options: argparse.Namespace) -> Mapping[str, Network]:
    return {**SMALL, **REAL, **(CLASSIFIERS if options.false_alarms else {})}


def _items(options: argparse.Namespace) -> Sequence[Case | Check]:
    known, seeds = _known(options), SEEDS[options.seeds]
    wanted = options.networks or list(known)
    if options.false_alarms:
        return list(checks(wanted, options.variants, seeds))
    every = cases(wanted, options.kinds, options.places, seeds, options.each)
    return [case for case in every if case.place != "weights.mat" or known[case.network].rewritten]


def _print_tables(journal: Journal, seeds: Sequence[int], *, false_alarms: bool) -> None:
    records = [item for item in journal.records() if item["seed"] in seeds and item.get("kind", "") in {"", *KINDS}]
    broken = [(item["key"], item["error"].strip().splitlines()[-1]) for item in records if item.get("error")]
    refused = [(item["key"], item["skipped"]) for item in records if item.get("skipped", "").startswith("refused")]
    print(f"Seeds {', '.join(map(str, seeds))}; {len(broken)} errors; {len(refused)} that xverify or Octave refused.")
    for table in alarm_tables(records) if false_alarms else fault_tables(scored(records)):
        print(f"\n{table}")
    _print_reasons([*broken, *refused])


def _print_reasons(failures: Sequence[tuple[str, str]]) -> None:
    """Each reason once, with how many have it and the first of them."""
    counts = Counter(reason for _, reason in failures)
    first = {reason: key for key, reason in reversed(failures)}
    for reason, count in counts.most_common():
        print(f"{count} x {first[reason]}: {reason}", file=sys.stderr)


if __name__ == "__main__":
    main()
