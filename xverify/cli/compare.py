"""`xverify compare`."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from xverify.cli.boundary import command_line, printed, reported
from xverify.cli.options import PATH, console, require_different_files, verbosity
from xverify.cli.report_options import report_files, require_page

if TYPE_CHECKING:
    from xverify.comparison.results import Comparison
    from xverify.errors import XverifyError
    from xverify.report.extra import Extra


@click.command(short_help="Compare every layer of a bundle with PyTorch.")
@click.argument("bundle", type=PATH)
@click.option(
    "--against",
    multiple=True,
    default=["onnxruntime"],
    show_default=True,
    metavar="RUNTIME|FILE.mat",
    help="Where the other activations come from: onnxruntime, octave, matlab or a file. Repeat for a column each.",
)
@click.option(
    "--map", "variable_map", type=PATH, help="A TOML file that says which variable of FILE.mat holds which layer."
)
@click.option("--atol", type=float, help="Fixed absolute tolerance for every layer, instead of the calibrated one.")
@click.option("--rtol", type=float, help="Fixed relative tolerance (numpy's meaning), instead of the calibrated one.")
@click.option(
    "--layer",
    "layers",
    multiple=True,
    metavar="GLOB:atol=A,rtol=R",
    help="Fixed tolerance for some layers. Repeat; the last match wins.",
)
@click.option(
    "--allow",
    multiple=True,
    metavar="LAYER=REASON",
    help="Accept that a layer is not compared. Never accepts a failed one.",
)
@click.option(
    "--threads", default=0, type=click.IntRange(min=0), help="Threads of the runtime; 0 leaves the choice to it."
)
@click.option(
    "--timeout", type=click.FloatRange(min=0, min_open=True), help="Seconds for Octave or MATLAB. [default: 1800]"
)
@click.option("--all", "show_all", is_flag=True, help="List every layer, also of a run that passed.")
@click.option("--json", "json_file", type=PATH, help="Write the verdict as JSON (docs/reference/comparison-json.md).")
@report_files
@click.option(
    "--baseline",
    type=PATH,
    metavar="OLD.json",
    help="Fail only on what is worse than in this older JSON report; what it has too is listed as known.",
)
@click.option(
    "--annotations",
    type=click.Choice(["github"]),
    help="Print workflow commands that mark the lines of your code that faults belong to.",
)
@click.option("--summary", is_flag=True, help="Append Markdown to the job summary, $GITHUB_STEP_SUMMARY.")
@verbosity
def compare(
    bundle: Path,
    against: tuple[str, ...],
    variable_map: Path | None,
    atol: float | None,
    rtol: float | None,
    layers: tuple[str, ...],
    allow: tuple[str, ...],
    threads: int,
    timeout: float | None,
    show_all: bool,
    json_file: Path | None,
    junit_file: Path | None,
    markdown_file: Path | None,
    html_file: Path | None,
    beside: tuple[Path, ...],
    baseline: Path | None,
    annotations: str | None,
    summary: bool,
    quiet: bool,
    verbose: bool,
) -> int:
    """Runs BUNDLE in onnxruntime, GNU Octave or MATLAB, or reads recorded activations, and compares every layer with PyTorch.

    With onnxruntime every parameter of model.onnx is checked bit for bit first. Each layer is then judged by its local error (the
    layer alone, on PyTorch's inputs, or on those that a file holds) and by its accumulated error (the whole network). The run
    passes only if every layer was compared and passed.

    Settings are also read from xverify.toml or [tool.xverify] of pyproject.toml. Exit code 0: match (with --baseline:
    nothing is worse), 1: mismatch.
    """
    from xverify.comparison.baseline import read_baseline
    from xverify.comparison.policy import fixed_tolerance, parse_allow_option, parse_layer_option, read_settings
    from xverify.workflows.compare import RunOptions, compare_all

    require_page(beside, html_file)
    files = {"json": json_file, "junit": junit_file, "markdown": markdown_file, "html": html_file}
    require_different_files(files, [] if baseline is None else [baseline])
    policy = read_settings(Path.cwd()).updated(
        fixed_tolerance(atol, rtol),
        [parse_layer_option(text) for text in layers],
        dict(parse_allow_option(text) for text in allow),
    )
    older = read_baseline(baseline) if baseline is not None else None
    options = RunOptions(threads, timeout, variable_map)
    comparisons = compare_all(bundle, against, policy, options, command_line(), older)
    from xverify.report.formats import write_reports

    extras, failures = _extras(beside, comparisons) if html_file is not None else ([], [])
    if not quiet:
        from xverify.report.side_by_side import print_comparisons

        failures += printed(lambda: print_comparisons(comparisons, console(), show_all=show_all, verbose=verbose))
    failures += write_reports(files, comparisons, extras=extras)
    if annotations:
        from xverify.report.annotations import to_github

        workspace = os.environ.get("GITHUB_WORKSPACE")
        commands = to_github(comparisons, Path.cwd(), Path(workspace) if workspace else None)
        failures += printed(lambda: click.echo("\n".join(commands)) if commands else None)
    if summary:
        failures += _append_summary(comparisons)
    return reported(all(comparison.accepted for comparison in comparisons), failures)


def _extras(beside: "Sequence[Path]", comparisons: "Sequence[Comparison]") -> "tuple[list[Extra], list[XverifyError]]":
    """What stands beside the comparisons in the page, and why that could not be read: the verdict stands all the same."""
    from xverify.errors import XverifyError
    from xverify.workflows.beside import read_extras

    try:
        return read_extras(beside, {comparison.bundle_id for comparison in comparisons}), []
    except XverifyError as error:
        return [], [error]


def _append_summary(comparisons: "Sequence[Comparison]") -> "list[XverifyError]":
    """Appends to the job summary; returns why that failed. Outside of a job there is none, which is said and is no failure."""
    from xverify.errors import XverifyError
    from xverify.report.annotations import append_summary

    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if not path:
        click.echo(
            "NOTE --summary wrote nothing: $GITHUB_STEP_SUMMARY is not set, so this is no job of GitHub Actions.",
            err=True,
        )
        return []
    try:
        append_summary(comparisons, Path(path))
    except XverifyError as error:
        return [error]
    return []
