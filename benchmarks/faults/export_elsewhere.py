"""Exports one network, by name and seed: started with other CPU settings, which PyTorch reads once when it begins."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "tests" / "networks"))

from measuring.false_alarms import REFUSED
from planting.networks import network

from xverify.errors import XverifyError


def main() -> None:
    name, seed, folder = sys.argv[1:]
    try:
        network(name).export(int(seed), Path(folder))
    except XverifyError as refusal:
        print(refusal.message, file=sys.stderr)
        sys.exit(REFUSED)


if __name__ == "__main__":
    main()
