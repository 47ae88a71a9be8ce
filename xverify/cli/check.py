"""`xverify check`."""

from pathlib import Path

import click

from xverify.cli.boundary import MATCH, MISMATCH, shielded
from xverify.cli.options import PATH, console


@click.command(short_help="Predict what MATLAB's importer will make of an ONNX file.")
@click.argument("file", metavar="FILE.onnx|BUNDLE", type=PATH)
@click.option("--release", help="The MATLAB release, e.g. R2024b; by default the bundle's own, or R2024b.")
@click.option("--strict", is_flag=True, help="Fail also when something becomes a custom layer.")
@click.option("--all", "show_all", is_flag=True, help="List every layer of the predicted network.")
@click.option("--json", "json_file", type=PATH, help="Write everything as JSON (docs/reference/check.md).")
@click.option("-q", "--quiet", is_flag=True, help="Print nothing but errors; the exit code tells.")
def check(file: Path, release: str | None, strict: bool, show_all: bool, json_file: Path | None, quiet: bool) -> int:
    """Predicts the network that MATLAB makes of FILE.onnx, of any exporter.

    Each layer's name, class and confidence are told, and what stands in the way. Nothing is run in MATLAB: predictions rest
    on public sources, which are named. Exit code 0: nothing blocks the import; 1: something does, or with --strict something
    becomes a custom layer; 2: the file cannot be read.
    """
    from xverify.report.check_report import print_check, to_json
    from xverify.report.formats import write_file
    from xverify.workflows.check import check as run_check

    result = run_check(file, release)
    if not quiet:
        shielded(lambda: print_check(result, console(), show_all=show_all, strict=strict))
    if json_file is not None:
        write_file(json_file, to_json(result))
    return MATCH if result.passed(strict=strict) else MISMATCH
