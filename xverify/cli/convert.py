"""`xverify convert`."""

from pathlib import Path

import click

from xverify.cli.boundary import MATCH, shielded
from xverify.cli.options import PATH, console


@click.command(short_help="Make any ONNX file ready for MATLAB's importer.")
@click.argument("file", type=PATH)
@click.option("-o", "--output", type=PATH, required=True, help="The file to write.")
@click.option("--release", help="The MATLAB release that it is for, e.g. R2024b (the default).")
@click.option(
    "--input", "shapes", multiple=True, metavar="NAME=SHAPE", help="Sizes of an input that has symbolic ones. Repeat."
)
@click.option("--inputs", "data", type=PATH, help="Real inputs for the check: .npz with one array an input.")
@click.option("--dynamic-batch", is_flag=True, help="Make the batch axis symbolic, where the network allows it.")
@click.option("--seed", default=0, show_default=True, help="Of the inputs that are made up for the check.")
@click.option("--json", "json_file", type=PATH, help="Write what was done as JSON.")
@click.option("--force", is_flag=True, help="Replace an existing file.")
@click.option("-q", "--quiet", is_flag=True, help="Print nothing but errors; the exit code tells.")
def convert(
    file: Path,
    output: Path,
    release: str | None,
    shapes: tuple[str, ...],
    data: Path | None,
    dynamic_batch: bool,
    seed: int,
    json_file: Path | None,
    force: bool,
    quiet: bool,
) -> int:
    """Writes FILE, an ONNX model of any exporter, in the form that MATLAB imports best, and checks that it computes the same.

    Both files run in onnxruntime on the same inputs; a difference beyond rounding refuses the conversion, and nothing is written.
    """
    from xverify.compat.releases import DEFAULT_RELEASE
    from xverify.report.convert_report import print_conversion, to_json
    from xverify.report.formats import write_file
    from xverify.workflows.convert import ConvertRequest
    from xverify.workflows.convert import convert as run_convert
    from xverify.workflows.convert_options import parse_shapes, read_data

    conversion = run_convert(
        ConvertRequest(
            source=file,
            output=output,
            release=release or DEFAULT_RELEASE,
            shapes=parse_shapes(shapes),
            data=read_data(data),
            dynamic_batch=dynamic_batch,
            seed=seed,
            force=force,
        )
    )
    if not quiet:
        shielded(lambda: print_conversion(conversion, console()))
    if json_file is not None:
        write_file(json_file, to_json(conversion))
    return MATCH
