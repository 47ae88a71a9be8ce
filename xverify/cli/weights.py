"""`xverify weights`."""

from pathlib import Path

import click

from xverify.cli.boundary import printed, reported
from xverify.cli.options import PATH, console, require_different_files, written
from xverify.errors import XverifyError


@click.command(short_help="Compare the parameters of a bundle with a MATLAB network's.")
@click.argument("bundle", type=PATH)
@click.argument("file", type=PATH)
@click.option(
    "--map", "mapping", type=PATH, help="A TOML file that says which layer or array of FILE is which parameter."
)
@click.option("--variable", default="", metavar="NAME", help="The network object, where FILE holds several.")
@click.option("--onnx", type=PATH, help="The ONNX file that MATLAB imported, where it is not the bundle's own.")
@click.option(
    "--atol",
    default=0.0,
    show_default=True,
    type=click.FloatRange(min=0),
    help="Differences up to this count as equal.",
)
@click.option("--all", "show_all", is_flag=True, help="List the equal parameters too.")
@click.option("--json", "json_file", type=PATH, help="Write what was found as JSON.")
@click.option("-q", "--quiet", is_flag=True, help="Print nothing but errors; the exit code tells.")
def weights(
    bundle: Path,
    file: Path,
    mapping: Path | None,
    variable: str,
    onnx: Path | None,
    atol: float,
    show_all: bool,
    json_file: Path | None,
    quiet: bool,
) -> int:
    """Compares every parameter of BUNDLE with those of FILE.

    FILE is a weights.mat, what xverify.dlt.exportWeights wrote, a network object that MATLAB saved, or plain arrays with a map.
    Layers are found by their layer id, by the names that MATLAB's importer gives, or by --map; never by position. Exit code 0:
    all parameters are equal, 1: they are not.
    """
    from math import isfinite

    from xverify.report.weights_report import print_weights, to_json
    from xverify.workflows.weights import compare_weights

    if not isfinite(atol):
        raise XverifyError(f"--atol {atol} lets every value pass.", "Give a number: --atol 1e-6")
    require_different_files({"json": json_file}, [file, *filter(None, (mapping, onnx))])
    comparison = compare_weights(bundle, file, variable=variable, mapping=mapping, onnx=onnx, atol=atol)
    failures = [] if quiet else printed(lambda: print_weights(comparison, console(), show_all=show_all))
    failures += written(json_file, lambda: to_json(comparison))
    return reported(comparison.passed, failures)
