"""`xverify run`."""

from pathlib import Path

import click

from xverify.cli.boundary import shielded
from xverify.cli.options import PATH


@click.command(short_help="Run a bundle in onnxruntime, Octave or MATLAB; every layer to a .mat file.")
@click.argument("bundle", type=PATH)
@click.option("--on", default="octave", show_default=True, metavar="RUNTIME", help="onnxruntime, octave or matlab.")
@click.option("-o", "--output", type=PATH, required=True, help="The file to write: activations.mat.")
@click.option(
    "--local", is_flag=True, help="Also run each layer alone, on PyTorch's inputs: faults show where they are."
)
@click.option(
    "--threads", default=0, type=click.IntRange(min=0), help="Threads of the runtime; 0 leaves the choice to it."
)
@click.option(
    "--timeout", type=click.FloatRange(min=0, min_open=True), help="Seconds for Octave or MATLAB. [default: 1800]"
)
@click.option("-q", "--quiet", is_flag=True, help="Print nothing but errors.")
def run(bundle: Path, on: str, output: Path, local: bool, threads: int, timeout: float | None, quiet: bool) -> None:
    """Runs BUNDLE on the inputs of its export and writes every layer's output, for `xverify compare --against FILE`.

    Octave and MATLAB run weights.mat with the MATLAB code of this installation, never with a copy that lies in the bundle.
    """
    from xverify.workflows.compare import RunOptions
    from xverify.workflows.run import run as run_bundle

    count = run_bundle(bundle, on, output, RunOptions(threads, timeout), local=local)
    if not quiet:
        shielded(
            lambda: click.echo(f"{output}: {count} layers. Compare them: xverify compare {bundle} --against {output}")
        )
