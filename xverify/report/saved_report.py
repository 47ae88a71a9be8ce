"""Saved comparisons for the eye: groups of one bundle side by side, then the history."""

from collections.abc import Sequence

from rich.console import Console

from xverify.comparison.history import HistoryPoint
from xverify.comparison.results import Comparison
from xverify.report.history import print_history
from xverify.report.page import Page
from xverify.report.side_by_side import print_comparisons
from xverify.report.terminal import print_verdict_line


def print_saved(
    groups: Sequence[Sequence[Comparison]],
    history: Sequence[HistoryPoint],
    console: Console,
    *,
    brief: bool,
    show_all: bool,
    verbose: bool,
) -> None:
    """Prints the groups, one after the other, and the history.

    Args:
        groups: Comparisons of one bundle each.
        history: All comparisons by date; nothing is printed where there is none.
        console: Where to.
        brief: Print the verdicts alone.
        show_all: Print every layer.
        verbose: Print reasons and notes in full.
    """
    if brief:
        page = Page(console)
        for comparison in (comparison for group in groups for comparison in group):
            print_verdict_line(page, comparison)
        return
    for group in groups:
        print_comparisons(group, console, show_all=show_all, verbose=verbose)
    if history:
        print_history(history, console)
