"""Options for the files that comparisons are reported in; `compare` and `report` share them."""

from collections.abc import Sequence
from pathlib import Path

import click

from xverify.cli.options import PATH, Command

_OPTIONS = (
    click.option("--junit", "junit_file", type=PATH, help="Write JUnit XML: one test case a layer."),
    click.option("--markdown", "markdown_file", type=PATH, help="Write Markdown, for a job summary."),
    click.option(
        "--html", "html_file", type=PATH, help="Write one page of HTML that holds everything and needs nothing."
    ),
    click.option(
        "--beside",
        multiple=True,
        type=PATH,
        metavar="FILE.json",
        help="Show in the page what check, weights or evaluate-parity wrote with --json. Repeat for several.",
    ),
)


def report_files(command: Command) -> Command:
    """--junit, --markdown, --html and --beside of whatever reports comparisons."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def require_page(beside: Sequence[Path], html_file: Path | None) -> None:
    """What stands beside a comparison does so in the page.

    Raises:
        XverifyError: There is no page.
    """
    if beside and html_file is None:
        from xverify.errors import XverifyError

        raise XverifyError("--beside belongs to --html.", "Add --html FILE, or leave --beside out.")
