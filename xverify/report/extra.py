"""A result that stands beside a comparison in a report: what the importer makes of the network, its weights, its accuracy.

Whatever has such a result converts it to an `Extra`; a report knows nothing else about it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from xverify.report.summary import Fact

IMPORTER = "MATLAB's importer"
"""How the title of the importer's findings begins."""


@dataclass(frozen=True)
class Extra:
    """One section of a report.

    Attributes:
        title: Its heading.
        verdict: 'PASSED', 'FAILED', or '' where it decides nothing.
        facts: What is to say first, line by line.
        headings: Headings of the table's columns; none where there is no table.
        rows: The table: as many cells a row as there are headings.
        note: A sentence below: what was left out, or how to get this section.
    """

    title: str
    verdict: str = ""
    facts: Sequence[Fact] = ()
    headings: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    note: str = ""

    def __post_init__(self) -> None:
        """Raises ValueError for a verdict that is none, and for a row that does not fit the headings."""
        if self.verdict not in {"PASSED", "FAILED", ""}:
            raise ValueError(f"'{self.verdict}' is no verdict")
        for row in self.rows:
            if len(row) != len(self.headings):
                raise ValueError(f"a row of {len(row)} cells under {len(self.headings)} headings")


NOT_PREDICTED = Extra(
    IMPORTER,
    note="Not predicted here: `xverify check BUNDLE --json check.json`, then this report with `--beside check.json`.",
)
"""What stands in the place of the importer's findings: predicting takes longer than many a comparison."""
