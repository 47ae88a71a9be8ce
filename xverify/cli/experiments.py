"""`xverify experiments`: trains the rows of a TOML file, and shows what came of them."""

from pathlib import Path

import click

from xverify.cli.boundary import shielded
from xverify.cli.options import PATH


@click.group(short_help="Train the rows of a TOML file, such as the published study's table.")
def experiments() -> None:
    """Trains many networks from a TOML file: one row, one network."""


@experiments.command(short_help="Train the rows that are not finished.")
@click.argument("file", type=PATH)
@click.option("-o", "--output", type=PATH, required=True, help="The experiment's folder.")
@click.option("--data", type=PATH, required=True, help="The images, as for `xverify train`.")
@click.option("--download", is_flag=True, help="Have torchvision download CIFAR-10 into --data.")
@click.option("--rows", metavar="ROWS", help="Only these rows, e.g. 1,14-15.  [default: all]")
@click.option(
    "--epochs-scale",
    type=click.FloatRange(min=0, min_open=True),
    default=1.0,
    show_default=True,
    help="Train so much of every row's epochs, at least one.",
)
@click.option(
    "--jobs", type=click.IntRange(min=1), default=1, show_default=True, help="Networks at a time, a process each."
)
@click.option(
    "--device",
    type=click.Choice(["auto", "cuda", "mps", "cpu"]),
    default="auto",
    show_default=True,
    help="Where to train; auto takes the fastest that torch finds.",
)
@click.option("-q", "--quiet", is_flag=True, help="Print the table alone.")
def run(
    file: Path,
    output: Path,
    data: Path,
    download: bool,
    rows: str | None,
    epochs_scale: float,
    jobs: int,
    device: str,
    quiet: bool,
) -> None:
    """Trains the rows of FILE into a run folder each, and writes results.csv, results.md and the curves.

    Run it again to go on after an interruption: finished rows are not trained again, and an unfinished one continues
    after its last whole epoch.
    """
    from xverify.workflows.experiments import ExperimentsRequest, best_run, run_experiments

    request = ExperimentsRequest(file, output, data, rows, epochs_scale, jobs, device, download)
    table = run_experiments(request, _silent if quiet else _say)
    shielded(lambda: click.echo(table))
    if not quiet:
        files = "results.csv, results.md, accuracy.png, loss.png, running-loss.png, and a folder for each run"
        best = best_run(output)
        export = f" The best on held-out images: xverify export {best} -o BUNDLE" if best else ""
        shielded(lambda: click.echo(f"{output}: {files}.{export}"))


@experiments.command(short_help="Print the table of an experiment's folder.")
@click.argument("folder", type=PATH)
def show(folder: Path) -> None:
    """Prints the table of FOLDER as Markdown, also while its rows are being trained."""
    from xverify.workflows.experiments import show_experiments

    table = show_experiments(folder)
    shielded(lambda: click.echo(table))


def _say(text: str) -> None:
    """A function of this module, for it goes to other processes."""
    click.echo(text, err=True)


def _silent(text: str) -> None:  # noqa: ARG001 - it stands in for _say
    return
