"""`xverify weights`."""

from pathlib import Path

import click

from xverify.cli.boundary import MATCH, MISMATCH, shielded
from xverify.cli.options import PATH, console


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
    from xverify.report.weights_report import print_weights, to_json
    from xverify.workflows.weights import compare_weights

    comparison = compare_weights(bundle, file, variable=variable, mapping=mapping, onnx=onnx, atol=atol)
    if not quiet:
        shielded(lambda: print_weights(comparison, console(), show_all=show_all))
    if json_file is not None:
        from xverify.report.formats import write_file

        write_file(json_file, to_json(comparison))
    return MATCH if comparison.passed else MISMATCH
