"""`xverify explain`."""

from pathlib import Path

import click

from xverify.cli.boundary import shielded
from xverify.cli.options import PATH, console


@click.command(short_help="One layer in depth: where its error is, and what is wrong with it.")
@click.argument("bundle", type=PATH)
@click.argument("layer")
@click.option(
    "--against", default="onnxruntime", show_default=True, metavar="RUNTIME|FILE.mat", help="As for `xverify compare`."
)
@click.option("--map", "variable_map", type=PATH, help="As for `xverify compare`.")
@click.option(
    "--threads", default=0, type=click.IntRange(min=0), help="Threads of the runtime; 0 leaves the choice to it."
)
@click.option(
    "--timeout", type=click.FloatRange(min=0, min_open=True), help="Seconds for Octave or MATLAB. [default: 1800]"
)
def explain(
    bundle: Path, layer: str, against: str, variable_map: Path | None, threads: int, timeout: float | None
) -> None:
    """Compares BUNDLE and shows LAYER, an id or a module path: errors by size, channel and position, worst elements, cause, neighbours.

    It gives no verdict: the exit code is 0 whether or not the layer passes. `xverify compare` judges.
    """
    from xverify.report.explain_report import print_explained
    from xverify.workflows.explain import explain as run_explain

    explained = run_explain(bundle, layer, against, threads=threads, timeout=timeout, variable_map=variable_map)
    shielded(lambda: print_explained(explained, console()))
