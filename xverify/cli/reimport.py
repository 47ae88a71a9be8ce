"""`xverify reimport`."""

from pathlib import Path

import click

from xverify.cli.boundary import printed, reported
from xverify.cli.options import PATH, console, require_different_files, written
from xverify.errors import XverifyError


@click.command(short_help="Bring the weights of a MATLAB network back into PyTorch.")
@click.argument("bundle", type=PATH)
@click.argument("file", type=PATH)
@click.option("-o", "--output", type=PATH, required=True, help="The state_dict to write: .safetensors or .pt.")
@click.option(
    "--map", "mapping", type=PATH, help="A TOML file that says which layer or array of FILE is which parameter."
)
@click.option("--variable", default="", metavar="NAME", help="The network object, where FILE holds several.")
@click.option("--onnx", type=PATH, help="The ONNX file that MATLAB imported, where it is not the bundle's own.")
@click.option("--partial", is_flag=True, help="Keep the exported values of parameters that FILE does not have.")
@click.option(
    "--verify",
    is_flag=False,
    flag_value="octave",
    default=None,
    metavar="[octave|matlab|FILE.mat]",
    help="Run the tuned model in PyTorch, and compare it with Octave (the default), MATLAB, or a file of activations.",
)
@click.option(
    "--model", default="", help="With --verify: the model to rebuild, where it is not the one the bundle names."
)
@click.option("--bundle", "kept", type=PATH, help="With --verify: keep the tuned model's bundle in this folder.")
@click.option("--json", "json_file", type=PATH, help="Write what was done as JSON.")
@click.option("--force", is_flag=True, help="Replace an existing file.")
@click.option("-q", "--quiet", is_flag=True, help="Print nothing but errors; the exit code tells.")
def reimport(
    bundle: Path,
    file: Path,
    output: Path,
    mapping: Path | None,
    variable: str,
    onnx: Path | None,
    partial: bool,
    verify: str | None,
    model: str,
    kept: Path | None,
    json_file: Path | None,
    force: bool,
    quiet: bool,
) -> int:
    """Writes a state_dict of BUNDLE's PyTorch model with the values of FILE, which is read as by `xverify weights`.

    Names, shapes and dtypes are those of the model, buffers included. Nothing is written where a parameter is missing, unless
    --partial keeps its exported value. Exit code 1: the state_dict was written, but its verification failed.
    """
    from xverify.report.weights_report import print_reimport, record_to_json
    from xverify.workflows.reimport import VerifyRequest
    from xverify.workflows.reimport import reimport as run_reimport

    if verify is None and (model or kept is not None):
        raise XverifyError("--model and --bundle belong to --verify.", "Add --verify, or leave them out.")
    reads = [file, *filter(None, (mapping, onnx)), *([Path(verify)] if verify else [])]
    require_different_files({"output": output, "json": json_file}, reads)
    request = VerifyRequest(verify, model, kept) if verify is not None else None
    names = {"variable": variable, "mapping": mapping, "onnx": onnx}
    record = run_reimport(bundle, file, output, partial=partial, force=force, verify=request, **names)
    failures = [] if quiet else printed(lambda: print_reimport(record, console()))
    failures += written(json_file, lambda: record_to_json(record))
    return reported(record.passed, failures)
