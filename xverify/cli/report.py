"""`xverify report`."""

from pathlib import Path

import click

from xverify.cli.boundary import printed, reported
from xverify.cli.options import PATH, console, require_different_files, verbosity
from xverify.cli.report_options import report_files, require_page


@click.command(short_help="Make any report from saved JSON, of one run or several.")
@click.argument("results", metavar="RESULTS.json...", nargs=-1, required=True, type=PATH)
@report_files
@click.option("--json", "json_file", type=PATH, help="Write all comparisons into one JSON file.")
@click.option("--labels", default="", metavar="A,B,...", help="What to call the files, in their order.")
@click.option("--history", is_flag=True, help="Show the newest run, and all runs by date with their worst ratio.")
@click.option("--all", "show_all", is_flag=True, help="List every layer, also of a run that passed.")
@verbosity
def report(
    results: tuple[Path, ...],
    html_file: Path | None,
    beside: tuple[Path, ...],
    markdown_file: Path | None,
    junit_file: Path | None,
    json_file: Path | None,
    labels: str,
    history: bool,
    show_all: bool,
    quiet: bool,
    verbose: bool,
) -> int:
    """Makes reports from what `xverify compare --json` wrote, without running anything again.

    Comparisons of the same bundle stand side by side, others one after the other. Without a file to write, the report is printed.
    Exit code 0: every saved verdict is a match, 1: one is not.
    """
    from xverify.report.formats import write_reports
    from xverify.workflows.beside import read_extras
    from xverify.workflows.report import read_report

    require_page(beside, html_file)
    files = {"html": html_file, "markdown": markdown_file, "junit": junit_file}
    require_different_files({**files, "json": json_file}, results)
    saved = read_report(results, [label.strip() for label in labels.split(",")] if labels else (), history=history)
    shown = [comparison for group in saved.groups for comparison in group]
    extras = read_extras(beside, {comparison.bundle_id for comparison in shown})
    failures = []
    if not quiet:
        from xverify.report.saved_report import print_saved

        written = any((*files.values(), json_file))
        failures += printed(
            lambda: print_saved(
                saved.groups, saved.history, console(), brief=written, show_all=show_all, verbose=verbose
            )
        )
    failures += write_reports(files, shown, history=saved.history, extras=extras)
    failures += write_reports({"json": json_file}, saved.comparisons)
    return reported(saved.accepted, failures)
