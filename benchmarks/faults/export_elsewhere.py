"""Exports one network, by name and seed: started with other CPU settings, which PyTorch reads once when it begins."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "tests" / "networks"))

from planting.networks import network


def main() -> None:
    name, seed, folder = sys.argv[1:]
    network(name).export(int(seed), Path(folder))


if __name__ == "__main__":
    main()
