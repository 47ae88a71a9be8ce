"""`xverify report`: saved comparisons, read back for reports: side by side, one after the other, or as a history."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from xverify.comparison.history import HistoryPoint, history_of, newest
from xverify.comparison.results import Comparison
from xverify.comparison.saved import read_comparisons
from xverify.errors import XverifyError


@dataclass(frozen=True)
class SavedReport:
    """What was read.

    Attributes:
        comparisons: All of them, in the given order, as they were saved.
        groups: What reports show: comparisons of one bundle side by side, group after group. Where two would have the same
            name, the run's label stands behind it.
        history: All comparisons by date; empty where no history was asked for.
    """

    comparisons: tuple[Comparison, ...]
    groups: tuple[tuple[Comparison, ...], ...]
    history: tuple[HistoryPoint, ...] = ()

    @property
    def accepted(self) -> bool:
        """Whether every saved verdict is a match."""
        return all(comparison.accepted for comparison in self.comparisons)


def read_report(paths: Sequence[Path], labels: Sequence[str] = (), *, history: bool = False) -> SavedReport:
    """Reads JSON reports of comparisons.

    Args:
        paths: The files.
        labels: What to call each; by default the file's name.
        history: Show the newest comparison with each runtime, and all of them as a history.

    Raises:
        XverifyError: A file cannot be read (see `read_comparisons`), or there are not as many labels as files.
    """
    if labels and len(labels) != len(paths):
        raise XverifyError(
            f"There are {len(labels)} labels for {len(paths)} files.", "Give one label a file: --labels first,second."
        )
    runs = [(label, read_comparisons(path)) for label, path in zip(labels or _names(paths), paths, strict=True)]
    comparisons = tuple(comparison for _, found in runs for comparison in found)
    if history:
        return SavedReport(comparisons, (newest(runs),), history_of(runs))
    shown = [
        comparison if not labels and _only_one(comparison, comparisons) else _labelled(comparison, label)
        for label, found in runs
        for comparison in found
    ]
    return SavedReport(comparisons, _groups(shown))


def _names(paths: Sequence[Path]) -> list[str]:
    """The files' names without their ending; whole paths where two would be the same."""
    names = [path.stem for path in paths]
    return names if len(set(names)) == len(names) else [str(path) for path in paths]


def _only_one(comparison: Comparison, among: Sequence[Comparison]) -> bool:
    key = (comparison.bundle, comparison.bundle_id, comparison.against)
    return sum((item.bundle, item.bundle_id, item.against) == key for item in among) == 1


def _labelled(comparison: Comparison, label: str) -> Comparison:
    return msgspec.structs.replace(comparison, against=f"{comparison.against} [{label}]")


def _groups(comparisons: Sequence[Comparison]) -> tuple[tuple[Comparison, ...], ...]:
    """Comparisons of the same bundle with the same layers together, in the order of the first of each."""
    found: dict[tuple[str, tuple[str, ...]], list[Comparison]] = {}
    for comparison in comparisons:
        ids = tuple(layer.id for layer in comparison.layers)
        found.setdefault((comparison.bundle_id, ids), []).append(comparison)
    return tuple(tuple(group) for group in found.values())
